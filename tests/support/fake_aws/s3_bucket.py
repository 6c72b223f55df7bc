"""What a bucket holds, and the digests of contents."""

import base64
import binascii
import dataclasses
import datetime
import gzip
import hashlib
import xml.etree.ElementTree
import zlib

from fake_aws.errors import AwsError

try:
    from awscrt.checksums import crc32c
except ImportError:  # slow, and right
    def crc32c(data):
        register = 0xFFFFFFFF
        for byte in data:
            register ^= byte
            for _ in range(8):
                register = (register >> 1) ^ (0x82F63B78 if register & 1 else 0)
        return register ^ 0xFFFFFFFF

DIGESTS = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "crc32c": lambda data: crc32c(data).to_bytes(4, "big"),
    "sha1": lambda data: hashlib.sha1(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}
RECORDED = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class",
            "content-type", "content-encoding", "cache-control")


@dataclasses.dataclass
class Object:
    key: str
    content: bytes
    at: float
    headers: dict      # metadata, encryption, class, type: as they were given
    checksums: dict
    etag: str
    parts: int = 0

    def text(self):
        return gzip.decompress(self.content) if self.content[:2] == b"\x1f\x8b" else self.content


@dataclasses.dataclass
class Upload:
    key: str
    headers: dict
    at: float
    parts: dict = dataclasses.field(default_factory=dict)  # number -> (content, etag)


class Bucket:
    def __init__(self, name, location):
        self.name, self.location = name, location
        self.objects = {}
        self.uploads = {}
        self.overwritten = []  # keys that were stored more than once

    def store(self, item):
        if item.key in self.objects:
            self.overwritten.append(item.key)
        self.objects[item.key] = item


def recorded(request):
    return {name: value for name, value in request.headers.items()
            if name in RECORDED or name.startswith("x-amz-meta-")}


def etag(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


def checked(request):
    """The checksums of the headers, once they are found true."""
    found = {}
    for name, digest in DIGESTS.items():
        text = request.header(f"x-amz-checksum-{name}")
        if not text:
            continue
        try:
            given = base64.b64decode(text, validate=True)
        except binascii.Error:
            given = b""
        computed = digest(request.body)
        if len(given) != len(computed):
            raise AwsError("InvalidRequest", f"Value for x-amz-checksum-{name} header is invalid.")
        if given != computed:
            raise AwsError("BadDigest", f"The {name.upper()} you specified did not match the calculated checksum.")
        found[f"x-amz-checksum-{name}"] = text
    if md5 := request.header("content-md5"):
        if md5 != base64.b64encode(hashlib.md5(request.body).digest()).decode():
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
    if len(found) > 1:
        raise AwsError("InvalidRequest", "Expecting a single x-amz-checksum- header.")
    return found


def check_condition(bucket, key, request):
    condition = request.header("if-none-match")
    if not condition:
        return
    if condition != "*":
        raise AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", 501,
                       Header="If-None-Match")
    if key in bucket.objects:
        raise AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412,
                       Condition="If-None-Match")


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def parse_xml(body):
    try:
        return xml.etree.ElementTree.fromstring(body)
    except xml.etree.ElementTree.ParseError:
        raise AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our "
                       "published schema") from None
