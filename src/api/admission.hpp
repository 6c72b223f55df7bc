// admission.hpp - who may post: a bucket of requests for each client address, then the write key, then a bucket for
// each key. The address comes first, so that guessing keys is limited too.
// Threads: any; all io threads share one. What is not configured costs a comparison.
#pragma once

#include <cstdint>
#include <string>

#include "api/address_buckets.hpp"
#include "api/options.hpp"
#include "api/write_keys.hpp"
#include "base/clock.hpp"
#include "http/message.hpp"

namespace inlet::api {

class Admission {
  public:
    enum class Verdict : std::uint8_t { admitted, address_limited, unauthorized, key_limited };
    struct Answer {
        Verdict verdict = Verdict::admitted;
        WriteKey* key =
            nullptr;  // that was shown; null if none is asked for, or before it is looked at
    };

    Admission(ApiOptions const& options, WriteKeys keys, Clock& clock,
              std::size_t address_slots = AddressBuckets::kSlots);

    // `scratch`: the calling thread's, kept from request to request.
    Answer admit(http::Request const& request, std::string& scratch);

    [[nodiscard]] WriteKeys const& keys() const { return keys_; }
    [[nodiscard]] AddressBuckets const& addresses() const { return addresses_; }

  private:
    WriteKeys const keys_;
    Rate const key_rate_;
    AddressBuckets addresses_;
    Clock& clock_;
};

}  // namespace inlet::api
