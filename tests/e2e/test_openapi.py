"""api/openapi.yaml by itself: valid, complete, and its examples keep to its own schemas. Needs no server."""

import pathlib
import re

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text(encoding="utf-8"))
OPERATIONS = [(f"{method} {path}", op) for path, item in DOCUMENT["paths"].items() for method, op in item.items()]
COLLECT = {"/track": "Track", "/alias": "Alias", "/profile": "Profile"}


def at(ref):
    node = DOCUMENT
    for name in ref.removeprefix("#/").split("/"):
        node = node[name.replace("~1", "/").replace("~0", "~")]
    return node


def resolved(node):
    """The node with every $ref replaced by what it points to; the document has no cycles."""
    if isinstance(node, dict):
        return resolved(at(node["$ref"])) if "$ref" in node else {name: resolved(value) for name, value in node.items()}
    return [resolved(value) for value in node] if isinstance(node, list) else node


def violations(schema, value):
    validator = OAS30Validator(resolved(schema), format_checker=oas30_format_checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def responses():
    """Every (operation, status, response), resolved."""
    return [(name, int(code), resolved(reply)) for name, op in OPERATIONS for code, reply in op["responses"].items()]


def examples():
    """Every example of a body, with the schema it must keep to."""
    bodies = [(name, resolved(op["requestBody"])) for name, op in OPERATIONS if "requestBody" in op]
    bodies += [(f"{name} {status}", reply) for name, status, reply in responses()]
    for name, body in bodies:
        for media_type, content in body.get("content", {}).items():
            for key, example in content.get("examples", {}).items():
                yield pytest.param(content["schema"], example["value"], id=f"{name} {media_type} {key}")
            if "example" in content:
                yield pytest.param(content["schema"], content["example"], id=f"{name} {media_type}")


def property_examples():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for key, member in [("", schema), *schema.get("properties", {}).items()]:
            if "example" in member:
                yield pytest.param(member, member["example"], id=f"{name}.{key}")


def test_the_document_is_valid_openapi():
    assert list(OpenAPIV30SpecValidator(DOCUMENT).iter_errors()) == []


def test_its_version_is_that_of_the_program():
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert DOCUMENT["info"]["version"] == re.search(r"project\(inlet VERSION ([\d.]+)", cmake)[1]


@pytest.mark.parametrize(("schema", "example"), [*examples(), *property_examples()])
def test_an_example_keeps_to_its_schema(schema, example):
    assert violations(schema, example) == []


def test_every_example_of_an_error_names_its_own_status():
    for name, status, reply in responses():
        for content in reply.get("content", {}).values():
            values = [example["value"] for example in content.get("examples", {}).values()]
            values += [content["example"]] if "example" in content else []
            assert status < 400 or all(value.get("status") == status for value in values), (name, status)


def test_every_status_of_the_contract_is_described():
    contract = {200, 400, 401, 403, 405, 408, 411, 413, 414, 415, 417, 429, 431, 503, 505}
    for path in COLLECT:
        assert {int(status) for status in DOCUMENT["paths"][path]["post"]["responses"]} == contract


def test_errors_are_problem_documents_and_say_what_to_do_next():
    wanted = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}
    for name, status, reply in responses():
        assert reply["headers"]["X-Request-Id"]["required"], (name, status)
        assert wanted.get(status, "X-Request-Id") in reply["headers"], (name, status)
        if status >= 400:
            assert set(reply["content"]) == {"application/problem+json"}, (name, status)


def test_operations_are_named_and_grouped():
    names = [op["operationId"] for _, op in OPERATIONS]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for name, op in OPERATIONS:
        assert op["summary"] and set(op["tags"]) <= tags, name


def test_every_component_is_used():
    text = (ROOT / "api" / "openapi.yaml").read_text(encoding="utf-8")
    for kind, components in DOCUMENT["components"].items():
        for name in components:
            if kind == "securitySchemes":  # are named, not referred to
                assert all({name: []} in DOCUMENT["paths"][path]["post"]["security"] for path in COLLECT), name
                continue
            assert f"#/components/{kind}/{name}'" in text, f"{kind}/{name}"


@pytest.mark.parametrize("path", COLLECT)
def test_both_media_types_take_the_same_body(path):
    content = resolved(DOCUMENT["paths"][path]["post"]["requestBody"])["content"]
    assert set(content) == {"application/json", "text/plain"}
    assert content["application/json"] == content["text/plain"]


def test_further_members_are_never_refused():
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is True, name


GOOD = {
    "Track": {"userId": "Lisbon", "events": [{"eventName": "Portugal", "metadata": {}, "timestampUTC": 111}]},
    "Alias": {"newUserId": "Bob", "originalUserId": "Dylan", "timestampUTC": 0},
    "Profile": {"userId": "Europe", "attributes": {}, "timestampUTC": 123},
}
EVENT = GOOD["Track"]["events"][0]


@pytest.mark.parametrize(
    ("schema", "change"),
    [
        ("Track", {"events": []}),
        ("Track", {"events": [EVENT] * 5000}),
        ("Track", {"events": [EVENT | {"further": [1]}], "further": None}),
        ("Track", {"userId": "null"}),
        ("Track", {"userId": " "}),
        ("Track", {"messageId": 17}),
        ("Alias", {"timestampUTC": -(2**63)}),
        ("Alias", {"newUserId": " null"}),
        ("Alias", {"newUserId": "guest1", "originalUserId": "00"}),
        ("Alias", {"newUserId": "Dylan"}),
        ("Profile", {"attributes": {"": [{}, None, 1.5]}, "timestampUTC": 2**63 - 1}),
    ],
)
def test_the_schemas_take(schema, change):
    assert violations(DOCUMENT["components"]["schemas"][schema], GOOD[schema] | change) == []


@pytest.mark.parametrize(
    ("schema", "change"),
    [
        ("Track", {"userId": ""}),
        ("Track", {"userId": "x" * 513}),
        ("Track", {"userId": None}),
        ("Track", {"events": {}}),
        ("Track", {"events": [EVENT] * 5001}),
        ("Track", {"events": [[]]}),
        ("Track", {"events": [EVENT | {"eventName": ""}]}),
        ("Track", {"events": [EVENT | {"metadata": []}]}),
        ("Track", {"events": [EVENT | {"timestampUTC": "111"}]}),
        ("Alias", {"newUserId": ""}),
        ("Alias", {"newUserId": " \t\n\v\f\r"}),
        ("Alias", {"originalUserId": 7}),
        ("Alias", {"timestampUTC": 0.5}),
        ("Alias", {"timestampUTC": True}),
        ("Profile", {"attributes": None}),
        ("Profile", {"timestampUTC": 2**63}),
    ],
)
def test_the_schemas_refuse(schema, change):
    assert violations(DOCUMENT["components"]["schemas"][schema], GOOD[schema] | change)


@pytest.mark.parametrize("schema", GOOD)
def test_the_schemas_require_every_member(schema):
    for name in GOOD[schema]:
        partial = {key: value for key, value in GOOD[schema].items() if key != name}
        assert violations(DOCUMENT["components"]["schemas"][schema], partial), name


# What the document says must be what the program does by default.

CODE = (ROOT / "src" / "event" / "event.hpp").read_text(encoding="utf-8")


def default_of(name):
    return int(re.search(rf"{name} =\s+([\d']+)[;\s]", CODE)[1].replace("'", ""))


def test_the_limits_are_those_of_the_program():
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["Track"]["properties"]["events"]["maxItems"] == default_of("max_events")
    assert schemas["UserId"]["maxLength"] == schemas["AliasId"]["maxLength"] == default_of("max_id_bytes")
    assert schemas["Problem"]["properties"]["errors"]["maxItems"] == default_of("kMaxProblems")
    assert f"| one row | {default_of('max_row_bytes'):,} bytes |" in DOCUMENT["info"]["description"]
    assert f"| {default_of('max_depth')} levels" in DOCUMENT["info"]["description"]


def test_an_alias_refuses_the_ids_that_the_program_reserves():
    schema = DOCUMENT["components"]["schemas"]["AliasId"]
    reserved = re.findall(r'"(.*?)"', re.search(r"reserved_ids = \{(.*?)\}", CODE, re.DOTALL)[1])
    assert len(reserved) > 5
    for name in reserved:
        assert f"`{name}`" in schema["description"]
        for spelling in (name, name.upper(), name.title()):
            assert violations(schema, spelling), spelling
        for longer in (name + "x", "x" + name, name + " "):
            assert violations(schema, longer) == [], longer
