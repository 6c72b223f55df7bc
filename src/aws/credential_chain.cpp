#include "aws/credential_chain.hpp"

#include <utility>

#include "aws/credential_cache.hpp"
#include "aws/provider_chain.hpp"

namespace inlet::aws {
namespace {

class Chain final : public CredentialSource {
  public:
    Chain(Settings settings, Environment environment, Clock& clock)
        : settings_(std::move(settings)),
          environment_(std::move(environment)),
          http_(make_http_client({settings_.ca_bundle})),
          providers_(default_providers({settings_, environment_, *http_, clock, interrupt_})),
          cache_(providers_, clock, [this] {
              interrupt_.raise();
              http_->cancel();
          }) {}

    Result<Credentials> get() override { return cache_.get(); }
    void refused(Credentials const& credentials) override { cache_.refused(credentials); }
    void stop_waiting() override { cache_.stop_waiting(); }

  private:
    Settings const settings_;
    Environment const environment_;
    std::unique_ptr<HttpClient> http_;
    Interrupt interrupt_;
    ProviderChain providers_;
    CredentialCache cache_;  // last: its thread uses the others
};

class Fixed final : public CredentialSource {
  public:
    explicit Fixed(Credentials credentials) : credentials_(std::move(credentials)) {}

    Result<Credentials> get() override { return credentials_; }
    void refused(Credentials const& credentials) override { (void)credentials; }
    void stop_waiting() override {}

  private:
    Credentials const credentials_;
};

}  // namespace

std::unique_ptr<CredentialSource> make_credential_chain(Settings const& settings,
                                                        Environment const& environment,
                                                        Clock& clock) {
    return std::make_unique<Chain>(settings, environment, clock);
}

std::unique_ptr<CredentialSource> fixed_credentials(Credentials credentials) {
    return std::make_unique<Fixed>(std::move(credentials));
}

}  // namespace inlet::aws
