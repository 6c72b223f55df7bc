"""Signature Version 4, computed again by botocore and compared; and who may do what.

AWS names the same refusal differently: JSON services answer 400 with names that end in Exception, S3 and STS 403.
"""

import calendar
import dataclasses
import fnmatch
import hashlib
import hmac
import re
import time
import urllib.parse

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fake_aws.errors import AwsError

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,]+)/"
                           r"(?P<service>[^/,]+)/aws4_request,\s*SignedHeaders=(?P<headers>[^,]+),\s*"
                           r"Signature=(?P<signature>[0-9a-f]{64})")
SKEW = {"s3": 15 * 60}  # seconds; all others 5 minutes

# kind of refusal: (JSON services, S3, STS and its like), each (code, status)
NAMES = {
    "missing": (("MissingAuthenticationTokenException", 400), ("AccessDenied", 403), ("MissingAuthenticationToken", 403)),
    "incomplete": (("IncompleteSignatureException", 400), ("AuthorizationHeaderMalformed", 400), ("IncompleteSignature", 400)),
    "unknown": (("UnrecognizedClientException", 400), ("InvalidAccessKeyId", 403), ("InvalidClientTokenId", 403)),
    "token": (("UnrecognizedClientException", 400), ("InvalidToken", 400), ("InvalidClientTokenId", 403)),
    "expired": (("ExpiredTokenException", 400), ("ExpiredToken", 400), ("ExpiredToken", 403)),
    "signature": (("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403), ("SignatureDoesNotMatch", 403)),
    "skew": (("InvalidSignatureException", 400), ("RequestTimeTooSkewed", 403), ("SignatureDoesNotMatch", 403)),
    "unsigned": (("InvalidSignatureException", 400), ("AccessDenied", 403), ("SignatureDoesNotMatch", 403)),
    "denied": (("AccessDeniedException", 400), ("AccessDenied", 403), ("AccessDenied", 403)),
}
WRONG_SIGNATURE = ("The request signature we calculated does not match the signature you provided. Check your AWS "
                   "Secret Access Key and signing method. Consult the service documentation for details.")


def refusal(kind, service, message):
    code, status = NAMES[kind][{"s3": 1, "sts": 2, "monitoring": 2, "autoscaling": 2}.get(service, 0)]
    return AwsError(code, message, status)


@dataclasses.dataclass
class Identity:
    secret: str
    token: str = ""
    expired: bool = False
    expires: float = 0  # Unix time; 0: never
    arn: str = "arn:aws:iam::123456789012:user/inlet"
    denied: set = dataclasses.field(default_factory=set)  # patterns like "firehose:PutRecordBatch inlet-track"
    used: int = 0                                          # requests that were signed with it


class Gatekeeper:
    """Who is known, and whether a request is signed by one of them."""

    def __init__(self, region, clock, verify=True):
        self.region, self.clock, self.verify = region, clock, verify
        self.identities = {}

    def add(self, key, secret, token="", **members):
        self.identities[key] = Identity(secret, token, **members)
        return self.identities[key]

    def check(self, request, service, action="", resource=""):
        """Returns the Identity; raises AwsError."""
        if not self.verify:
            return None
        header = request.header("authorization")
        if not header:
            raise refusal("missing", service, "Access Denied" if service == "s3" else "Missing Authentication Token")
        found = AUTHORIZATION.fullmatch(header)
        if not found:
            raise refusal("incomplete", service, f"Authorization header is not understood: {header[:60]!r}")
        self._check_scope(found, service)
        identity = self.identities.get(found["key"])
        if identity is None:
            raise refusal("unknown", service, "The security token included in the request is invalid.")
        self._check_headers(request, found, service)
        self._check_time(request, found, service)
        self._check_signature(request, found, service, identity)
        self._check_token(request, service, identity, self.clock())
        identity.used += 1
        if any(fnmatch.fnmatchcase(f"{action} {resource}", pattern) for pattern in identity.denied):
            raise refusal("denied", service, f"User: {identity.arn} is not authorized to perform: {action} on resource: "
                          f"{resource} because no identity-based policy allows the {action} action")
        return identity

    def _check_scope(self, found, service):
        if found["service"] != service:
            raise refusal("signature", service, f"Credential should be scoped to correct service: '{service}'.")
        if found["region"] == self.region:
            return
        if service == "s3":
            raise AwsError("AuthorizationHeaderMalformed", "The authorization header is malformed; the region "
                           f"'{found['region']}' is wrong; expecting '{self.region}'", 400, Region=self.region)
        raise refusal("signature", service, "Credential should be scoped to a valid region.")

    @staticmethod
    def _check_headers(request, found, service):
        signed = found["headers"].split(";")
        if signed != sorted(signed) or "host" not in signed:
            raise refusal("signature", service, WRONG_SIGNATURE)
        must = [name for name in request.headers if name.startswith("x-amz-")] + ["host"]
        left_out = [name for name in must if name not in signed]
        if left_out:
            raise refusal("unsigned", service, f"There were headers present in the request which were not signed: "
                          f"{', '.join(left_out)}")

    def _check_time(self, request, found, service):
        text = request.header("x-amz-date")
        try:
            signed_at = calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))
        except ValueError:
            raise refusal("incomplete", service, "Authorization header requires existence of either a 'X-Amz-Date' or "
                          "a 'Date' header.") from None
        if found["date"] != text[:8]:
            raise refusal("signature", service, "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                          "version of date from HTTP")
        now, limit = self.clock(), SKEW.get(service, 300)
        if abs(now - signed_at) <= limit:
            return
        if service == "s3":
            raise refusal("skew", service, "The difference between the request time and the current time is too large.")
        edge = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now - limit if signed_at < now else now + limit))
        message = (f"Signature expired: {text} is now earlier than {edge}" if signed_at < now
                   else f"Signature not yet current: {text} is still later than {edge}")
        raise refusal("skew", service, message)

    @staticmethod
    def _check_signature(request, found, service, identity):
        body_hash = request.header("x-amz-content-sha256")
        if service == "s3" and not body_hash:
            raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
        if body_hash and body_hash != "UNSIGNED-PAYLOAD" and body_hash != hashlib.sha256(request.body).hexdigest():
            if body_hash.startswith("STREAMING-"):
                raise AwsError("NotImplemented", "This stand-in takes no chunked signatures.", 501)
            if service == "s3":
                raise AwsError("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match "
                               "what was computed.", 400)
            raise refusal("signature", service, WRONG_SIGNATURE)
        again = expected_signature(request, found, service, identity.secret)
        if not hmac.compare_digest(again, found["signature"]):
            raise refusal("signature", service, WRONG_SIGNATURE)

    @staticmethod
    def _check_token(request, service, identity, now):
        if request.header("x-amz-security-token") != identity.token:
            raise refusal("token", service, "The security token included in the request is invalid.")
        if identity.expired or 0 < identity.expires < now:
            raise refusal("expired", service, "The security token included in the request is expired")


def expected_signature(request, found, service, secret):
    # AWS decodes what was sent and encodes it again before it signs.
    path = urllib.parse.quote(urllib.parse.unquote_to_bytes(request.path), safe="/-_.~")
    pairs = [pair.partition("=") for pair in request.query_text.split("&") if pair]
    query = "&".join(f"{encode(name)}={encode(value)}" for name, _, value in pairs)
    again = AWSRequest(method=request.method, url=f"http://{request.header('host')}{path}" + (f"?{query}" if query else ""),
                       data=request.body)
    names = set(found["headers"].split(";"))
    for name, value in request.header_list:
        if name in names:
            again.headers[name] = value  # adds: botocore keeps repeated headers
    again.context["timestamp"] = request.header("x-amz-date")
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(found["key"], secret), service, found["region"])
    return signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)


def encode(text):
    return urllib.parse.quote(urllib.parse.unquote_to_bytes(text), safe="-_.~")
