// tls_context.hpp - the certificate that new TLS connections get, and its replacement while
// running. Protocols and ciphers follow the "intermediate" profile of Mozilla's server side TLS
// guidelines.
// Threads:    any. Running connections keep the certificate that they began with.
// Errors:     io or not_found (file), invalid (no PEM, key of another certificate, not valid at
//             this time); then the old certificate stays in use.
#pragma once

#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/guarded.hpp"
#include "http/server.hpp"
#include "http/tls_stream.hpp"

namespace inlet::http {

class TlsContext {
  public:
    static Result<std::unique_ptr<TlsContext>> load(TlsFiles files, Clock& clock, Stats& stats);

    std::unique_ptr<TlsStream> new_stream(int fd);
    Result<void> reload();
    // Reloads if a file is another one than last time; looks at most every 10 s. Threads: one.
    void reload_if_changed(std::int64_t steady_ms);

  private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    using ContextPtr = std::unique_ptr<SSL_CTX, Free>;
    struct Loaded {
        ContextPtr context;
        std::int64_t not_after_s = 0;
    };

    TlsContext(TlsFiles files, Clock& clock, Stats& stats)
        : files_(std::move(files)), clock_(clock), stats_(stats) {}
    enum class Dates : std::uint8_t { valid_now, any };
    Result<void> replace(Dates wanted);
    Result<Loaded> load_files(Dates wanted) const;
    [[nodiscard]] std::string fingerprint() const;

    TlsFiles const files_;
    Clock& clock_;
    Stats& stats_;
    Guarded<ContextPtr> current_;
    Guarded<std::string> loaded_fingerprint_;  // of the files, at the last attempt to load them
    std::int64_t next_check_ms_ = 0;
};

}  // namespace inlet::http
