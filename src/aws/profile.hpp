// profile.hpp - the entries of one profile of ~/.aws/config and ~/.aws/credentials.
// Threads: any; a view into Settings.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.hpp"
#include "aws/settings.hpp"
#include "base/error.hpp"

namespace inlet::aws {

class Profile {
  public:
    // Nothing if there is no such profile.
    static std::optional<Profile> find(Settings const& settings, std::string const& name);

    // Empty if it is not set.
    [[nodiscard]] std::string get(std::string const& key) const;
    [[nodiscard]] bool has(std::string const& key) const { return !get(key).empty(); }
    // A role to take with other credentials; with a token, it is a web identity instead.
    [[nodiscard]] bool has_role() const {
        return has("role_arn") && !has("web_identity_token_file");
    }
    [[nodiscard]] bool has_keys() const {
        return has("aws_access_key_id") || has("aws_secret_access_key");
    }
    // REQUIRES: has_keys(). Errors: invalid: one without the other, or characters that no key has.
    [[nodiscard]] Result<Credentials> keys() const;
    // profile "production"
    [[nodiscard]] std::string title() const { return "profile \"" + name_ + "\""; }
    [[nodiscard]] std::string const& name() const { return name_; }
    // An error about it: `profile "x": what`.
    [[nodiscard]] Error wrong(std::string_view what) const;

  private:
    using Entries = std::map<std::string, std::string>;
    Profile(std::string name, Entries const& entries)
        : name_(std::move(name)), entries_(&entries) {}

    std::string name_;
    Entries const* entries_;
};

}  // namespace inlet::aws
