#include "sim/fake_bucket.hpp"

#include <utility>

namespace inlet::sim {

class FakeBucket::Writer final : public sink::ObjectWriter {
  public:
    Writer(FakeBucket& bucket, std::string key) : bucket_(bucket), key_(std::move(key)) {}

    Result<void> append(std::string_view bytes) override {
        bytes_ += bytes;
        return success();
    }
    Result<sink::PutResult> finish(sink::ObjectInfo const& info) override {
        return bucket_.put(key_, info, std::move(bytes_));
    }

  private:
    FakeBucket& bucket_;
    std::string key_;
    std::string bytes_;
};

class FakeBucket::Connection final : public sink::ObjectStore {
  public:
    explicit Connection(FakeBucket& bucket) : bucket_(bucket) {}

    [[nodiscard]] std::optional<std::uint64_t> max_buffered() const override {
        if (bucket_.max_buffered_ == 0) return std::nullopt;
        return bucket_.max_buffered_;
    }
    Result<std::unique_ptr<sink::ObjectWriter>> create(
        std::string const& key, std::optional<sink::ObjectInfo> const& /*known*/) override {
        return std::unique_ptr<sink::ObjectWriter>(std::make_unique<Writer>(bucket_, key));
    }
    Result<std::unique_ptr<sink::ObjectReader>> open(std::string const& key) override {
        return fail(Errc::not_found, key);
    }
    Result<void> list(std::string_view, std::function<void(sink::ObjectEntry)> const&) override {
        return success();
    }

  private:
    FakeBucket& bucket_;
};

std::unique_ptr<sink::ObjectStore> FakeBucket::connect() {
    return std::make_unique<Connection>(*this);
}

Result<sink::PutResult> FakeBucket::put(std::string const& key, sink::ObjectInfo const& info,
                                        std::string bytes) {
    if (process_.dead()) return fail(Errc::unavailable, "the process is dead");
    bool const fails = dice_.per_mille(failing_);
    if (fails && dice_.one_in(2)) {
        trace_.line("put " + key + " is refused");
        return fail(Errc::unavailable, key + ": 503");
    }
    auto const found = objects_.find(key);
    bool const is_new = found == objects_.end();
    bool const is_other = !is_new && found->second.info != info;
    if (is_new) {
        on_object_(bytes);
        objects_.emplace(key, Object{info, std::move(bytes)});
    }
    trace_.line("put " + key +
                (is_new     ? ""
                 : is_other ? " meets another"
                            : " meets itself") +
                (fails ? ", the reply is lost" : ""));
    if (fails) return fail(Errc::timeout, key + ": no reply");
    if (is_other) return fail(Errc::corrupt, key + ": exists and holds other rows");
    return is_new ? sink::PutResult::created : sink::PutResult::already_there;
}

}  // namespace inlet::sim
