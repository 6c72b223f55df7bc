"""Small requests for the tests of HTTP, and what is expected of the answers."""

import json

from inlet_server import event
from raw_http import chunked, request


def track_body(count=1, user="u"):
    return json.dumps({"userId": user, "events": [event()] * count}).encode()


def chunked_request(body, sizes=None, coded=None):
    head = request("POST", "/track", headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    return head + (chunked(body, sizes) if coded is None else coded)


def expect_accepted(connection, rows):
    response = connection.read()
    assert (response.status, response.json()["accepted"]) == (200, rows), response.body
    return response


def expect_refused_and_closed(connection, status=400):
    """One answer, then the end: what follows nonsense is never read as a request."""
    response = connection.read()
    assert response.status == status, response
    assert response.header("Connection") == "close"
    assert connection.read_until_closed() == b""
