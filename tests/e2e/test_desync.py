"""What could be read in two ways is refused, and what follows it on the connection is never read as a request."""

import pytest

from desync_table import KEPT, ROWS, user_of
from http_bodies import expect_accepted, expect_refused_and_closed, track_body
from inlet_server import InletServer
from raw_http import request


@pytest.fixture(scope="module")
def desync_server(tmp_path_factory):
    server = InletServer(tmp_path_factory.mktemp("desync")).start()
    yield server
    server.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.section} {row.what[:60]}")
def test_row(desync_server, row):
    """The answer of the row; a request behind it is answered if the connection goes on, else it is not read."""
    with desync_server.connect() as connection:
        connection.send(row.data + request("POST", "/track", track_body(user="behind a row")))
        if row.is_refused:
            expect_refused_and_closed(connection, row.answer)
        else:
            assert connection.read(row.data.split()[0].decode()).status == row.answer.status
            expect_accepted(connection, 1)


def test_only_what_was_accepted_is_in_the_lake(desync_server):
    """Runs behind the rows: each accepted one is there once, and of those that were refused nothing is."""
    desync_server.terminate()
    stored = [row["userId"] for row in desync_server.lake_rows()]
    kept = [row for row in ROWS if not row.is_refused]
    accepted = {row.user for row in kept if row.answer == KEPT(200)} - {user_of("a GET with a body")}
    assert sorted(user for user in stored if user != "behind a row") == sorted(accepted)
    assert stored.count("behind a row") == len(kept)


def test_the_names_of_rows_differ():
    assert len({row.what for row in ROWS}) == len(ROWS)


def test_a_refused_body_is_not_read_as_a_request(shared_server):
    """The body of a request that was refused for its length looks like one."""
    smuggled = request("POST", "/track", track_body(), {"X-Smuggled": "yes"})
    padding = b" " * ((1 << 20) + 1)
    with shared_server.connect() as connection:
        connection.send(request("POST", "/track", smuggled + padding))
        assert connection.read().status == 413
        rest = connection.read_until_closed()
        assert b"HTTP/1.1" not in rest
