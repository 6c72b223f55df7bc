"""Every answer that a test gets is held against api/openapi.yaml: its status, media type, body and headers must be
described for the path; for paths that are not in the document (404 and the like), for some path."""

import functools
import json
import pathlib

import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

DOCUMENT = yaml.safe_load((pathlib.Path(__file__).resolve().parents[2] / "api/openapi.yaml").read_text(encoding="utf-8"))


def resolved(node):
    """The node without any $ref; the document has no cycles."""
    if isinstance(node, list):
        return [resolved(value) for value in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {name: resolved(value) for name, value in node.items()}
    target = DOCUMENT
    for name in node["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return resolved(target)


@functools.cache
def described(path, status):
    """The responses that the document has for this status: those of the path if it knows the path."""
    items = [DOCUMENT["paths"][path]] if path in DOCUMENT["paths"] else DOCUMENT["paths"].values()
    found = [operation["responses"].get(str(status)) for item in items for operation in item.values()]
    return [resolved(response) for response in found if response]


@functools.cache
def validator(schema):
    return OAS30Validator(json.loads(schema), format_checker=oas30_format_checker)


def faults_of(response, description, method):
    """What speaks against the answer being the one described; nothing if it is."""
    faults = []
    for name, header in description.get("headers", {}).items():
        if header.get("required") and response.header(name) is None:
            faults.append(f"{name} is missing")
    content = description.get("content", {})
    media_type = (response.header("Content-Type") or "").split(";")[0]
    if method == "HEAD" or not content:
        return faults + (["has a body"] if response.body else [])
    if media_type not in content:
        return faults + [f"media type {media_type!r}"]
    if media_type.endswith("json"):
        schema = json.dumps(content[media_type]["schema"], sort_keys=True)
        faults += [f"{error.json_path}: {error.message}" for error in validator(schema).iter_errors(response.json())]
    return faults


def check_answer(response, method="POST", path=None):
    if response.status < 200 or (response.status == 204 and method in ("OPTIONS", "POST")):
        return  # interim answers, and OPTIONS, which OpenAPI documents do not list by custom
    path = path.split("?")[0] if path else None
    descriptions = described(path, response.status)
    assert descriptions, f"status {response.status} of {method} {path} is not in openapi.yaml"
    faults = [faults_of(response, description, method) for description in descriptions]
    assert any(not found for found in faults), f"{response.status} of {method} {path} is not as in openapi.yaml: {faults[0]}"
