#include "sink/lake.hpp"

#include "sink/folder_store.hpp"
#include "sink/object_plan.hpp"
#include "sink/object_sink.hpp"

namespace inlet::sink {
namespace {

// A batch needs a bound on its rows too; with the smallest rows this is about the same as 64 MiB.
constexpr std::uint64_t kMaxRows = 500'000;

}  // namespace

Result<std::unique_ptr<Sink>> make_lake(FileSystem& fs, LakeOptions const& options) {
    if (!is_proper_destination(options.dir)) return fail(Errc::invalid, "sink.lake.dir");
    // A folder that cannot be used should stop the start, not surface at the first delivery.
    TRY(auto first_opened, FolderStore::open_for_writing(fs, options.dir));
    first_opened.reset();
    ObjectSinkOptions sink_options;
    sink_options.name = "lake";
    sink_options.destination = options.dir;
    sink_options.codec = options.compression;
    sink_options.roll = {options.roll_bytes, kMaxRows, options.roll_ms};
    sink_options.min_free_bytes = options.min_free_bytes;
    auto const open_store = [&fs](std::string const& dir) -> Result<std::unique_ptr<ObjectStore>> {
        TRY(auto store, FolderStore::open_for_writing(fs, dir));
        return std::unique_ptr<ObjectStore>(std::move(store));
    };
    return std::unique_ptr<Sink>(std::make_unique<ObjectSink>(std::move(sink_options), open_store));
}

}  // namespace inlet::sink
