#include "web/assets.hpp"

#include <algorithm>
#include <array>

// GCC 12 has no #embed; the assembler has .incbin, which costs no compile time.
asm(R"(
    .pushsection .rodata
    .balign 16
inlet_web_blob:
    .incbin "assets.bin"
    .popsection
)");

extern "C" __attribute__((visibility("hidden"))) char const inlet_web_blob[];

namespace inlet::web {
namespace {

// One row of assets.inc: where in the blob an asset stands.
struct Row {
    std::string_view path;
    std::string_view content_type;
    std::size_t offset;
    std::size_t gzip_size;
    std::size_t plain_size;
    std::string_view etag;
};

constexpr auto kRows = std::to_array<Row>({
#include "assets.inc"
});

Asset to_asset(Row const& row) {
    return {row.path,
            row.content_type,
            {inlet_web_blob + row.offset, row.gzip_size},
            row.plain_size,
            row.etag};
}

}  // namespace

std::span<Asset const> all() {
    static auto const assets = [] {
        std::array<Asset, kRows.size()> made;
        std::ranges::transform(kRows, made.begin(), to_asset);
        return made;
    }();
    return assets;
}

Asset const* find(std::string_view path) {
    auto const assets = all();
    auto const found = std::ranges::find(assets, path, &Asset::path);
    return found == assets.end() ? nullptr : &*found;
}

}  // namespace inlet::web
