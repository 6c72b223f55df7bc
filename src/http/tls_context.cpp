#include "http/tls_context.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <openssl/err.h>
#include <sys/stat.h>

#include <openssl/x509.h>

#include "base/log.hpp"

namespace inlet::http {
namespace {

// Mozilla "intermediate", without the finite-field DHE ciphers, which only clients from before 2014
// need.
constexpr char const* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char const* kGroups = "X25519:P-256:P-384";

constexpr std::int64_t kCheckIntervalMs = 10'000;

Error tls_error(std::string context) {
    std::array<char, 256> text{};
    if (auto const code = ERR_peek_last_error(); code != 0) {
        ERR_error_string_n(code, text.data(), text.size());
        context += std::string(": ") + text.data();
    }
    ERR_clear_error();
    return fail(Errc::invalid, std::move(context));
}

// A key with a passphrase would otherwise be asked for on the terminal.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

// RFC 7301: if the client offers protocols at all, http/1.1 must be among them.
int select_protocol(SSL*, unsigned char const** out, unsigned char* out_size,
                    unsigned char const* offered, unsigned int offered_size, void*) {
    static constexpr std::array<unsigned char, 9> kHttp11 = {8,   'h', 't', 't', 'p',
                                                             '/', '1', '.', '1'};
    unsigned char* selected = nullptr;
    int const result = SSL_select_next_proto(&selected, out_size, kHttp11.data(), kHttp11.size(),
                                             offered, offered_size);
    *out = selected;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::int64_t unix_seconds(ASN1_TIME const* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(::timegm(&parts)) : 0;
}

std::string_view problem_with_dates(X509 const* certificate, std::int64_t now_s) {
    if (now_s > unix_seconds(X509_get0_notAfter(certificate))) return "has expired";
    if (now_s < unix_seconds(X509_get0_notBefore(certificate))) return "is not valid yet";
    return "";
}

bool configure(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // No resumption: its keys would have to be rotated to keep forward secrecy.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // one recv() per record instead of two
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, kCiphers) == 1 &&
           SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

Result<void> check_readable(std::string const& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return errno_error(errno, path);
    return success();
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::load(TlsFiles files, Clock& clock, Stats& stats) {
    std::unique_ptr<TlsContext> context(new TlsContext(std::move(files), clock, stats));
    // Who has an expired certificate must be able to renew it, for which an ACME authority asks this server.
    TRY(context->replace(Dates::any));
    context->next_check_ms_ = clock.steady_ms() + kCheckIntervalMs;
    stats.tls_reloads.set(0);
    return context;
}

std::unique_ptr<TlsStream> TlsContext::new_stream(int fd) {
    // SSL_new takes its own reference to the context.
    SSL* const ssl = current_.with([](ContextPtr& context) { return SSL_new(context.get()); });
    return ssl == nullptr ? nullptr : std::make_unique<TlsStream>(ssl, fd);
}

Result<void> TlsContext::reload() {
    return replace(Dates::valid_now);
}

Result<void> TlsContext::replace(Dates wanted) {
    loaded_fingerprint_.with([this](std::string& f) { f = fingerprint(); });
    auto loaded = load_files(wanted);
    if (!loaded) {
        stats_.tls_reload_errors.add();
        return loaded.error();
    }
    stats_.tls_not_after_seconds.set(static_cast<std::uint64_t>(loaded.value().not_after_s));
    stats_.tls_reloads.add();
    current_.with([&](ContextPtr& context) { context.swap(loaded.value().context); });
    return success();
}

void TlsContext::reload_if_changed(std::int64_t steady_ms) {
    if (steady_ms < next_check_ms_) return;
    next_check_ms_ = steady_ms + kCheckIntervalMs;
    auto const now = fingerprint();
    if (loaded_fingerprint_.with([&](std::string const& loaded) { return loaded == now; })) return;
    if (auto const result = reload(); !result) {
        log::error("certificate not replaced, the old one stays in use",
                   {{"error", result.error().message()}});
    } else {
        log::info("certificate replaced", {{"file", files_.certificate}});
    }
}

Result<TlsContext::Loaded> TlsContext::load_files(Dates wanted) const {
    TRY(check_readable(files_.certificate));
    TRY(check_readable(files_.key));
    ERR_clear_error();
    Loaded loaded{ContextPtr(SSL_CTX_new(TLS_server_method()))};
    SSL_CTX* const context = loaded.context.get();
    if (context == nullptr || !configure(context)) return tls_error("TLS set-up");
    if (SSL_CTX_use_certificate_chain_file(context, files_.certificate.c_str()) != 1) {
        return tls_error(files_.certificate + ": no certificate in PEM");
    }
    if (SSL_CTX_use_PrivateKey_file(context, files_.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return tls_error(files_.key + ": no key of " + files_.certificate);
    }
    X509 const* const certificate = SSL_CTX_get0_certificate(context);
    loaded.not_after_s = unix_seconds(X509_get0_notAfter(certificate));
    auto const problem = problem_with_dates(certificate, clock_.unix_ms() / 1000);
    if (problem.empty()) return loaded;
    if (wanted == Dates::valid_now)
        return fail(Errc::invalid, files_.certificate + ": " + std::string(problem));
    log::error("the certificate is of no use to clients now",
               {{"file", files_.certificate}, {"reason", problem}});
    return loaded;
}

// Changes when a file is written again or replaced, also by a symbolic link that points elsewhere.
std::string TlsContext::fingerprint() const {
    std::string text;
    for (std::string const& path : {files_.certificate, files_.key}) {
        struct stat info {};
        if (::stat(path.c_str(), &info) != 0) continue;
        text += std::to_string(info.st_ino) + " " + std::to_string(info.st_size) + " " +
                std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) +
                ";";
    }
    return text;
}

}  // namespace inlet::http
