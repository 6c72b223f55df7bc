// forwarding_file_system.hpp - a FileSystem and a File that pass every call on: for tests that watch or change a few.
// Threads: as those below.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"

namespace inlet::test {

class ForwardingFile : public File {
  public:
    explicit ForwardingFile(std::unique_ptr<File> below) : below_(std::move(below)) {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        return below_->read(offset, out);
    }
    Result<void> write(std::uint64_t offset, std::string_view data) override {
        return below_->write(offset, data);
    }
    Result<void> sync() override { return below_->sync(); }
    Result<void> reserve(std::uint64_t bytes) override { return below_->reserve(bytes); }
    Result<std::uint64_t> size() override { return below_->size(); }
    Result<void> lock() override { return below_->lock(); }

  private:
    std::unique_ptr<File> below_;
};

class ForwardingFileSystem : public FileSystem {
  public:
    explicit ForwardingFileSystem(FileSystem& below) : below_(below) {}

    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        return below_.open(path, mode);
    }
    Result<void> rename(std::string const& from, std::string const& to) override {
        return below_.rename(from, to);
    }
    Result<void> remove(std::string const& path) override { return below_.remove(path); }
    Result<void> make_directories(std::string const& path) override {
        return below_.make_directories(path);
    }
    Result<void> sync_directory(std::string const& path) override {
        return below_.sync_directory(path);
    }
    Result<std::vector<std::string>> list(std::string const& path) override {
        return below_.list(path);
    }
    Result<std::uint64_t> free_bytes(std::string const& path) override {
        return below_.free_bytes(path);
    }

  private:
    FileSystem& below_;
};

}  // namespace inlet::test
