"""PutMetricData of CloudWatch."""

import dataclasses
import math

from fake_aws.errors import AwsError
from fake_aws.query import QueryService


@dataclasses.dataclass
class Point:
    namespace: str
    name: str
    dimensions: dict
    value: float
    unit: str


class CloudWatch(QueryService):
    name, model_name = "monitoring", "cloudwatch"

    def __init__(self, app):
        super().__init__(app)
        self.points = []

    def PutMetricData(self, parameters):
        namespace, data = parameters["Namespace"], parameters.get("MetricData", [])
        if namespace.startswith(("AWS/", ":")) or not data or len(data) > 1000:
            raise AwsError("InvalidParameterValue", "namespace or number of metrics")
        found = []
        for datum in data:
            if not math.isfinite(datum["Value"]):
                raise AwsError("InvalidParameterValue", f"{datum['Value']} is no value")
            dimensions = {one["Name"]: one["Value"] for one in datum.get("Dimensions", [])}
            if len(dimensions) > 30 or any(not text.isascii() or not text.strip() for pair in dimensions.items()
                                           for text in pair):
                raise AwsError("InvalidParameterValue", f"dimensions {dimensions}")
            found.append(Point(namespace, datum["MetricName"], dimensions, datum["Value"], datum.get("Unit", "None")))
        self.points += found  # all at once: a test that sees one sees the others

    def values(self, name):
        return [point.value for point in self.points if point.name == name]
