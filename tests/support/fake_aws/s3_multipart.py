"""Multipart uploads. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html for the limits."""

import hashlib
import uuid

from fake_aws.errors import AwsError, element, xml_reply
from fake_aws.http import Reply
from fake_aws.s3_bucket import Object, Upload, check_condition, checked, etag, iso, parse_xml, recorded

MIN_PART = 5 << 20
MAX_PARTS = 10_000
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def create(app, bucket, key, request):
    upload_id = uuid.uuid4().hex
    bucket.uploads[upload_id] = Upload(key, recorded(request), app.clock())
    return xml_reply(f"<InitiateMultipartUploadResult {NAMESPACE}>{element('Bucket', bucket.name)}{element('Key', key)}"
                     f"{element('UploadId', upload_id)}</InitiateMultipartUploadResult>")


def find(bucket, key, request):
    upload = bucket.uploads.get(request.query["uploadId"])
    if upload is None or upload.key != key:
        raise AwsError("NoSuchUpload", "The specified multipart upload does not exist. The upload ID may be invalid, or "
                       "the upload may have been aborted or completed.", 404)
    return upload


def upload_part(_app, bucket, key, request):
    upload = find(bucket, key, request)
    number = request.query.get("partNumber", "")
    if not number.isdigit() or not 1 <= int(number) <= MAX_PARTS:
        raise AwsError("InvalidArgument", f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive")
    checksums = checked(request)
    upload.parts[int(number)] = (request.body, etag(request.body))
    return Reply(200, b"", {"ETag": etag(request.body), **checksums})


def complete(app, bucket, key, request):
    upload = find(bucket, key, request)
    listed = parts_of(request.body)
    if not listed or [number for number, _ in listed] != sorted({number for number, _ in listed}):
        raise AwsError("InvalidPartOrder", "The list of parts was not in ascending order.")
    for number, tag in listed:
        if number not in upload.parts or upload.parts[number][1].strip('"') != tag.strip('"'):
            raise AwsError("InvalidPart", "One or more of the specified parts could not be found.")
    contents = [upload.parts[number][0] for number, _ in listed]
    if any(len(content) < MIN_PART for content in contents[:-1]):
        raise AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    check_condition(bucket, key, request)
    digests = b"".join(hashlib.md5(content).digest() for content in contents)
    tag = f'"{hashlib.md5(digests).hexdigest()}-{len(contents)}"'
    content = b"" if app.discard else b"".join(contents)
    bucket.store(Object(key, content, app.clock(), upload.headers, {}, tag, len(contents)))
    del bucket.uploads[request.query["uploadId"]]
    return xml_reply(f"<CompleteMultipartUploadResult {NAMESPACE}>{element('Bucket', bucket.name)}{element('Key', key)}"
                     f"{element('ETag', tag)}</CompleteMultipartUploadResult>")


def parts_of(body):
    try:
        return [(int(part.find("{*}PartNumber").text), part.find("{*}ETag").text)
                for part in parse_xml(body).findall("{*}Part")]
    except (AttributeError, TypeError, ValueError):
        raise AwsError("MalformedXML", "The XML you provided was not well-formed or did not validate against our "
                       "published schema") from None


def abort(_app, bucket, key, request):
    find(bucket, key, request)
    del bucket.uploads[request.query["uploadId"]]
    return Reply(204)


def list_parts(_app, bucket, key, request):
    upload = find(bucket, key, request)
    parts = "".join(f"<Part>{element('PartNumber', number)}{element('ETag', tag)}{element('Size', len(content))}</Part>"
                    for number, (content, tag) in sorted(upload.parts.items()))
    return xml_reply(f"<ListPartsResult {NAMESPACE}>{element('Bucket', bucket.name)}{element('Key', key)}"
                     f"{element('UploadId', request.query['uploadId'])}{element('IsTruncated', 'false')}{parts}"
                     "</ListPartsResult>")


def list_uploads(_app, bucket, _key, _request):
    uploads = "".join(f"<Upload>{element('Key', upload.key)}{element('UploadId', name)}"
                      f"{element('Initiated', iso(upload.at))}</Upload>" for name, upload in bucket.uploads.items())
    return xml_reply(f"<ListMultipartUploadsResult {NAMESPACE}>{element('Bucket', bucket.name)}"
                     f"{element('IsTruncated', 'false')}{uploads}</ListMultipartUploadsResult>")
