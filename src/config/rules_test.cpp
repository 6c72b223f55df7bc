#include "config/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/config_fixture.hpp"

namespace inlet::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using ConfigRules = ConfigTest;

TEST_F(ConfigRules, HoldForTheDefaults) {
    EXPECT_THAT(broken_rules(Config{}, false), IsEmpty());
}

struct Case {
    char const* text;
    std::vector<std::string> lines;
};

TEST_F(ConfigRules, AreReportedWhereTheUserSetTheKey) {
    Case const cases[] = {
        {"server.tls_listen = \"0.0.0.0:8443\"",
         {"FILE:1:21: server.tls_listen: needs server.tls_cert",
          "FILE:1:21: server.tls_listen: needs server.tls_key"}},
        {"server.tls_listen = \"0.0.0.0:8443\"\nserver.tls_cert = \"c\"",
         {"FILE:1:21: server.tls_listen: needs server.tls_key"}},
        {"server.listen = []",
         {"FILE:1:17: server.listen: server.listen and server.tls_listen are both empty: nothing "
          "can be "
          "received"}},
        {"server.ack = \"sink\"",
         {"FILE:1:14: server.ack: server.ack = \"sink\" needs an enabled sink in server.ack_sink; "
          "enabled: lake"}},
        {"server.ack = \"sink\"\nserver.ack_sink = \"lage\"",
         {"FILE:2:19: server.ack_sink: server.ack = \"sink\" needs an enabled sink in "
          "server.ack_sink; "
          "enabled: lake"}},
        {"server.ack = \"sink\"\nserver.ack_sink = \"lake\"\nsink.lake.enabled = false",
         {"FILE:2:19: server.ack_sink: server.ack = \"sink\" needs an enabled sink in "
          "server.ack_sink; "
          "enabled: none"}},
        {"journal.max_bytes = \"100MB\"",
         {"FILE:1:21: journal.max_bytes: journal.segment_bytes (67108864) must be at most a "
          "quarter of "
          "journal.max_bytes (100000000)"}},
        {"journal.max_bytes = \"1GiB\"\njournal.segment_bytes = 268435457",
         {"FILE:2:25: journal.segment_bytes: journal.segment_bytes (268435457) must be at most a "
          "quarter "
          "of journal.max_bytes (1073741824)"}},
        {"event.max_rows_bytes = \"500kB\"",
         {"FILE:1:24: event.max_rows_bytes: event.max_row_bytes (1000000) must be at most "
          "event.max_rows_bytes (500000)"}},
        {"admin.listen = \"0.0.0.0:8080\"\nadmin.token = \"an-example-of-a-token\"",
         {"FILE:1:16: admin.listen: 0.0.0.0:8080 is in server.listen already"}},
        {"admin.listen = \"127.0.0.1:1, [::]:8081\"",
         {"FILE:1:16: admin.listen: [::]:8081 can be reached from other machines: set admin.token "
          "or "
          "admin.token_file, or listen on 127.0.0.1 or unix:/PATH"}},
        {"admin.token = \"an-example-of-a-token\"\nadmin.token_file = \"t\"",
         {"FILE:2:20: admin.token_file: cannot go with admin.token"}},
        {"server.proxy_protocol = \"0.0.0.0:8080\"",
         {"FILE:1:25: server.proxy_protocol: needs server.trusted_proxies"}},
        {"server.proxy_protocol = \"0.0.0.0:80\"\nserver.trusted_proxies = \"10.0.0.0/8\"",
         {"FILE:1:25: server.proxy_protocol: 0.0.0.0:80 is neither in server.listen nor in "
          "server.tls_listen"}},
        {"limits.rate_per_key = 5",
         {"FILE:1:23: limits.rate_per_key: needs auth.write_keys or auth.write_keys_file"}},
        {"server.listen = \"0.0.0.0:8081, 0.0.0.0:8081\"",
         {"FILE:1:17: server.listen: 0.0.0.0:8081 is in server.listen already"}},
        {"sink.lake.dir = \"var/journal\"",
         {"FILE:1:17: sink.lake.dir: sink.lake.dir must differ from journal.dir"}},
        {"sink.s3.enabled = true", {"FILE:1:19: sink.s3.enabled: needs sink.s3.bucket"}},
        {"sink.s3.kms_key_id = \"k\"",
         {"FILE:1:22: sink.s3.kms_key_id: needs sink.s3.sse = \"aws:kms\""}},
        {"aws.endpoint_url = \"http://a\"\naws.use_fips = true\naws.use_dual_stack = true",
         {"FILE:2:16: aws.use_fips: cannot go with aws.endpoint_url",
          "FILE:3:22: aws.use_dual_stack: cannot go with aws.endpoint_url"}},
    };
    for (Case const& c : cases) {
        given_file(c.text);
        EXPECT_EQ(problems(), c.lines) << c.text;
    }
}

TEST_F(ConfigRules, LetTheS3SinkBeTheOneThatIsWaitedFor) {
    given_file(
        "sink.s3.enabled = true\nsink.s3.bucket = \"example\"\nsink.s3.path_style = true\n"
        "server.ack = \"sink\"\nserver.ack_sink = \"s3\"\n");
    EXPECT_EQ(loaded().config.s3.path_style, sink::S3PathStyle::on);
}

TEST_F(ConfigRules, BoundTheDimensionsOfMetrics) {
    std::string dimensions = "a=1";
    for (int i = 2; i <= 30; ++i) dimensions += ",a=" + std::to_string(i);
    given_set("metrics.cloudwatch.dimensions=" + dimensions);
    EXPECT_THAT(problems(), IsEmpty());
    given_set("metrics.cloudwatch.dimensions=" + dimensions + ",a=31");
    EXPECT_THAT(problems(),
                ElementsAre("--set metrics.cloudwatch.dimensions: at most 30 dimensions"));
}

TEST_F(ConfigRules, NameVariableAndSetToo) {
    given_variable("INLET_SERVER_TLS_CERT", "c");
    given_variable("INLET_SERVER_TLS_KEY", "k");
    given_variable("INLET_SERVER_TLS_LISTEN", "0.0.0.0:8080");
    given_set("journal.max_bytes=100MB");
    EXPECT_THAT(
        problems(),
        ElementsAre("INLET_SERVER_TLS_LISTEN: 0.0.0.0:8080 is in server.listen already",
                    "--set journal.max_bytes: journal.segment_bytes (67108864) must be at most a "
                    "quarter of journal.max_bytes (100000000)"));
}

TEST_F(ConfigRules, HoldAtTheirEdges) {
    given_file(
        "journal.max_bytes = \"1GiB\"\njournal.segment_bytes = \"256MiB\"\n"
        "event.max_rows_bytes = 1000000\n"
        "server.listen = \"127.0.0.1:0\"\nadmin.listen = \"127.0.0.1:0\"\n");
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigRules, LetTheAdminListenerBePrivateOrHaveAToken) {
    for (auto const* text :
         {"admin.listen = \"127.8.8.8:1, [::1]:2, unix:/run/a.sock\"",
          "admin.listen = \"0.0.0.0:1\"\nadmin.token = \"an-example-of-a-token\"",
          "admin.listen = \"192.0.2.1:1, [2001:db8::1]:1\"\nadmin.token_file = \"t\""}) {
        given_file(text);
        EXPECT_THAT(problems(), IsEmpty()) << text;
    }
}

TEST_F(ConfigRules, AllowTlsAloneAndAdminOff) {
    given_file(
        "[server]\nlisten = []\ntls_listen = \"[::]:8443\"\ntls_cert = \"c\"\ntls_key = \"k\"\n"
        "[admin]\nlisten = \"\"\n");
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigRules, AllowNoListenerIfTheServiceManagerPassesSockets) {
    given_set("server.listen=");
    given_variable("LISTEN_FDS", "1");
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigRules, SayNothingAboutAKeyThatIsWrongAlready) {
    given_file("server.listen = \"nowhere\"\nserver.tls_listen = []\njournal.max_bytes = 1\n");
    EXPECT_EQ(problems().size(), 2U);
}

}  // namespace
}  // namespace inlet::config
