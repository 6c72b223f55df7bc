"""Reads IAM policies out of a plan or a state, and tells what in them is wider than it may be."""

import json

# Actions that know no resources: "*" is all that can be said. (Service Authorization Reference: CloudWatch, Systems
# Manager, Session Manager message gateway.)
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
}
# Endings of ARNs that stand for the keys below a prefix.
PREFIXES = ("/raw/*", "/parquet/*", "/errors/*", "/packages/*")
# In the ARN of a group stands an id that AWS makes up; the name, which stands in full behind it, is unique.
GROUP = ":autoScalingGroup:*:autoScalingGroupName/"


def as_list(value):
    return value if isinstance(value, list) else [value]


def policies(resources):
    """(address, policy) of every policy that allows something."""
    for resource in resources:
        for name in ("policy", "assume_role_policy", "inline_policy"):
            text = resource["values"].get(name)
            if isinstance(text, str) and text.startswith("{"):
                yield f"{resource['address']}.{name}", json.loads(text)


def too_wide(resources):
    """What allows more than it may, in words."""
    found = []
    for address, policy in policies(resources):
        for statement in as_list(policy["Statement"]):
            if statement["Effect"] == "Deny":
                continue
            found += [f"{address}: {problem}" for problem in _problems(statement)]
    return found


def _problems(statement):
    actions = as_list(statement.get("Action", []))
    for name in ("NotAction", "NotResource", "NotPrincipal"):
        if name in statement:
            yield f"{name} allows all but something"
    # In the policy of an endpoint everybody must stand; the account bounds it.
    bounded = "aws:PrincipalAccount" in statement.get("Condition", {}).get("StringEquals", {})
    if statement.get("Principal") in ("*", {"AWS": "*"}) and not bounded:
        yield "everybody is allowed"
    yield from (f"action {action}" for action in actions if "*" in action or "?" in action)
    for resource in as_list(statement.get("Resource", [])):
        if resource == "*":
            if wider := set(actions) - WITHOUT_RESOURCES:
                yield f"{sorted(wider)} on every resource"
        elif "*" in resource.removesuffix("*" if resource.endswith(PREFIXES) else "").replace(GROUP, ""):
            yield f"resource {resource}"
