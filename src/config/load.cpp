#include "config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>

#include "config/one_line.hpp"
#include "config/rules.hpp"
#include "config/suggest.hpp"
#include "config/toml_file.hpp"
#include "config/value.hpp"

namespace inlet::config {

namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::string_view kFileVariable = "INLET_CONFIG";
constexpr std::string_view kPrefix = "INLET_";

// In a pod, kubelet sets such variables for every service, also for one that is called "inlet":
// INLET_SERVICE_HOST, INLET_SERVICE_PORT_HTTP, INLET_PORT=tcp://..., INLET_PORT_8080_TCP_ADDR.
// (Kubernetes documentation, "Discovering services", environment variables.) They are not meant for
// us.
bool is_set_by_kubernetes(std::string_view name, std::string_view value) {
    if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != name.npos) return true;
    std::size_t const port = name.find("_PORT");
    if (port == name.npos) return false;
    std::string_view const rest = name.substr(port + 5);
    if (rest.empty()) return value.find("://") != value.npos;
    return rest.size() > 1 && rest[0] == '_' && rest[1] >= '0' && rest[1] <= '9';
}

// To the end and not by the file's size: `--config <(...)` and /dev/stdin have none.
Result<std::string> read_all(std::string const& path) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file(std::fopen(path.c_str(), "re"),
                                                               &std::fclose);
    if (!file) return errno_error(errno, path);
    std::string text(kMaxFileBytes + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get())) return errno_error(errno, path);
    if (text.size() > kMaxFileBytes) return fail(Errc::invalid, path + ": over 1 MiB");
    return text;
}

class Loader {
  public:
    Loader(Table table, Sources const& sources) : table_(table), sources_(sources) {
        effective_.origins.resize(table.size());
    }

    LoadResult run() {
        bool const file_is_good = apply_file();
        apply_environment();
        apply_sets();
        // A broken file leaves keys at values that nobody wanted: what they break would only
        // confuse.
        if (file_is_good) apply_rules();
        for (std::string& line : problems_) line = one_line(std::move(line));
        if (!problems_.empty()) return std::move(problems_);
        return std::move(effective_);
    }

  private:
    // False if nothing is known about what the file says.
    bool apply_file() {
        auto const [path, must_exist] = file_path();
        auto const text = read_all(path);
        if (!text) {
            if (!must_exist && text.error().code == Errc::not_found) return true;
            problems_.push_back("configuration file: " + text.error().message());
            return false;
        }
        auto const content = read_toml(table_, text.value());
        if (auto const* error = std::get_if<SyntaxError>(&content)) {
            problems_.push_back(place_text(path, error->place) +
                                ": no valid TOML: " + error->reason);
            return false;
        }
        for (FileSetting const& setting : std::get<0>(content)) apply_setting(path, setting);
        return true;
    }

    struct FilePath {
        std::string path;
        bool must_exist;
    };

    [[nodiscard]] FilePath file_path() const {
        if (sources_.file) return {*sources_.file, true};
        if (auto const* path = variable(kFileVariable); path && !path->empty())
            return {*path, true};
        return {sources_.default_file, false};
    }

    [[nodiscard]] std::string const* variable(std::string_view name) const {
        auto const found =
            std::ranges::find(sources_.environment, name, &Environment::value_type::first);
        return found == sources_.environment.end() ? nullptr : &found->second;
    }

    static std::string place_text(std::string const& path, Place place) {
        return path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
    }

    void apply_setting(std::string const& path, FileSetting const& setting) {
        std::string const at = place_text(path, setting.key_place);
        if (auto const* key = find(setting.key)) {
            std::string const value_at = place_text(path, setting.value_place);
            Origin const origin{Origin::Source::file, value_at};
            return assign(*key, setting.value, origin, value_at + ": " + setting.key);
        }
        if (is_section(setting.key)) {
            if (setting.is_table && std::get<Foreign>(setting.value).type == "a table") return;
            problems_.push_back(at + ": " + setting.key + ": is a section, not a key");
            return;
        }
        std::string const what = setting.is_table ? "section" : "key";
        problems_.push_back(at + ": " + setting.key + ": unknown " + what +
                            suggestion(setting.key, setting.is_table ? sections() : names()));
    }

    void apply_environment() {
        auto variables = sources_.environment;
        std::ranges::sort(variables);
        for (auto const& [name, text] : variables) {
            if (!name.starts_with(kPrefix) || name == kFileVariable) continue;
            if (auto const* key = find_by_variable(name)) {
                assign(*key, Untyped{text}, {Origin::Source::environment, name}, name);
            } else if (!is_set_by_kubernetes(name, text)) {
                problems_.push_back(name + ": no key has this variable" +
                                    suggestion(name, variable_names()));
            }
        }
    }

    void apply_sets() {
        for (std::string const& text : sources_.sets) {
            std::size_t const equals = text.find('=');
            std::string const name = text.substr(0, equals);
            std::string const place = "--set " + name;
            if (equals == std::string::npos) {
                problems_.push_back(place + ": must be section.key=value");
            } else if (auto const* key = find(name)) {
                assign(*key, Untyped{text.substr(equals + 1)}, {Origin::Source::set, place}, place);
            } else {
                problems_.push_back(place + ": unknown key" + suggestion(name, names()));
            }
        }
    }

    void assign(Key const& key, Input const& input, Origin origin, std::string const& where) {
        if (opens_a_door(key, input)) {
            problems_.push_back(where + ": is empty; leave it out if nothing is to be asked for");
            broken_.insert(key.name);
            return;
        }
        Value value;
        auto const good = interpret(key, input, value);
        if (!good) {
            problems_.push_back(where + ": " + good.error().context);
            broken_.insert(key.name);
            return;
        }
        write_field(key, effective_.config, value);
        effective_.origins[index(key)] = std::move(origin);
    }

    // A variable that somebody else forgot to fill must not open what was meant to be closed.
    static bool opens_a_door(Key const& key, Input const& input) {
        bool const is_door = key.secret || key.name.ends_with("_file");
        auto const* text = std::get_if<Untyped>(&input);
        return is_door && text != nullptr && text->text.find_first_not_of(" \t") == text->text.npos;
    }

    void apply_rules() {
        bool const inherits = variable("LISTEN_FDS") != nullptr;  // sd_listen_fds(3)
        for (Violation const& violation : broken_rules(effective_.config, inherits)) {
            bool const known = std::ranges::any_of(
                violation.keys, [&](std::string_view key) { return broken_.contains(key); });
            if (!known) problems_.push_back(place_of(violation) + ": " + violation.reason);
        }
    }

    // The likeliest key that somebody has set.
    [[nodiscard]] std::string place_of(Violation const& violation) const {
        for (std::string_view name : violation.keys) {
            auto const* key = find(name);
            if (!key) continue;
            Origin const& origin = effective_.origins[index(*key)];
            if (origin.source == Origin::Source::default_value) continue;
            bool const is_file = origin.source == Origin::Source::file;
            return is_file ? origin.place + ": " + std::string(name) : origin.place;
        }
        return "default: " + std::string(violation.keys.front());
    }

    [[nodiscard]] Key const* find(std::string_view name) const {
        auto const key = std::ranges::find(table_, name, &Key::name);
        return key == table_.end() ? nullptr : &*key;
    }

    [[nodiscard]] Key const* find_by_variable(std::string_view variable_name) const {
        auto const key = std::ranges::find(table_, variable_name,
                                           [](Key const& k) { return environment_name(k.name); });
        return key == table_.end() ? nullptr : &*key;
    }

    [[nodiscard]] std::size_t index(Key const& key) const {
        return static_cast<std::size_t>(&key - table_.data());
    }

    // "sink" and "sink.lake" of "sink.lake.dir"
    [[nodiscard]] bool is_section(std::string_view name) const {
        return std::ranges::any_of(table_, [&](Key const& key) {
            return key.name.starts_with(name) && key.name.substr(name.size()).starts_with('.');
        });
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (Key const& key : table_) all.emplace_back(key.name);
        return all;
    }

    [[nodiscard]] std::vector<std::string> sections() const {
        std::vector<std::string> all;
        for (Key const& key : table_) all.emplace_back(section_of(key));
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    [[nodiscard]] std::vector<std::string> variable_names() const {
        std::vector<std::string> all{std::string(kFileVariable)};
        for (Key const& key : table_) all.push_back(environment_name(key.name));
        return all;
    }

    Table table_;
    Sources const& sources_;
    Effective effective_;
    Problems problems_;
    std::set<std::string_view> broken_;  // keys that have a problem already
};

}  // namespace

Config::Config() {
    server.listen = {"0.0.0.0:8080"};
    admin.name = "admin";
    admin.threads = 1;
    admin.listen = {"127.0.0.1:8081"};
}

Environment process_environment(char const* const* variables) {
    Environment environment;
    for (; *variables; ++variables) {
        std::string_view const variable = *variables;
        std::size_t const equals = variable.find('=');
        if (equals == std::string_view::npos) continue;
        environment.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
    }
    return environment;
}

LoadResult load(Table table, Sources const& sources) {
    return Loader(table, sources).run();
}

LoadResult load(Sources const& sources) {
    return load(key_table(), sources);
}

}  // namespace inlet::config
