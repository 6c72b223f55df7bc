#include "aws/failure.hpp"

#include <gtest/gtest.h>

namespace inlet::aws {
namespace {

HttpReply json_error(int status, std::string_view type, std::string_view message = "why") {
    std::string body = R"({"__type":")";
    body.append(type).append(R"(","message":")").append(message).append("\"}");
    return {status, {}, std::move(body)};
}

HttpReply xml_error(int status, std::string_view code, std::string_view more = "") {
    std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>";
    body.append(code).append("</Code><Message>why</Message>").append(more).append("</Error>");
    return {status, {}, std::move(body)};
}

struct Case {
    int status;
    std::string_view code;
    Reaction reaction;
    bool outcome_unknown = false;
};

TEST(Failure, OfFirehose) {
    Case const cases[] = {
        {400, "ServiceUnavailableException", Reaction::throttled},
        {503, "ServiceUnavailableException", Reaction::throttled},
        {400, "ThrottlingException", Reaction::throttled},
        {400, "LimitExceededException", Reaction::throttled},
        {429, "SomethingElse", Reaction::throttled},
        {500, "InternalFailure", Reaction::retry, true},
        {500, "SomethingElse", Reaction::retry, true},
        {503, "SomethingElse", Reaction::retry, true},
        {400, "ExpiredTokenException", Reaction::refresh},
        {400, "UnrecognizedClientException", Reaction::refresh},
        {403, "InvalidSignatureException", Reaction::refresh},
        {403, "SignatureDoesNotMatch", Reaction::refresh},
        {400, "RequestExpired", Reaction::refresh},
        {400, "MissingAuthenticationTokenException", Reaction::refresh},
        {400, "ResourceNotFoundException", Reaction::hold},
        {400, "AccessDeniedException", Reaction::hold},
        {400, "InvalidKMSResourceException", Reaction::hold},
        {400, "InvalidSourceException", Reaction::hold},
        {400, "UnknownOperationException", Reaction::hold},
        {400, "NeverHeardOfException", Reaction::hold},
        {400, "InvalidArgumentException", Reaction::poison},
        {400, "ValidationException", Reaction::poison},
        {400, "SerializationException", Reaction::poison},
        {413, "RequestEntityTooLargeException", Reaction::poison},
        {413, "SomethingElse", Reaction::poison},
    };
    for (Case const& c : cases) {
        Failure const failure = classify(json_error(c.status, c.code));
        EXPECT_EQ(failure.reaction, c.reaction) << c.status << " " << c.code;
        EXPECT_EQ(failure.outcome_unknown, c.outcome_unknown) << c.status << " " << c.code;
        EXPECT_EQ(failure.code, c.code);
        EXPECT_EQ(failure.message, "why");
        EXPECT_EQ(failure.status, c.status);
    }
}

TEST(Failure, OfS3) {
    Case const cases[] = {
        {503, "SlowDown", Reaction::throttled},
        {503, "ServiceUnavailable", Reaction::retry, true},
        {500, "InternalError", Reaction::retry, true},
        {200, "InternalError", Reaction::retry, true},  // of CompleteMultipartUpload
        {409, "ConditionalRequestConflict", Reaction::retry},
        {409, "OperationAborted", Reaction::retry},
        {400, "RequestTimeout", Reaction::retry},
        {400, "BadDigest", Reaction::retry},
        {400, "ExpiredToken", Reaction::refresh},
        {403, "InvalidAccessKeyId", Reaction::refresh},
        {403, "RequestTimeTooSkewed", Reaction::refresh},
        {403, "SignatureDoesNotMatch", Reaction::refresh},
        {403, "AccessDenied", Reaction::hold},
        {404, "NoSuchBucket", Reaction::hold},
        {400, "InvalidBucketName", Reaction::hold},
        {400, "KMS.DisabledException", Reaction::hold},
        {501, "NotImplemented", Reaction::hold},
        {400, "EntityTooLarge", Reaction::poison},
    };
    for (Case const& c : cases) {
        Failure const failure = classify(xml_error(c.status, c.code));
        EXPECT_EQ(failure.reaction, c.reaction) << c.status << " " << c.code;
        EXPECT_EQ(failure.outcome_unknown, c.outcome_unknown) << c.status << " " << c.code;
        EXPECT_EQ(failure.code, c.code);
    }
}

TEST(Failure, UnderstandsEveryShapeOfReply) {
    HttpReply const replies[] = {
        json_error(400, "ExpiredTokenException"),
        json_error(400, "com.amazonaws.firehose#ExpiredTokenException"),
        json_error(400, "ExpiredTokenException:http://internal.amazon.com/coral/"),
        {400, {}, R"( {"code":"ExpiredTokenException","Message":"why"})"},
        {400, {{"x-amzn-errortype", "ExpiredTokenException:http://x"}}, R"({"message":"why"})"},
        {400,
         {},
         "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender"
         "</Type><Code>ExpiredTokenException</Code><Message>why</Message></Error></ErrorResponse>"},
        {400,
         {},
         "<Response><Errors><Error><Code>ExpiredTokenException</Code><Message>why</Message>"
         "</Error></Errors></Response>"},
    };
    for (HttpReply const& reply : replies) {
        Failure const failure = classify(reply);
        EXPECT_EQ(failure.code, "ExpiredTokenException") << reply.body;
        EXPECT_EQ(failure.message, "why") << reply.body;
    }
}

TEST(Failure, JudgesWhatItCannotReadByItsStatus) {
    struct {
        int status;
        Reaction reaction;
        bool outcome_unknown;
    } const cases[] = {
        {400, Reaction::hold, false},   {403, Reaction::hold, false},
        {407, Reaction::hold, false},   {408, Reaction::retry, false},
        {413, Reaction::poison, false}, {429, Reaction::throttled, false},
        {500, Reaction::retry, true},   {502, Reaction::retry, true},
        {503, Reaction::retry, true},   {504, Reaction::retry, true},
        {200, Reaction::retry, true},
    };
    for (std::string_view const body :
         {"<html><body>Bad gateway</body></html>", "<html><br>", "{", "[]", "{\"__type\":7}",
          "nonsense", "\xff\xfe", "<!DOCTYPE a [<!ENTITY x 'y'>]><Error><Code>&x;</Code></Error>",
          "{\"__type\":\"no code at all\"}", "<Error/>"}) {
        for (auto const& c : cases) {
            Failure const failure = classify(HttpReply{c.status, {}, std::string(body)});
            EXPECT_EQ(failure.reaction, c.reaction) << c.status << " " << body;
            EXPECT_EQ(failure.outcome_unknown, c.outcome_unknown) << c.status << " " << body;
            EXPECT_EQ(failure.code, "") << body;
        }
    }
}

TEST(Failure, ARefusalWithoutABodyMayBeTheCredentials) {
    EXPECT_EQ(classify(HttpReply{403}).reaction, Reaction::refresh);
    EXPECT_EQ(classify(HttpReply{400}).reaction, Reaction::refresh);
    EXPECT_EQ(classify(HttpReply{405}).reaction, Reaction::hold);
}

TEST(Failure, ABucketInAnotherRegionIsNamed) {
    std::vector<Header> const headers = {{"x-amz-bucket-region", "eu-west-1"}};
    HttpReply const replies[] = {
        {301, headers, ""},
        {301, headers, xml_error(301, "PermanentRedirect").body},
        {307, headers, xml_error(307, "TemporaryRedirect").body},
        xml_error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
        {400, headers, xml_error(400, "IllegalLocationConstraintException").body},
    };
    for (HttpReply const& reply : replies) {
        Failure const failure = classify(reply);
        EXPECT_EQ(failure.reaction, Reaction::hold);
        EXPECT_EQ(failure.message, "the bucket is in another region: eu-west-1") << reply.body;
    }
    EXPECT_EQ(classify(HttpReply{301}).message, "the bucket is in another region");
    EXPECT_EQ(classify(xml_error(400, "AuthorizationHeaderMalformed")).message, "why");
}

TEST(Failure, ARefusedHeadNamesTheRegionThatMayBeMeant) {
    Failure const failure = classify(HttpReply{400, {{"x-amz-bucket-region", "eu-west-1"}}, ""});
    EXPECT_NE(failure.message.find("eu-west-1"), std::string::npos);
}

TEST(Failure, MessagesAreOneShortLine) {
    Failure const lines = classify(json_error(400, "X", R"(a\r\n\tb\u0000c  d)"));
    EXPECT_EQ(lines.message, "a b c d");
    std::string long_text;
    for (int i = 0; i < 1'000; ++i) long_text += "\xC3\xA4";
    Failure const cut = classify(json_error(400, "X", "x" + long_text));
    EXPECT_LE(cut.message.size(), 512u);
    EXPECT_GE(cut.message.size(), 508u);
    EXPECT_EQ(cut.message.size() % 2, 1u) << "a character was cut in two";
}

TEST(Failure, OfARequestWithoutReply) {
    struct {
        Error error;
        Reaction reaction;
        bool outcome_unknown;
        Errc for_the_pump;
    } const cases[] = {
        {{Errc::unavailable, ECONNREFUSED, "x"}, Reaction::retry, false, Errc::unavailable},
        {{Errc::unavailable, 0, "x: reset"}, Reaction::retry, true, Errc::unavailable},
        {{Errc::timeout, 0, "x"}, Reaction::retry, true, Errc::timeout},
        {{Errc::timeout, ETIMEDOUT, "x"}, Reaction::retry, false, Errc::timeout},
        {{Errc::full, 0, "x"}, Reaction::retry, true, Errc::unavailable},
        {{Errc::stopping, 0, "x"}, Reaction::retry, true, Errc::stopping},
        {{Errc::invalid, 0, "x"}, Reaction::hold, false, Errc::rejected},
    };
    for (auto const& c : cases) {
        Failure const failure = classify(c.error);
        EXPECT_EQ(failure.reaction, c.reaction) << c.error.message();
        EXPECT_EQ(failure.outcome_unknown, c.outcome_unknown) << c.error.message();
        EXPECT_EQ(failure.status, 0);
        EXPECT_EQ(failure.error("sending").code, c.for_the_pump) << c.error.message();
    }
}

TEST(Failure, TellsThePumpWhatHappened) {
    Failure const failure =
        classify(json_error(400, "ResourceNotFoundException", "no such stream"));
    Error const error = failure.error("PutRecordBatch to inlet-track");
    EXPECT_EQ(error.code, Errc::rejected);
    EXPECT_EQ(
        error.message(),
        "PutRecordBatch to inlet-track: 400 ResourceNotFoundException: no such stream: rejected");
    EXPECT_EQ(classify(xml_error(503, "SlowDown")).error("x").code, Errc::overloaded);
    EXPECT_EQ(classify(xml_error(400, "ExpiredToken")).error("x").code, Errc::rejected);
    EXPECT_EQ(classify(json_error(400, "ValidationException")).error("x").code, Errc::invalid);
}

}  // namespace
}  // namespace inlet::aws
