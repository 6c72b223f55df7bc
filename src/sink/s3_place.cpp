#include "sink/s3_place.hpp"

namespace inlet::sink {

Result<S3Place> S3Place::of(std::string_view bucket, std::string_view prefix) {
    if (!is_bucket_name(bucket)) {
        return fail(Errc::invalid, "\"" + std::string(bucket) + "\": no name of an S3 bucket");
    }
    if (!is_s3_prefix(prefix)) {
        return fail(Errc::invalid, "\"" + std::string(prefix) +
                                       "\": no prefix; folders of letters, digits and !-_.*'()= "
                                       "with \"/\" between them, at most 800 bytes");
    }
    S3Place place = {std::string(bucket), std::string(prefix)};
    if (!place.prefix.empty() && !place.prefix.ends_with('/')) place.prefix += '/';
    return place;
}

Result<S3Place> S3Place::parse(std::string_view url) {
    if (!is_url(url)) {
        return fail(Errc::invalid, "\"" + std::string(url) + "\": no s3://bucket/prefix");
    }
    url.remove_prefix(std::string_view("s3://").size());
    auto const slash = url.find('/');
    if (slash == std::string_view::npos) return of(url, "");
    return of(url.substr(0, slash), url.substr(slash + 1));
}

}  // namespace inlet::sink
