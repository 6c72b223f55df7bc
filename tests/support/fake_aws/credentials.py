"""Where credentials come from: STS, the metadata service of an EC2 instance (IMDSv2), and that of a container."""

import json
import time
import urllib.parse
import uuid

from fake_aws.errors import AwsError, element, sts_error, xml_reply
from fake_aws.http import Reply

STS = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
ROLE_PATH = "/latest/meta-data/iam/security-credentials/"


class Issuer:
    """Makes credentials that expire; the gatekeeper knows them."""

    def __init__(self, app):
        self.app = app
        self.lifetime = 3600  # seconds
        self.issued = []      # access keys

    def make(self, arn):
        key = "ASIA" + uuid.uuid4().hex[:16].upper()
        secret, token = uuid.uuid4().hex, uuid.uuid4().hex + "/+="
        ends = int(self.app.clock()) + self.lifetime
        self.app.gatekeeper.add(key, secret, token, arn=arn, expires=ends)
        self.issued.append(key)
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))
        return key, secret, token, expires

    def expire_all(self):
        """What was issued so far is refused from now on."""
        for key in self.issued:
            self.app.gatekeeper.identities[key].expired = True


class Sts:
    name = "sts"

    def __init__(self, app):
        self.app = app
        self.web_tokens = {"web-token"}  # that AssumeRoleWithWebIdentity takes

    def form(self, request):
        return dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace") or request.query_text))

    def operation(self, request):
        return self.form(request).get("Action", "")

    def resource(self, request):
        return self.form(request).get("RoleArn", "")

    def contents(self, request, _operation):
        return [request.body]

    def render_error(self, error, _request):
        return sts_error(error)

    def authorize(self, request, operation, resource):
        if operation == "AssumeRoleWithWebIdentity":
            return None
        return self.app.gatekeeper.check(request, "sts", f"sts:{operation}", resource)

    def handle(self, request, operation, _attempt, _fault):
        form = self.form(request)
        if operation == "GetCallerIdentity":
            return self._answer(operation, element("Arn", self._caller(request)) + element("UserId", "AIDA0000000000000000")
                                + element("Account", "123456789012"))
        if operation not in ("AssumeRole", "AssumeRoleWithWebIdentity"):
            raise AwsError("InvalidAction", f"Could not find operation {operation}")
        if not form.get("RoleArn", "").startswith("arn:aws:iam::") or not form.get("RoleSessionName"):
            raise AwsError("ValidationError", "RoleArn and RoleSessionName are required")
        if operation == "AssumeRoleWithWebIdentity" and form.get("WebIdentityToken") not in self.web_tokens:
            raise AwsError("InvalidIdentityToken", "The web identity token is not valid")
        return self._answer(operation, self._role(form))

    def _caller(self, request):
        if not self.app.gatekeeper.verify:
            return "arn:aws:iam::123456789012:user/inlet"
        key = request.header("authorization").split("Credential=")[1].split("/")[0]
        return self.app.gatekeeper.identities[key].arn

    def _role(self, form):
        arn = form["RoleArn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{form['RoleSessionName']}"
        key, secret, token, expires = self.app.issuer.make(arn)
        return (f"<Credentials>{element('AccessKeyId', key)}{element('SecretAccessKey', secret)}"
                f"{element('SessionToken', token)}{element('Expiration', expires)}</Credentials>"
                f"<AssumedRoleUser>{element('Arn', arn)}{element('AssumedRoleId', 'AROA:inlet')}</AssumedRoleUser>")

    @staticmethod
    def _answer(operation, content):
        return xml_reply(f"<{operation}Response {STS}><{operation}Result>{content}</{operation}Result>"
                         f"<ResponseMetadata>{element('RequestId', uuid.uuid4())}</ResponseMetadata></{operation}Response>",
                         headers={"Content-Type": "text/xml"})


class Metadata:
    """IMDSv2, version 1 switched off. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html"""

    name = "imds"

    def __init__(self, app):
        self.app = app
        self.role = "inlet-role"  # "": none
        self.instance_id = "i-0123456789abcdef0"
        self.lifecycle_state = ""  # target of the Auto Scaling group; "": it is in none
        self.spot_action = ""      # JSON; "": no interruption is announced
        self.tokens = set()

    def operation(self, request):
        if request.path == "/latest/api/token":
            return "Token"
        if not request.path.startswith(ROLE_PATH):
            return "Text"
        return "Role" if request.path == ROLE_PATH else "Credentials"

    def resource(self, request):
        return request.path

    def contents(self, _request, _operation):
        return []

    def render_error(self, error, _request):
        return Reply(error.status, error.code.encode(), {"Content-Type": "text/plain"})

    def authorize(self, _request, _operation, _resource):
        return None

    def handle(self, request, operation, _attempt, _fault):
        if operation == "Token":
            seconds = request.header("x-aws-ec2-metadata-token-ttl-seconds")
            if request.method != "PUT" or not seconds.isdigit() or not 1 <= int(seconds) <= 21600:
                raise AwsError("Bad Request", status=400)
            self.tokens.add(token := uuid.uuid4().hex)
            return Reply(200, token.encode(), {"X-aws-ec2-metadata-token-ttl-seconds": seconds})
        if request.header("x-aws-ec2-metadata-token") not in self.tokens:
            raise AwsError("Unauthorized", status=401)
        if operation == "Text":
            if not (text := self.texts().get(request.path)):
                raise AwsError("Not Found", status=404)
            return Reply(200, text.encode())
        if not self.role or request.path not in (ROLE_PATH, ROLE_PATH + self.role):
            raise AwsError("Not Found", status=404)
        if operation == "Role":
            return Reply(200, self.role.encode())
        key, secret, token, expires = self.app.issuer.make(f"arn:aws:sts::123456789012:assumed-role/{self.role}/i-1")
        return Reply(200, json.dumps({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": expires, "AccessKeyId": key,
                                      "SecretAccessKey": secret, "Token": token, "Expiration": expires}).encode())

    def texts(self):
        return {f"/latest/meta-data/{path}": text for path, text in {
            "placement/region": self.app.region, "instance-id": self.instance_id,
            "autoscaling/target-lifecycle-state": self.lifecycle_state, "spot/instance-action": self.spot_action}.items()}


class Container:
    """What AWS_CONTAINER_CREDENTIALS_FULL_URI points to."""

    name = "container"

    def __init__(self, app):
        self.app = app
        self.token = "container-token"  # "": none is asked for

    def operation(self, _request):
        return "Credentials"

    def resource(self, request):
        return request.path

    def contents(self, _request, _operation):
        return []

    def render_error(self, error, _request):
        return Reply(error.status, json.dumps({"code": error.code, "message": error.message}).encode())

    def authorize(self, request, _operation, _resource):
        if self.token and request.header("authorization") != self.token:
            raise AwsError("AccessDenied", "the token is wrong", 401)

    def handle(self, _request, _operation, _attempt, _fault):
        key, secret, token, expires = self.app.issuer.make("arn:aws:sts::123456789012:assumed-role/task/inlet")
        return Reply(200, json.dumps({"AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
                                      "Expiration": expires}).encode(), {"Content-Type": "application/json"})
