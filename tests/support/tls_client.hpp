// tls_client.hpp - RawClient over TLS. Trusts everything: the tests look at the certificate themselves.
// Only for tests that link OpenSSL::SSL, hence all in this header.
#pragma once

#include <memory>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <sys/socket.h>

#include <openssl/x509.h>

#include "base/check.hpp"
#include "support/raw_client.hpp"

namespace inlet::test {

struct TlsOptions {
    int min_version = TLS1_2_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string protocols = {};  // ALPN, each with its length before it: "\x08http/1.1"
    std::string ciphers = {};    // of TLS 1.2
};

class TlsWire final : public Wire {
  public:
    TlsWire(int fd, TlsOptions const& options) : context_(SSL_CTX_new(TLS_client_method())) {
        CHECK(context_ != nullptr);
        if (options.min_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context_, 0);
        SSL_CTX_set_min_proto_version(context_, options.min_version);
        SSL_CTX_set_max_proto_version(context_, options.max_version);
        if (!options.ciphers.empty())
            CHECK(SSL_CTX_set_cipher_list(context_, options.ciphers.c_str()));
        ssl_ = SSL_new(context_);
        SSL_set_fd(ssl_, fd);
        auto const* protocols = reinterpret_cast<unsigned char const*>(options.protocols.data());
        if (!options.protocols.empty()) {
            SSL_set_alpn_protos(ssl_, protocols, static_cast<unsigned>(options.protocols.size()));
        }
        connected_ = SSL_connect(ssl_) == 1;
    }
    ~TlsWire() override {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        ERR_clear_error();
    }
    bool send(std::string_view bytes) override {
        return connected_ && SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    std::size_t receive(char* out, std::size_t size) override {
        errno = 0;
        int const n = connected_ ? SSL_read(ssl_, out, static_cast<int>(size)) : 0;
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] SSL* ssl() const { return ssl_; }

  private:
    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    bool connected_ = false;
};

class TlsClient {
  public:
    // `first`: what goes ahead of the handshake, a byte at a time.
    explicit TlsClient(std::string const& address, TlsOptions const& options = {},
                       std::string_view first = {})
        : fd_(connect_to(address)), client_(make_wire(options, first), fd_) {}

    RawClient* operator->() { return &client_; }
    [[nodiscard]] bool connected() const { return wire_->connected(); }
    [[nodiscard]] std::string version() const { return SSL_get_version(wire_->ssl()); }
    [[nodiscard]] bool ended_with_close_notify() const {
        return (SSL_get_shutdown(wire_->ssl()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    [[nodiscard]] std::string protocol() const {
        unsigned char const* text = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(wire_->ssl(), &text, &size);
        return {reinterpret_cast<char const*>(text), size};
    }
    [[nodiscard]] std::string common_name() const {
        std::unique_ptr<X509, decltype(&X509_free)> const x509(
            SSL_get1_peer_certificate(wire_->ssl()), &X509_free);
        char text[256] = {};
        if (x509)
            X509_NAME_get_text_by_NID(X509_get_subject_name(x509.get()), NID_commonName, text, 256);
        return text;
    }

  private:
    std::unique_ptr<Wire> make_wire(TlsOptions const& options, std::string_view first) {
        for (char const& c : first) CHECK(::send(fd_, &c, 1, MSG_NOSIGNAL) == 1);
        auto wire = std::make_unique<TlsWire>(fd_, options);
        wire_ = wire.get();
        return wire;
    }
    int fd_;
    TlsWire* wire_ = nullptr;
    RawClient client_;
};

}  // namespace inlet::test
