#include "support/scripted_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <poll.h>
#include <unistd.h>

#include "base/check.hpp"

namespace inlet::test {
namespace {

class PlainStream final : public ScriptedConnection::Stream {
  public:
    explicit PlainStream(int fd) : fd_(fd) {}
    bool send(std::string_view bytes) override {
        while (!bytes.empty()) {
            ssize_t const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    std::size_t receive(char* out, std::size_t size) override {
        ssize_t const n = ::recv(fd_, out, size, 0);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

  private:
    int fd_;
};

class TlsStream final : public ScriptedConnection::Stream {
  public:
    TlsStream(int fd, SSL_CTX* context) : ssl_(SSL_new(context)) {
        SSL_set_fd(ssl_, fd);
        is_open_ = SSL_accept(ssl_) == 1;
    }
    ~TlsStream() override {
        if (is_open_) SSL_shutdown(ssl_);
        SSL_free(ssl_);
        ERR_clear_error();
    }
    bool send(std::string_view bytes) override {
        return is_open_ && SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    std::size_t receive(char* out, std::size_t size) override {
        int const n = is_open_ ? SSL_read(ssl_, out, static_cast<int>(size)) : 0;
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

  private:
    SSL* ssl_;
    bool is_open_ = false;
};

template <class T, class Reader, class Freer>
std::unique_ptr<T, Freer> from_pem(std::string const& pem, Reader reader, Freer freer) {
    BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    std::unique_ptr<T, Freer> out(reader(bio, nullptr, nullptr, nullptr), freer);
    BIO_free(bio);
    CHECK(out != nullptr);
    return out;
}

std::size_t body_size(std::string const& head) {
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    auto const at = lower.find("\r\ncontent-length:");
    return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 17));
}

}  // namespace

std::string ScriptedConnection::read_request() {
    char bytes[16 * 1024];
    std::size_t size = std::string::npos;  // of the request, once its head is there
    while (size == std::string::npos || unread_.size() < size) {
        if (size == std::string::npos) {
            auto const end = unread_.find("\r\n\r\n");
            if (end != std::string::npos) {
                size = end + 4 + body_size(unread_.substr(0, end + 4));
                continue;
            }
        }
        std::size_t const n = stream_->receive(bytes, sizeof bytes);
        if (n == 0) return {};
        unread_.append(bytes, n);
    }
    std::string request = unread_.substr(0, size);
    unread_.erase(0, size);
    requests_.with([&](auto& all) { all.push_back(request); });
    return request;
}

std::string ScriptedConnection::read_some(std::size_t size) {
    std::string out(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        std::size_t const n = stream_->receive(out.data() + got, size - got);
        if (n == 0) break;
        got += n;
    }
    out.resize(got);
    return out;
}

void ScriptedConnection::reset() {
    linger const at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool ScriptedConnection::pause(int ms) {
    pollfd entry{fd_, POLLRDHUP, 0};
    return ::poll(&entry, 1, ms) == 0;
}

struct ScriptedServer::Tls {
    explicit Tls(ScriptedTls const& options) : context(SSL_CTX_new(TLS_server_method())) {
        auto const x509 = from_pem<X509>(options.certificate.pem, &PEM_read_bio_X509, &X509_free);
        auto const key = from_pem<EVP_PKEY>(options.certificate.key_pem, &PEM_read_bio_PrivateKey,
                                            &EVP_PKEY_free);
        CHECK(SSL_CTX_use_certificate(context, x509.get()) == 1);
        CHECK(SSL_CTX_use_PrivateKey(context, key.get()) == 1);
        if (!options.only_tls_1_0) return;
        SSL_CTX_set_security_level(context, 0);  // OpenSSL's default leaves TLS 1.0 out
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, TLS1_VERSION);
    }
    ~Tls() { SSL_CTX_free(context); }
    SSL_CTX* context;
};

ScriptedServer::ScriptedServer(Script script, std::optional<ScriptedTls> tls)
    : script_(std::move(script)) {
    ::signal(SIGPIPE, SIG_IGN);
    if (tls) tls_ = std::make_unique<Tls>(*tls);
    listen_fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    CHECK(::bind(listen_fd_, any, size) == 0 && ::listen(listen_fd_, 64) == 0);
    CHECK(::getsockname(listen_fd_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(listen_fd_, SHUT_RDWR);
    acceptor_.join();
    open_.with([](auto& all) {
        for (int const fd : all) ::shutdown(fd, SHUT_RDWR);
    });
    for (std::thread& thread : threads_) thread.join();
    ::close(listen_fd_);
}

std::string ScriptedServer::url(std::string_view path) const {
    // Certificates name a host, not an address.
    std::string const host = tls_ ? "https://localhost:" : "http://127.0.0.1:";
    return host + std::to_string(port_) + std::string(path);
}

std::vector<std::string> ScriptedServer::requests() {
    return requests_.with([](auto const& all) { return all; });
}

void ScriptedServer::accept_all() {
    while (true) {
        int const fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        timeval const patience{kPatienceMs / 1000, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        int const number = connections_.fetch_add(1);
        open_.with([&](auto& all) { all.push_back(fd); });
        threads_.emplace_back([this, fd, number] { serve(fd, number); });
    }
}

void ScriptedServer::serve(int fd, int number) {
    {
        std::unique_ptr<ScriptedConnection::Stream> stream;
        if (tls_) {
            stream = std::make_unique<TlsStream>(fd, tls_->context);
        } else {
            stream = std::make_unique<PlainStream>(fd);
        }
        ScriptedConnection connection(fd, number, std::move(stream), requests_);
        script_(connection);
    }
    open_.with([&](auto& all) {
        std::erase(all, fd);
        ::close(fd);
    });
    ++closed_;
    closed_.notify_all();
}

void ScriptedServer::wait_until_closed() {
    int const all = connections_.load();
    for (int closed = closed_.load(); closed < all; closed = closed_.load()) closed_.wait(closed);
}

std::string ok_reply(std::string_view body, std::string_view more_headers) {
    std::string out = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return out.append(more_headers).append("\r\n").append(body);
}

}  // namespace inlet::test
