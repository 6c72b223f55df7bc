#include "config/key_table.hpp"

#include "config/key_types.hpp"
#include "config/text_check.hpp"
#include "journal/format.hpp"

namespace inlet::config {

namespace {

constexpr Key kKeys[] = {
    {.name = "server.listen",
     .field = [](Config& c) -> Field { return &c.server.listen; },
     .type = list(check_address, "address"),
     .example = R"(["127.0.0.1:9090", "[::1]:9090"])",
     .help = "Addresses for plain HTTP. Port 0 picks a free port. None: TLS only."},
    {.name = "server.tls_listen",
     .field = [](Config& c) -> Field { return &c.server.tls_listen; },
     .type = list(check_address, "address"),
     .example = R"(["0.0.0.0:8443"])",
     .help = "Addresses for HTTPS. Needs server.tls_cert and server.tls_key."},
    {.name = "server.tls_cert",
     .field = [](Config& c) -> Field { return &c.server.tls.certificate; },
     .type = text(check_text, "path"),
     .example = R"("/etc/inlet/fullchain.pem")",
     .help = "PEM file with the certificate chain, the server's own certificate first. It is read "
             "again "
             "when it changes."},
    {.name = "server.tls_key",
     .field = [](Config& c) -> Field { return &c.server.tls.key; },
     .type = text(check_text, "path"),
     .example = R"("/etc/inlet/privkey.pem")",
     .help = "PEM file with the private key of the certificate. It is read again when it changes."},
    {.name = "server.acme_webroot",
     .field = [](Config& c) -> Field { return &c.api.acme_webroot; },
     .type = text(check_text, "path"),
     .example = R"("/var/www/acme")",
     .help =
         "Folder whose .well-known/acme-challenge/ is served, so that an ACME client can prove the "
         "domain. Empty: not served."},
    {.name = "server.plain_post",
     .field = [](Config& c) -> Field { return &c.api.plain_post; },
     .type = boolean(),
     .example = "false",
     .help =
         "Whether events are taken over plain HTTP. If false, a POST without TLS is answered with "
         "403; it is never redirected."},
    {.name = "server.cors_origins",
     .field = [](Config& c) -> Field { return &c.api.cors_origins; },
     .type = list(check_origin, "origin"),
     .example = R"(["https://www.example.com"])",
     .help =
         "Web origins whose pages may send events; \"*\" is every page. None: no CORS headers."},
    {.name = "server.ui",
     .field = [](Config& c) -> Field { return &c.api.ui; },
     .type = boolean(),
     .example = "false",
     .help = "Whether the landing page, /ui/ and /openapi.json are served."},
    {.name = "server.access_log",
     .field = [](Config& c) -> Field { return &c.api.access_log; },
     .type = boolean(),
     .example = "true",
     .help = "Whether each request is logged: one line, without ids of users or bodies."},
    {.name = "server.threads",
     .field = [](Config& c) -> Field { return &c.server.threads; },
     .type = integer(0, 256),
     .example = "4",
     .help = "Threads that serve connections. 0: one per core."},
    {.name = "server.ack",
     .field = [](Config& c) -> Field { return choice_field(c.api.ack); },
     .type = choice("journal|sink"),
     .example = R"("sink")",
     .help =
         "When a client gets its 200: \"journal\", once the rows are safe on this machine's disk; "
         "\"sink\", once the sink of server.ack_sink has them too, for hosts whose disk may "
         "vanish."},
    {.name = "server.ack_sink",
     .field = [](Config& c) -> Field { return &c.api.ack_sink; },
     .type = text(check_text, "name"),
     .example = R"("lake")",
     .help = "The enabled sink that server.ack = \"sink\" waits for."},
    {.name = "server.ack_timeout_ms",
     .field = [](Config& c) -> Field { return &c.api.ack_timeout_ms; },
     .type = time_ms(100, kHour),
     .example = R"("30s")",
     .help = "How long server.ack = \"sink\" waits before it answers 503; the rows may then still "
             "arrive."},
    {.name = "server.retry_after_s",
     .field = [](Config& c) -> Field { return &c.api.retry_after_s; },
     .type = integer(1, 3600, Unit::seconds),
     .example = "30",
     .help = "The Retry-After of 429 and 503."},
    {.name = "server.drain_timeout_ms",
     .field = [](Config& c) -> Field { return &c.drain_timeout_ms; },
     .type = time_ms(0, kHour),
     .example = R"("1m")",
     .help = "At shutdown, how long requests under way and sinks get to finish. What is not "
             "delivered by "
             "then stays in the journal for the next start."},
    {.name = "server.max_body_bytes",
     .field = [](Config& c) -> Field { return &c.server.limits.max_body_bytes; },
     .type = bytes(kKiB, 64 * kMiB),
     .example = R"("2MiB")",
     .help = "Largest body, as sent and after gunzip; above it 413."},
    {.name = "server.max_head_bytes",
     .field = [](Config& c) -> Field { return &c.server.limits.max_head_bytes; },
     .type = bytes(kKiB, kMiB),
     .example = R"("64KiB")",
     .help = "Largest request line and headers together; above it 431."},
    {.name = "server.max_target_bytes",
     .field = [](Config& c) -> Field { return &c.server.limits.max_target_bytes; },
     .type = bytes(64, kMiB),
     .example = R"("4KiB")",
     .help = "Longest path and query; above it 414."},
    {.name = "server.max_headers",
     .field = [](Config& c) -> Field { return &c.server.limits.max_headers; },
     .type = integer(8, 10'000),
     .example = "50",
     .help = "Most header fields of a request; above it 431."},
    {.name = "server.header_timeout_ms",
     .field = [](Config& c) -> Field { return &c.server.limits.header_timeout_ms; },
     .type = time_ms(10, kHour),
     .example = R"("5s")",
     .help = "From the first byte of a request to its last header; then 408."},
    {.name = "server.body_timeout_ms",
     .field = [](Config& c) -> Field { return &c.server.limits.body_timeout_ms; },
     .type = time_ms(10, kHour),
     .example = R"("30s")",
     .help = "From the last header to the end of the body; then 408. server.body_min_rate_bytes "
             "extends "
             "it for large bodies."},
    {.name = "server.body_min_rate_bytes",
     .field = [](Config& c) -> Field { return &c.server.limits.body_min_rate; },
     .type = integer(1, kGiB, Unit::bytes_per_second),
     .example = R"("10KiB")",
     .help =
         "A body that arrives at this rate or faster is not cut off by server.body_timeout_ms."},
    {.name = "server.idle_timeout_ms",
     .field = [](Config& c) -> Field { return &c.server.limits.idle_timeout_ms; },
     .type = time_ms(10, 24 * kHour),
     .example = R"("2m")",
     // 60 s: Elastic Load Balancing, "Connection idle timeout" (Application Load Balancers).
     .help = "How long a connection may stay open between requests. Keep it above the idle timeout "
             "of a "
             "load balancer in front (60 s on AWS), which otherwise answers 502 now and then."},
    {.name = "server.write_timeout_ms",
     .field = [](Config& c) -> Field { return &c.server.limits.write_timeout_ms; },
     .type = time_ms(10, kHour),
     .example = R"("5s")",
     .help = "How long a client may take to read its reply."},
    {.name = "server.max_connections",
     .field = [](Config& c) -> Field { return &c.server.limits.max_connections; },
     .type = integer(1, 1'000'000),
     .example = "50000",
     .help = "Most connections at a time. At the limit idle ones are closed to make room, else a "
             "new one "
             "gets 503."},
    {.name = "server.max_connections_per_address",
     .field = [](Config& c) -> Field { return &c.server.limits.max_connections_per_address; },
     .type = integer(1, 1'000'000),
     .example = "500",
     .help =
         "Most connections of one client address at a time. Behind a proxy all clients share its "
         "address."},

    {.name = "server.max_buffered_bytes",
     .field = [](Config& c) -> Field { return &c.server.limits.max_buffered_bytes; },
     .type = bytes(kMiB, kTiB),
     .example = R"("512MiB")",
     .help = "What unfinished requests and replies not yet taken may hold in memory together; "
             "above it 503."},

    {.name = "admin.listen",
     .field = [](Config& c) -> Field { return &c.admin.listen; },
     .type = list(check_address, "address"),
     .example = R"("127.0.0.1:9091")",
     .help = "Addresses for /metrics, /status and the operator's page. They have no access "
             "control: keep "
             "them private. None: switched off."},

    {.name = "event.max_events",
     .field = [](Config& c) -> Field { return &c.event.max_events; },
     .type = integer(1, 100'000),
     .example = "1000",
     .help = "Most events of one /track request."},
    {.name = "event.max_depth",
     .field = [](Config& c) -> Field { return &c.event.max_depth; },
     .type = integer(8, 256),
     .example = "32",
     .help = "Deepest nesting of objects and arrays, the body itself counted."},
    {.name = "event.max_id_bytes",
     .field = [](Config& c) -> Field { return &c.event.max_id_bytes; },
     .type = bytes(16, 4 * kKiB),
     .example = "256",
     .help = "Longest userId, newUserId and originalUserId, after decoding."},
    {.name = "event.max_row_bytes",
     .field = [](Config& c) -> Field { return &c.event.max_row_bytes; },
     // A Firehose record holds 1,000 KiB before base64 (Amazon Data Firehose quotas); a row must
     // fit.
     .type = bytes(kKiB, 1'000'000),
     .example = R"("500kB")",
     .help = "Longest row as delivered; above it 413."},
    {.name = "event.max_rows_bytes",
     .field = [](Config& c) -> Field { return &c.event.max_rows_bytes; },
     .type = bytes(kKiB, journal::kMaxEntryBytes),
     .example = R"("2MiB")",
     .help = "Longest rows of one request together; above it 413."},
    {.name = "event.reserved_ids",
     .field = [](Config& c) -> Field { return &c.event.reserved_ids; },
     .type = list(check_text, "id"),
     .example = R"(["null", "undefined"])",
     .help = "Ids that /alias refuses, whatever their case: clients send them when they know no "
             "user, and "
             "one such alias would merge strangers."},

    {.name = "journal.dir",
     .field = [](Config& c) -> Field { return &c.journal.dir; },
     .type = text(check_not_empty, "path"),
     .example = R"("/var/lib/inlet/journal")",
     .help = "Folder of the journal. Use a local disk, not a network file system."},
    {.name = "journal.max_bytes",
     .field = [](Config& c) -> Field { return &c.journal.max_bytes; },
     .type = bytes(256 * kKiB, 64 * kTiB),
     .example = R"("32GiB")",
     .help = "Most undelivered data. Above it events are answered with 503 until sinks catch up; "
             "nothing "
             "undelivered is ever deleted."},
    {.name = "journal.segment_bytes",
     .field = [](Config& c) -> Field { return &c.journal.segment_bytes; },
     .type = bytes(64 * kKiB, 4 * kGiB),
     .example = R"("128MiB")",
     .help = "Size of one segment file; at most a quarter of journal.max_bytes."},
    {.name = "journal.queue_bytes",
     .field = [](Config& c) -> Field { return &c.journal.queue_bytes; },
     .type = bytes(journal::kMaxEntryBytes, kGiB),
     .example = R"("64MiB")",
     .help = "Most data that wait in memory for the next commit; above it 503."},
    {.name = "journal.spare_segments",
     .field = [](Config& c) -> Field { return &c.journal.spare_segments; },
     .type = integer(0, 64),
     .example = "4",
     .help =
         "Delivered segment files kept for reuse: writing over a file is faster than growing one."},

    {.name = "sink.lake.enabled",
     .field = [](Config& c) -> Field { return &c.lake.enabled; },
     .type = boolean(),
     .example = "false",
     .help = "Whether rows are written to a local folder."},
    {.name = "sink.lake.dir",
     .field = [](Config& c) -> Field { return &c.lake.dir; },
     .type = text(check_not_empty, "path"),
     .example = R"("/var/lib/inlet/lake")",
     .help = "Folder of the lake."},
    {.name = "sink.lake.roll_ms",
     .field = [](Config& c) -> Field { return &c.lake.roll_ms; },
     .type = time_ms(10, 24 * kHour),
     .example = R"("5m")",
     .help = "A file is published when its first row is this old. Larger values make fewer, larger "
             "files."},
    {.name = "sink.lake.roll_bytes",
     .field = [](Config& c) -> Field { return &c.lake.roll_bytes; },
     .type = bytes(kKiB, 16 * kGiB),
     .example = R"("256MiB")",
     .help = "A file is published when it holds this many bytes of rows, before compression."},
    {.name = "sink.lake.compression",
     .field = [](Config& c) -> Field { return choice_field(c.lake.compression); },
     .type = choice("off|gzip|zstd"),
     .example = R"("zstd")",
     .help = "How files are compressed."},
    {.name = "sink.lake.min_free_bytes",
     .field = [](Config& c) -> Field { return &c.lake.min_free_bytes; },
     .type = bytes(0, 64 * kTiB),
     .example = R"("1GiB")",
     .help = "With less free disk space than this the lake waits, so that it does not take the "
             "journal's "
             "space."},

    {.name = "sink.firehose.enabled",
     .field = [](Config& c) -> Field { return &c.firehose.enabled; },
     .type = boolean(),
     .example = "true",
     .help = "Whether rows are sent to Amazon Data Firehose. See docs/aws.md."},
    {.name = "sink.firehose.delivery_stream",
     .field = [](Config& c) -> Field { return &c.firehose.delivery_stream; },
     .type = text(check_stream_name, "name"),
     .example = R"("inlet")",
     .help = "Name of the delivery stream. With \"{type}\" in it, each type of rows (track, alias, "
             "profile) "
             "has a stream of its own."},
    {.name = "sink.firehose.linger_ms",
     .field = [](Config& c) -> Field { return &c.firehose.linger_ms; },
     .type = time_ms(0, kHour),
     .example = R"("1s")",
     .help = "How long rows wait for others to share a record with. Firehose bills each record "
             "rounded up "
             "to 5 KB, and buffers for a minute or more itself."},
    {.name = "sink.firehose.compression",
     .field = [](Config& c) -> Field { return choice_field(c.firehose.compression); },
     .type = choice("off|gzip"),
     .example = R"("gzip")",
     .help = "gzip: each record is compressed, which is billed for the compressed size. For "
             "streams that "
             "neither compress nor convert or transform what they deliver."},

    {.name = "sink.s3.enabled",
     .field = [](Config& c) -> Field { return &c.s3.enabled; },
     .type = boolean(),
     .example = "true",
     .help = "Whether rows are written to an S3 bucket. Needs sink.s3.bucket."},
    {.name = "sink.s3.bucket",
     .field = [](Config& c) -> Field { return &c.s3.bucket; },
     .type = text(check_bucket, "name"),
     .example = R"("example-events")",
     .help = "The bucket, which must exist, in the region of aws.region."},
    {.name = "sink.s3.prefix",
     .field = [](Config& c) -> Field { return &c.s3.prefix; },
     .type = text(check_s3_prefix, "prefix"),
     .example = R"("inlet/")",
     .help = "Folder in the bucket in which raw/ stands, with all objects below it."},
    {.name = "sink.s3.roll_ms",
     .field = [](Config& c) -> Field { return &c.s3.roll_ms; },
     .type = time_ms(100, 24 * kHour),
     .example = R"("5m")",
     .help = "Objects are published when their first row is this old. Larger values make fewer, "
             "larger objects, and fewer requests to pay for."},
    {.name = "sink.s3.roll_bytes",
     .field = [](Config& c) -> Field { return &c.s3.roll_bytes; },
     .type = bytes(kKiB, 16 * kGiB),
     .example = R"("256MiB")",
     .help = "Objects are published when they hold this many bytes of rows together, before "
             "compression."},
    {.name = "sink.s3.compression",
     .field = [](Config& c) -> Field { return choice_field(c.s3.compression); },
     .type = choice("off|gzip|zstd"),
     .example = R"("zstd")",
     .help = "How objects are compressed."},
    {.name = "sink.s3.sse",
     .field = [](Config& c) -> Field { return choice_field(c.s3.encryption); },
     .type = choice("|AES256|aws:kms"),
     .example = R"("aws:kms")",
     .help = "Server-side encryption that is asked for. Empty: as the bucket is set up."},
    {.name = "sink.s3.kms_key_id",
     .field = [](Config& c) -> Field { return &c.s3.kms_key_id; },
     .type = text(check_header_value, "ARN"),
     .example =
         R"("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")",
     .help = "The key for sink.s3.sse = \"aws:kms\". Empty: the one that AWS keeps for S3."},
    {.name = "sink.s3.storage_class",
     .field = [](Config& c) -> Field { return &c.s3.storage_class; },
     .type = text(check_storage_class, "class"),
     .example = R"("INTELLIGENT_TIERING")",
     .help = "Storage class of new objects. Empty: the service's default, STANDARD. Only classes "
             "whose objects can be read at once."},
    {.name = "sink.s3.path_style",
     .field = [](Config& c) -> Field { return choice_field(c.s3.path_style); },
     .type = choice("auto|true|false"),
     .example = R"("true")",
     .help = "Whether the bucket is named in the path of a request instead of its host. \"auto\": "
             "with an endpoint URL of one's own, or a bucket with a dot in its name."},

    {.name = "aws.region",
     .field = [](Config& c) -> Field { return &c.aws.region; },
     .type = text(check_host_label, "region"),
     .example = R"("eu-central-1")",
     .help = "Region of all AWS services. Empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's, or "
             "that "
             "of the EC2 instance."},
    {.name = "aws.profile",
     .field = [](Config& c) -> Field { return &c.aws.profile; },
     .type = text(check_text, "name"),
     .example = R"("inlet")",
     .help =
         "Profile in ~/.aws/config and ~/.aws/credentials. Empty: AWS_PROFILE, or \"default\"."},
    {.name = "aws.endpoint_url",
     .field = [](Config& c) -> Field { return &c.aws.endpoint_url; },
     .type = text(check_url, "URL"),
     .example = R"("http://127.0.0.1:9000")",
     .help = "URL of a service that speaks like AWS, or of an interface endpoint. Empty: "
             "AWS_ENDPOINT_URL and its kin, or the service's public address."},
    {.name = "aws.ca_bundle",
     .field = [](Config& c) -> Field { return &c.aws.ca_bundle; },
     .type = text(check_text, "path"),
     .example = R"("/etc/inlet/ca.pem")",
     .help = "PEM file with the certificates that services are checked against. Empty: "
             "AWS_CA_BUNDLE, or the system's."},
    {.name = "aws.use_fips",
     .field = [](Config& c) -> Field { return &c.aws.use_fips; },
     .type = boolean(),
     .example = "true",
     .help = "Whether to use the endpoints with FIPS 140 validated cryptography. Not together with "
             "an endpoint URL."},
    {.name = "aws.use_dual_stack",
     .field = [](Config& c) -> Field { return &c.aws.use_dual_stack; },
     .type = boolean(),
     .example = "true",
     .help = "Whether to use the endpoints that are reached over IPv6 too. Not together with an "
             "endpoint URL."},

    {.name = "metrics.cloudwatch.enabled",
     .field = [](Config& c) -> Field { return &c.cloudwatch.enabled; },
     .type = boolean(),
     .example = "true",
     .help = "Whether the numbers that alarms need are published in CloudWatch. Needs the right "
             "cloudwatch:PutMetricData. See docs/operations.md."},
    {.name = "metrics.cloudwatch.namespace",
     .field = [](Config& c) -> Field { return &c.cloudwatch.name_space; },
     .type = text(check_metric_namespace, "name"),
     .example = R"("example/inlet")",
     .help = "Namespace of the metrics."},
    {.name = "metrics.cloudwatch.interval_s",
     .field = [](Config& c) -> Field { return &c.cloudwatch.interval_s; },
     .type = integer(1, 3600, Unit::seconds),
     .example = "300",
     .help = "How often they are published. A call has all of them."},
    {.name = "metrics.cloudwatch.dimensions",
     .field = [](Config& c) -> Field { return &c.cloudwatch.dimensions; },
     .type = list(check_dimension, "NAME=VALUE"),
     .example = R"(["Stage=production"])",
     .help =
         "Dimensions of all of them, at most 30. None: InstanceId on an EC2 instance, Node (the "
         "journal's) elsewhere."},

    {.name = "quarantine.max_bytes",
     .field = [](Config& c) -> Field { return &c.quarantine_max_bytes; },
     .type = bytes(0, kTiB),
     .example = R"("1GiB")",
     .help =
         "Most that rows which a destination refuses for good may take on disk together. At the "
         "bound "
         "the lane waits. See `inlet quarantine`."},

    {.name = "log.level",
     .field = [](Config& c) -> Field { return choice_field(c.log.level); },
     .type = choice("debug|info|warn|error|off"),
     .example = R"("warn")",
     .help = "The least important messages that are written."},
    {.name = "log.format",
     .field = [](Config& c) -> Field { return choice_field(c.log.format); },
     .type = choice("text|json"),
     .example = R"("json")",
     .help = "One line of text or one JSON object per message, to standard error."},
};

}  // namespace

Table key_table() {
    return kKeys;
}

}  // namespace inlet::config
