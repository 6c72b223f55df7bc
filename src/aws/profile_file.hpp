// profile_file.hpp - the files of the AWS tools: ~/.aws/config and ~/.aws/credentials.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
// Threads: any. Errors: none: a line that makes no sense is passed over, as the tools do it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace inlet::aws {

// Names in lower case. An entry below another one ("s3 =" and then indented lines) is "s3.name".
using ProfileEntries = std::map<std::string, std::string>;

struct ProfileFile {
    std::map<std::string, ProfileEntries> profiles;
    std::map<std::string, ProfileEntries> services;  // of [services NAME]: "firehose.endpoint_url"
};

// [default], [profile NAME], [services NAME]; all other sections are passed over.
ProfileFile read_config_file(std::string_view text);
// Every section is a profile.
ProfileFile read_credentials_file(std::string_view text);

// Adds the entries of `stronger`; on equal names they win.
void merge(ProfileFile& file, ProfileFile const& stronger);

}  // namespace inlet::aws
