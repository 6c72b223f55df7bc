#include "http/tls_stream.hpp"

#include <openssl/err.h>

namespace inlet::http {

TlsStream::TlsStream(SSL* ssl, int fd) : ssl_(ssl) {
    SSL_set_fd(ssl, fd);
    SSL_set_accept_state(ssl);
}

IoResult TlsStream::handshake() {
    ERR_clear_error();
    int const result = SSL_do_handshake(ssl_.get());
    return result == 1 ? IoResult{} : failed(result);
}

IoResult TlsStream::read(std::span<char> out) {
    if (broken_) return {IoState::ended};
    ERR_clear_error();
    std::size_t n = 0;
    int const result = SSL_read_ex(ssl_.get(), out.data(), out.size(), &n);
    return result == 1 ? IoResult{IoState::ok, n} : failed(result);
}

IoResult TlsStream::write(std::string_view data) {
    if (broken_) return {IoState::ended};
    ERR_clear_error();
    std::size_t n = 0;
    int const result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &n);
    return result == 1 ? IoResult{IoState::ok, n} : failed(result);
}

void TlsStream::send_close_notify() {
    if (broken_ || !SSL_is_init_finished(ssl_.get())) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // once: the answer is not waited for
    ERR_clear_error();
}

IoResult TlsStream::failed(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return {IoState::again};
        case SSL_ERROR_ZERO_RETURN:
            return {IoState::ended};
        default:
            break;
    }
    broken_ = true;
    ERR_clear_error();
    return {IoState::ended};
}

}  // namespace inlet::http
