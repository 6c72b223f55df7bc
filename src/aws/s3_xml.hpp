// s3_xml.hpp - the few documents that S3 and we exchange.
// Threads: any. Errors: nothing: not that document, or not all of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/s3_api.hpp"

namespace inlet::aws {

// Of ListObjectsV2, with keys encoded if the reply says so.
std::optional<S3Page> read_object_list(std::string_view xml);
// Of CreateMultipartUpload.
std::optional<std::string> read_upload_id(std::string_view xml);
// Whether it is the success of CompleteMultipartUpload.
bool is_completion(std::string_view xml);
// What CompleteMultipartUpload asks for.
std::string completion_xml(std::vector<S3Part> const& parts);

}  // namespace inlet::aws
