"""The AWS query protocol, read by botocore's models of the services: a form comes in, XML goes out."""

import urllib.parse

import botocore.session
from botocore.validate import ParamValidator

from fake_aws.errors import AwsError, element, request_id, sts_error, xml_reply

SESSION = botocore.session.get_session()
SCALARS = {"string": str, "integer": int, "long": int, "double": float, "float": float, "timestamp": str,
           "boolean": lambda text: text == "true"}


class Form:
    """The members of a form, each of which must be known."""

    def __init__(self, pairs):
        self.pairs = dict(pairs)
        self.used = set()

    def read(self, shape, prefix=""):
        """The value of this shape, or None where there is none."""
        if shape.type_name == "structure":
            members = {name: self.read(member, f"{prefix}.{name}" if prefix else name)
                       for name, member in shape.members.items()}
            members = {name: value for name, value in members.items() if value is not None}
            return members or None
        if shape.type_name == "list":
            items = []
            while (item := self.read(shape.member, f"{prefix}.member.{len(items) + 1}")) is not None:
                items.append(item)
            return items or None
        if prefix not in self.pairs:
            return None
        self.used.add(prefix)
        return self.scalar(shape, self.pairs[prefix])

    @staticmethod
    def scalar(shape, text):
        try:
            value = SCALARS[shape.type_name](text)
        except ValueError:
            raise AwsError("MalformedInput", f"{text!r} is no {shape.type_name}") from None
        if getattr(shape, "enum", None) and text not in shape.enum:
            raise AwsError("InvalidParameterValue", f"{text!r} is not one of {shape.enum}")
        return value

    def unknown(self):
        return set(self.pairs) - self.used - {"Action", "Version"}


class QueryService:
    """Base of a service: `name` is what it signs with, `model_name` botocore's; operations are methods of their name."""

    name = model_name = ""

    def __init__(self, app):
        self.app = app
        self.model = SESSION.get_service_model(self.model_name)

    def pairs(self, request):
        return dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))

    def operation(self, request):
        return self.pairs(request).get("Action", "")

    def resource(self, _request):
        return "*"

    def contents(self, request, _operation):
        return [request.body]

    def render_error(self, error, _request):
        return sts_error(error)  # the shape of all query services but for the name space

    def authorize(self, request, operation, resource):
        return self.app.gatekeeper.check(request, self.name, f"{self.model_name}:{operation}", resource)

    def handle(self, request, operation, _attempt, _fault):
        if operation not in self.model.operation_names or not hasattr(self, operation):
            raise AwsError("InvalidAction", f"Could not find operation {operation}")
        form = Form(self.pairs(request))
        if request.method != "POST" or form.pairs.get("Version") != self.model.api_version:
            raise AwsError("InvalidAction", f"Could not find operation {operation} for version {form.pairs.get('Version')}")
        shape = self.model.operation_model(operation).input_shape
        parameters = form.read(shape) or {}
        if form.unknown():
            raise AwsError("MalformedQueryString", f"not known: {sorted(form.unknown())}")
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            raise AwsError("ValidationError", report.generate_report())
        result = getattr(self, operation)(parameters) or ""
        return xml_reply(f"<{operation}Response>{result}<ResponseMetadata>{element('RequestId', request_id())}"
                         f"</ResponseMetadata></{operation}Response>", headers={"Content-Type": "text/xml"})
