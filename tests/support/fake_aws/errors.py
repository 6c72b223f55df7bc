"""Refusals as AWS words them: JSON with __type (Firehose), XML with Code (S3, STS)."""

import json
import uuid
import xml.sax.saxutils

from fake_aws.http import Reply


class AwsError(Exception):
    """Raised anywhere in the handling of a request; the service renders it in its own shape."""

    def __init__(self, code, message="", status=400, **members):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


def request_id():
    return str(uuid.uuid4())


def json_reply(value, status=200):
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/x-amz-json-1.1",
                                                      "x-amzn-RequestId": request_id()})


def json_error(error):
    reply = json_reply({"__type": error.code, "message": error.message, **error.members}, error.status)
    reply.headers["x-amzn-ErrorType"] = error.code
    return reply


def xml_reply(text, status=200, headers=None):
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Reply(status, body, {"Content-Type": "application/xml", "x-amz-request-id": request_id(), **(headers or {})})


def element(name, content):
    return f"<{name}>{xml.sax.saxutils.escape(str(content))}</{name}>"


def s3_error(error, resource=""):
    members = "".join(element(name, value) for name, value in error.members.items())
    return xml_reply(f"<Error>{element('Code', error.code)}{element('Message', error.message)}{members}"
                     f"{element('Resource', resource)}{element('RequestId', request_id())}</Error>", error.status)


def sts_error(error):
    return xml_reply('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
                     f"{element('Code', error.code)}{element('Message', error.message)}</Error>"
                     f"{element('RequestId', request_id())}</ErrorResponse>", error.status)
