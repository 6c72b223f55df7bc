"""Firehose: PutRecord and PutRecordBatch with every limit of the service.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html; the texts of refusals are those that
people reported from the live service.
"""

import base64
import binascii
import collections
import dataclasses
import json
import re
import uuid

from fake_aws.errors import AwsError, json_error, json_reply
from fake_aws.ledger import Unit
from fake_aws.quota import Buckets, Quota

TARGET = "Firehose_20150804."
MAX_RECORDS = 500
MAX_RECORD_BYTES = 1_024_000
MAX_CALL_BYTES = 4 << 20
STREAM_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
ACCOUNT = "123456789012"


@dataclasses.dataclass
class Record:
    at: float
    data: bytes


class Stream:
    def __init__(self, name, quota, clock):
        self.name = name
        self.buckets = Buckets(quota, clock)
        self.records = []       # Record, in the order of acceptance
        self.bytes = 0
        self.count = 0

    def store(self, at, data, discard):
        self.count += 1
        self.bytes += len(data)
        if not discard:
            self.records.append(Record(at, data))


class Firehose:
    name = "firehose"

    def __init__(self, app):
        self.app = app
        self.streams = {}
        self.describable = False  # most writers may not DescribeDeliveryStream

    # For tests

    def create(self, name, quota=None):
        self.streams[name] = Stream(name, quota or Quota(), self.app.clock)
        return self.streams[name]

    def delete(self, name):
        return self.streams.pop(name)

    def lines(self, *names):
        """What the streams' objects would hold, line by line."""
        return [line for name in names or list(self.streams) for record in list(self.streams[name].records)
                for line in Unit(record.data).lines()]

    def rows(self, *names):
        return [json.loads(line) for line in self.lines(*names)]

    def row_counts(self, *names):
        """(node, seq) -> how often."""
        return collections.Counter((row["node"], row["seq"]) for row in self.rows(*names))

    # A request

    def operation(self, request):
        return request.header("x-amz-target").removeprefix(TARGET)

    def render_error(self, error, _request):
        return json_error(error)

    def resource(self, request):
        """The stream's name, without trusting the body."""
        found = re.search(rb'"DeliveryStreamName"\s*:\s*"([^"]*)"', request.body)
        return found[1].decode("utf-8", "replace") if found else ""

    def authorize(self, request, operation, resource):
        return self.app.gatekeeper.check(request, "firehose", f"firehose:{operation}", resource)

    def handle(self, request, operation, attempt, fault):
        if request.method != "POST" or request.path != "/" or not request.header("x-amz-target").startswith(TARGET):
            raise AwsError("UnknownOperationException")
        if request.header("content-type") != "application/x-amz-json-1.1" or "content-encoding" in request.headers:
            raise AwsError("UnknownOperationException")
        call = parse(request.body)
        stream = call.get("DeliveryStreamName")
        if not isinstance(stream, str) or not STREAM_NAME.fullmatch(stream):
            raise invalid(f"Value '{stream}' at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy "
                          "regular expression pattern: [a-zA-Z0-9_.-]+")
        if operation == "PutRecordBatch":
            return self._put_batch(stream, call, attempt, fault)
        if operation == "PutRecord":
            return self._put_one(stream, call, attempt, fault)
        if operation == "DescribeDeliveryStream":
            return self._describe(stream)
        raise AwsError("UnknownOperationException")

    def contents(self, request, operation):
        """The records as a fault with a marker sees them."""
        if not operation.startswith("PutRecord"):
            return []
        try:
            call = parse(request.body)
            return decode(call["Records"] if operation == "PutRecordBatch" else [call["Record"]])
        except (AwsError, KeyError):
            return []

    def _put_batch(self, name, call, attempt, fault):
        records = call.get("Records")
        if not isinstance(records, list) or not records:
            raise invalid("Value at 'records' failed to satisfy constraint: Member must have length greater than or "
                          "equal to 1")
        if len(records) > MAX_RECORDS:
            raise invalid("Value at 'records' failed to satisfy constraint: Member must have length less than or equal "
                          f"to {MAX_RECORDS}")
        stream, said = self._put(name, decode(records), attempt, fault)
        entries = [{"RecordId": uuid.uuid4().hex} if ok else
                   {"ErrorCode": code, "ErrorMessage": text} for ok, code, text in said]
        failed = sum(not ok for ok, _, _ in said)
        return json_reply({"FailedPutCount": failed, "Encrypted": False, "RequestResponses": entries})

    def _put_one(self, name, call, attempt, fault):
        _, said = self._put(name, decode([call.get("Record")]), attempt, fault)
        ok, code, text = said[0]
        if not ok:
            raise AwsError(code, text, 500)
        return json_reply({"RecordId": uuid.uuid4().hex, "Encrypted": False})

    def _put(self, name, contents, attempt, fault):
        """Stores what may be stored; what the reply says of each: (taken, code, text)."""
        stream = self.streams.get(name)
        if stream is None:
            raise AwsError("ResourceNotFoundException", f"Firehose {name} under account {ACCOUNT} not found.")
        attempt.units = [Unit(data) for data in contents]
        if sum(map(len, contents)) > MAX_CALL_BYTES:
            raise AwsError("InvalidArgumentException", "Records size exceeds 4 MB limit")
        admitted = stream.buckets.admit([len(data) for data in contents])
        failing = fault.indices(len(contents)) if fault else set()
        said = []
        for index, unit in enumerate(attempt.units):
            if index in failing:
                unit.taken = fault.stored
                said.append((False, fault.code, fault.text))
            else:
                unit.taken = unit.said_taken = admitted[index]
                said.append((admitted[index], "ServiceUnavailableException", "Slow down."))
            if unit.taken:
                stream.store(self.app.clock(), unit.data, self.app.discard)
        return stream, said

    def _describe(self, name):
        if not self.describable:
            raise AwsError("AccessDeniedException", f"not authorized to perform: firehose:DescribeDeliveryStream on {name}")
        if name not in self.streams:
            raise AwsError("ResourceNotFoundException", f"Firehose {name} under account {ACCOUNT} not found.")
        arn = f"arn:aws:firehose:{self.app.region}:{ACCOUNT}:deliverystream/{name}"
        return json_reply({"DeliveryStreamDescription": {
            "DeliveryStreamName": name, "DeliveryStreamARN": arn, "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamType": "DirectPut", "VersionId": "1", "Destinations": [], "HasMoreDestinations": False}})


def parse(body):
    try:
        call = json.loads(body)
    except ValueError:
        raise AwsError("SerializationException") from None
    if not isinstance(call, dict):
        raise AwsError("SerializationException")
    return call


def invalid(text):
    return AwsError("ValidationException", f"1 validation error detected: {text}")


def decode(records):
    contents = []
    for number, record in enumerate(records, 1):
        data = record.get("Data") if isinstance(record, dict) else None
        if data is None:
            raise invalid(f"Value null at 'records.{number}.member.data' failed to satisfy constraint: Member must not "
                          "be null")
        try:
            content = binascii.a2b_base64(data, strict_mode=True)
        except (binascii.Error, TypeError, ValueError):
            raise AwsError("SerializationException") from None
        if len(content) > MAX_RECORD_BYTES:
            size = len(content)
            raise invalid(f"Value 'java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]' at 'records.{number}.member.data' "
                          f"failed to satisfy constraint: Member must have length less than or equal to {MAX_RECORD_BYTES}")
        contents.append(content)
    return contents


def encode_call(stream, contents):
    """For tests that send a call by themselves."""
    return json.dumps({"DeliveryStreamName": stream,
                       "Records": [{"Data": base64.b64encode(content).decode()} for content in contents]}).encode()
