#include "http/server.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "http/listener.hpp"
#include "http/shared.hpp"
#include "http/unix_listener.hpp"
#include "http/worker.hpp"

namespace inlet::http {

struct Server::Impl {
    Impl(Options options, Clock& clock) : shared(std::move(options), clock) {}
    ~Impl() { remove_socket_files(); }

    Result<void> start(MakeHandler const& make_handler);
    Result<void> trust_proxies();
    Result<void> listen(std::vector<std::string> const& wanted, bool tls,
                        std::vector<std::string>& bound);
    Result<void> inherit(std::vector<int> const& sockets, bool tls,
                         std::vector<std::string>& bound);

    [[nodiscard]] ListenerKind kind_of(std::string const& address, bool tls) const {
        auto const& proxied = shared.options.proxy_protocol;
        return {tls, std::find(proxied.begin(), proxied.end(), address) != proxied.end()};
    }
    Result<void> listen_on_file(std::string const& address, std::vector<std::string>& bound);
    void remove_socket_files();

    Shared shared;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::string> addresses;
    std::vector<std::string> tls_addresses;
    std::vector<std::string> socket_files;  // of Unix sockets, as addresses
};

Result<void> Server::Impl::start(MakeHandler const& make_handler) {
    Options const& options = shared.options;
    if (!options.tls_listen.empty() || !options.inherited_tls.empty()) {
        TRY(shared.tls, TlsContext::load(options.tls, shared.clock, shared.stats));
    }
    TRY(trust_proxies());
    unsigned const threads =
        options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i)
        workers.push_back(std::make_unique<Worker>(shared, i, threads));
    TRY(listen(options.listen, false, addresses));
    TRY(listen(options.tls_listen, true, tls_addresses));
    TRY(inherit(options.inherited, false, addresses));
    TRY(inherit(options.inherited_tls, true, tls_addresses));
    for (auto& worker : workers) worker->set_handler(make_handler(*worker));
    for (auto& worker : workers) {
        TRY(worker->start());
    }
    return success();
}

Result<void> Server::Impl::trust_proxies() {
    for (auto const& text : shared.options.trusted_proxies) {
        auto const network = IpNetwork::parse(text);
        if (!network) return fail(Errc::invalid, "trusted proxy '" + text + "' is no network");
        shared.trusted_proxies.push_back(*network);
    }
    return success();
}

Result<void> Server::Impl::listen(std::vector<std::string> const& wanted, bool tls,
                                  std::vector<std::string>& bound) {
    bool const shared_port = workers.size() > 1;
    for (std::string const& address : wanted) {
        if (is_unix_address(address)) {
            TRY(listen_on_file(address, bound));
            continue;
        }
        if (shared_port) {
            TRY(check_address_is_free(address));
        }
        std::string actual = address;  // with the real port after the first
        for (auto& worker : workers) {
            TRY(int const fd, open_listener(actual, shared_port));
            actual = bound_address(fd);
            worker->add_listener(fd, kind_of(address, tls));
        }
        bound.push_back(actual);
    }
    return success();
}

// SO_REUSEPORT is not for Unix sockets: the io threads take from one queue.
Result<void> Server::Impl::listen_on_file(std::string const& address,
                                          std::vector<std::string>& bound) {
    TRY(int const first, open_unix_listener(address));
    socket_files.push_back(address);
    workers.front()->add_listener(first, {});
    for (std::size_t i = 1; i < workers.size(); ++i) {
        TRY(int const fd, inherit_listener(first));
        workers[i]->add_listener(fd, {});
    }
    bound.push_back(address);
    return success();
}

void Server::Impl::remove_socket_files() {
    for (auto const& address : std::exchange(socket_files, {})) remove_socket_file(address);
}

Result<void> Server::Impl::inherit(std::vector<int> const& sockets, bool tls,
                                   std::vector<std::string>& bound) {
    for (int const socket : sockets) {
        for (auto& worker : workers) {
            TRY(int const fd, inherit_listener(socket));
            worker->add_listener(fd, kind_of(bound_address(socket), tls));
        }
        bound.push_back(bound_address(socket));
    }
    return success();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    stop(0);
}

Result<std::unique_ptr<Server>> Server::start(Options options, Clock& clock,
                                              MakeHandler const& make_handler) {
    auto impl = std::make_unique<Impl>(std::move(options), clock);
    TRY(impl->start(make_handler));
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::vector<std::string> Server::addresses() const {
    return impl_->addresses;
}
std::vector<std::string> Server::tls_addresses() const {
    return impl_->tls_addresses;
}

Result<void> Server::reload_tls() {
    if (!impl_->shared.tls) return success();
    return impl_->shared.tls->reload();
}

void Server::stop_accepting() {
    impl_->shared.stopping.store(true);
    for (auto& worker : impl_->workers) worker->stop_accepting();
    impl_->remove_socket_files();
}

void Server::stop(std::int64_t deadline_ms) {
    stop_accepting();
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
    for (auto& worker : impl_->workers) worker->wait_until_drained(deadline);
    for (auto& worker : impl_->workers) worker->stop();
}

Stats const& Server::stats() const {
    return impl_->shared.stats;
}

}  // namespace inlet::http
