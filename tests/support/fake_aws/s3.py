"""S3: objects, conditional writes, ranges, listing and multipart uploads, in both styles of address."""

import email.utils
import urllib.parse

from fake_aws import s3_multipart
from fake_aws.errors import AwsError, element, s3_error, xml_reply
from fake_aws.http import Reply
from fake_aws.s3_bucket import Bucket, Object, check_condition, checked, etag, iso, recorded

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
ACTIONS = {"PutObject": "s3:PutObject", "GetObject": "s3:GetObject", "HeadObject": "s3:GetObject",
           "DeleteObject": "s3:DeleteObject", "ListObjectsV2": "s3:ListBucket", "HeadBucket": "s3:ListBucket",
           "AbortMultipartUpload": "s3:AbortMultipartUpload", "GetBucketLocation": "s3:GetBucketLocation",
           "ListMultipartUploads": "s3:ListBucketMultipartUploads"}


class S3:
    name = "s3"

    def __init__(self, app):
        self.app = app
        self.buckets = {}
        self.page = 1000  # keys a page of a list

    # For tests

    def create(self, name):
        self.buckets[name] = Bucket(name, self.app.region)
        return self.buckets[name]

    def objects(self, bucket):
        return [self.buckets[bucket].objects[key] for key in sorted(self.buckets[bucket].objects)]

    # A request

    def address(self, request):
        """(bucket, key) of either style."""
        host = request.header("host").rsplit(":", 1)[0]
        path = urllib.parse.unquote(request.path, errors="strict")
        for name in self.buckets:
            if host.startswith(name + "."):
                return name, path[1:]
        bucket, _, key = path[1:].partition("/")
        return bucket, key

    def operation(self, request):
        key, query, method = self.address(request)[1], request.query, request.method
        if not key:
            named = {"location": "GetBucketLocation", "uploads": "ListMultipartUploads"}
            special = next((operation for name, operation in named.items() if name in query), "")
            return special or {"GET": "ListObjectsV2", "HEAD": "HeadBucket"}.get(method, f"{method}Bucket")
        if "uploads" in query:
            return "CreateMultipartUpload"
        if "uploadId" in query:
            return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload",
                    "GET": "ListParts"}.get(method, "")
        return {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}.get(method, "")

    def resource(self, request):
        return "/".join(self.address(request)).rstrip("/")

    def authorize(self, request, operation, resource):
        return self.app.gatekeeper.check(request, "s3", ACTIONS.get(operation, "s3:PutObject"), resource)

    def contents(self, request, _operation):
        return [request.body]

    def render_error(self, error, request):
        reply = s3_error(error, urllib.parse.unquote(request.path))
        if request.method == "HEAD":
            reply.body = b""
        return reply

    def handle(self, request, operation, attempt, _fault):
        name, key = self.address(request)
        bucket = self.buckets.get(name)
        if bucket is None:
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
        if request.method in ("PUT", "POST") and "content-length" not in request.headers:
            raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
        handlers = {"PutObject": self._put, "GetObject": self._get, "HeadObject": self._head, "DeleteObject": self._delete,
                    "ListObjectsV2": self._list, "HeadBucket": self._head_bucket, "GetBucketLocation": self._location,
                    "CreateMultipartUpload": s3_multipart.create, "UploadPart": s3_multipart.upload_part,
                    "CompleteMultipartUpload": s3_multipart.complete, "AbortMultipartUpload": s3_multipart.abort,
                    "ListParts": s3_multipart.list_parts, "ListMultipartUploads": s3_multipart.list_uploads}
        if operation not in handlers:
            raise AwsError("NotImplemented", f"{request.method} is not implemented here.", 501)
        reply = handlers[operation](self.app, bucket, key, request)
        attempt.code = "" if reply.status < 400 else str(reply.status)
        return reply

    @staticmethod
    def _put(app, bucket, key, request):
        if len(key.encode()) > 1024:
            raise AwsError("KeyTooLongError", "Your key is too long")
        checksums = checked(request)
        check_condition(bucket, key, request)
        item = Object(key, request.body, app.clock(), recorded(request), checksums, etag(request.body))
        if app.discard:
            item.content = b""
        bucket.store(item)
        return Reply(200, b"", {"ETag": item.etag, **checksums, **encryption(item.headers)})

    @staticmethod
    def _get(_app, bucket, key, request):
        item = found(bucket, key)
        headers = object_headers(item, request)
        span = request.header("range")
        if not span:
            return Reply(200, item.content, headers)
        first, last = parse_range(span, len(item.content))
        headers = {name: value for name, value in headers.items() if name not in item.checksums}  # of the whole
        headers["Content-Range"] = f"bytes {first}-{last}/{len(item.content)}"
        return Reply(206, item.content[first:last + 1], headers)

    @staticmethod
    def _head(_app, bucket, key, request):
        item = bucket.objects.get(key)
        if item is None:
            raise AwsError("404", "Not Found", 404)
        return Reply(200, item.content, object_headers(item, request), head_only=True)

    @staticmethod
    def _delete(_app, bucket, key, _request):
        bucket.objects.pop(key, None)
        return Reply(204)

    @staticmethod
    def _head_bucket(_app, bucket, _key, _request):
        return Reply(200, b"", {"x-amz-bucket-region": bucket.location})

    @staticmethod
    def _location(_app, bucket, _key, _request):
        location = "" if bucket.location == "us-east-1" else bucket.location
        return xml_reply(f"<LocationConstraint {NAMESPACE}>{location}</LocationConstraint>")

    @staticmethod
    def _list(app, bucket, _key, request):
        query = request.query
        if query.get("list-type") != "2":
            raise AwsError("NotImplemented", "Only ListObjectsV2 is implemented here.", 501)
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        limit = min(int(query.get("max-keys", "1000")), app.s3.page)
        encoded = urllib.parse.quote if query.get("encoding-type") == "url" else str
        entries, more = page_of(bucket, prefix, delimiter, after, limit)
        body = [element("Name", bucket.name), element("Prefix", encoded(prefix)), element("KeyCount", len(entries)),
                element("MaxKeys", limit), element("IsTruncated", str(more).lower())]
        if query.get("encoding-type") == "url":
            body.append(element("EncodingType", "url"))
        if more:
            body.append(element("NextContinuationToken", entries[-1][0]))
        for name, item in entries:
            if item is None:
                body.append(f"<CommonPrefixes>{element('Prefix', encoded(name))}</CommonPrefixes>")
            else:
                body.append(f"<Contents>{element('Key', encoded(name))}{element('LastModified', iso(item.at))}"
                            f"{element('ETag', item.etag)}{element('Size', len(item.content))}"
                            f"{element('StorageClass', item.headers.get('x-amz-storage-class', 'STANDARD'))}</Contents>")
        return xml_reply(f"<ListBucketResult {NAMESPACE}>{''.join(body)}</ListBucketResult>")



def found(bucket, key):
    item = bucket.objects.get(key)
    if item is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)
    return item


def object_headers(item, request):
    given = {name: value for name, value in item.headers.items() if value != "STANDARD"}
    checksums = item.checksums if request.header("x-amz-checksum-mode").upper() == "ENABLED" else {}
    return {"ETag": item.etag, "Accept-Ranges": "bytes", "Last-Modified": http_date(item.at),
            "Content-Type": "binary/octet-stream", **titled(given), **checksums}


def titled(headers):
    return {name.title() if not name.startswith("x-") else name: value for name, value in headers.items()}


def encryption(headers):
    return {name: value for name, value in headers.items() if name.startswith("x-amz-server-side-encryption")}


def parse_range(text, size):
    try:
        unit, _, span = text.partition("=")
        first, _, last = span.partition("-")
        if unit != "bytes":
            raise ValueError
        if not first:
            first, last = max(0, size - int(last)), size - 1
        else:
            first, last = int(first), min(int(last) if last else size - 1, size - 1)
    except ValueError:
        raise AwsError("InvalidArgument", "The range is not valid") from None
    if first > last:
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416, ActualObjectSize=size)
    return first, last


def page_of(bucket, prefix, delimiter, after, limit):
    """Up to `limit` (name, object or None for a common prefix) behind `after`, and whether there are more."""
    entries = []
    for key in sorted(bucket.objects):
        if not key.startswith(prefix):
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        name, item = (key, bucket.objects[key]) if cut < 0 else (key[:cut + len(delimiter)], None)
        if name <= after or (entries and entries[-1][0] == name):
            continue
        if len(entries) == limit:
            return entries, True
        entries.append((name, item))
    return entries, False



def http_date(seconds):
    return email.utils.formatdate(seconds, usegmt=True)
