#include "http/transport.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <optional>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <unistd.h>

#include "base/check.hpp"
#include "support/certificate.hpp"

namespace inlet::http {
namespace {

struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> memory(std::string const& text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// As TlsContext sets it up, as far as reading goes.
Owned<SSL_CTX> server_context() {
    auto const made = test::make_certificate("a");
    Owned<X509> const certificate(
        PEM_read_bio_X509(memory(made.pem).get(), nullptr, nullptr, nullptr));
    Owned<EVP_PKEY> const key(
        PEM_read_bio_PrivateKey(memory(made.key_pem).get(), nullptr, nullptr, nullptr));
    Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
    CHECK(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
    CHECK(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_read_ahead(context.get(), 1);
    return context;
}

// Both ends of a connection in one thread, so that the test decides what arrives when.
class TransportTest : public testing::Test {
  protected:
    TransportTest() {
        std::array<int, 2> ends = {};
        CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        client_fd_ = ends[0];
        client_.reset(SSL_new(client_context_.get()));
        SSL_set_fd(client_.get(), client_fd_);
        transport_.emplace(ends[1],
                           std::make_unique<TlsStream>(SSL_new(server_context_.get()), ends[1]));
    }
    ~TransportTest() override {
        client_.reset();
        ::close(client_fd_);
        ERR_clear_error();
    }

    Owned<SSL_CTX> client_context_{SSL_CTX_new(TLS_client_method())};
    Owned<SSL_CTX> server_context_ = server_context();
    int client_fd_ = -1;
    Owned<SSL> client_;
    std::optional<Transport> transport_;
};

// The poller says "writable" for a new connection; then all bytes come while the handshake is under way, and
// what is taken out of the kernel is no event any more.
TEST_F(TransportTest, WhatCameWithTheEndOfTheHandshakeIsReadWithoutAnotherEvent) {
    EXPECT_EQ(SSL_connect(client_.get()), -1);  // its first message is out
    transport_->on_events(EPOLLOUT);
    EXPECT_EQ(transport_->handshake().state, IoState::again);
    ASSERT_EQ(SSL_connect(client_.get()), 1);
    ASSERT_EQ(SSL_write(client_.get(), "request", 7), 7);

    ASSERT_EQ(transport_->handshake().state, IoState::ok);
    EXPECT_TRUE(transport_->readable());
    std::array<char, 64> out;
    auto const result = transport_->read(out);
    EXPECT_EQ(result.state, IoState::ok);
    EXPECT_EQ(std::string(out.data(), result.bytes), "request");
    EXPECT_EQ(transport_->read(out).state, IoState::again);
    EXPECT_FALSE(transport_->readable());
}

}  // namespace
}  // namespace inlet::http
