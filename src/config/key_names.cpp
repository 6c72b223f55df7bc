// What follows from the name and the type of a key.
#include "config/key_table.hpp"

namespace inlet::config {

namespace {

struct Section {
    std::string_view name;
    std::string_view help;
};

constexpr Section kSections[] = {
    {"server", "The public listener."},
    {"admin", "The operator's listener."},
    {"auth", "Who may send. See docs/operations.md."},
    {"limits", "How often one may send. Each limit has a bucket for everyone it concerns."},
    {"event", "What a request may hold. See docs/api.md."},
    {"journal", "The durable log behind every 200."},
    {"sink.lake", "The local lake: compressed files in a folder."},
    {"sink.firehose", "Amazon Data Firehose."},
    {"sink.s3",
     "The lake in Amazon S3: compressed objects in a bucket, each written exactly once."},
    {"aws",
     "Where AWS is and who asks. What is not set here comes from the environment and the "
     "profile, as with the AWS tools."},
    {"metrics.cloudwatch", "Metrics of the server itself in Amazon CloudWatch."},
    {"quarantine", "Rows that a destination refuses for good."},
    {"log", "Messages of the server itself."},
};

}  // namespace

std::string_view section_help(std::string_view section) {
    for (Section const& known : kSections) {
        if (known.name == section) return known.help;
    }
    return {};
}

std::string_view section_of(Key const& key) {
    return key.name.substr(0, key.name.rfind('.'));
}

std::string environment_name(std::string_view key) {
    std::string name = "INLET_";
    for (char c : key) {
        name += c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

std::vector<std::string_view> choices_of(Type const& type) {
    std::vector<std::string_view> names;
    std::string_view rest = type.choices;
    while (!rest.empty()) {
        std::size_t const end = rest.find('|');
        names.push_back(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return names;
}

}  // namespace inlet::config
