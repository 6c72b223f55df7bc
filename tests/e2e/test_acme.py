"""Files for ACME http-01 challenges (RFC 8555, section 8.3)."""

import pytest


@pytest.fixture
def webroot(tmp_path):
    folder = tmp_path / "webroot/.well-known/acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token-1_x").write_text("token-1_x.thumbprint")
    (tmp_path / "webroot/secret").write_text("not for you")
    return tmp_path / "webroot"


def test_a_challenge_is_served_from_the_webroot(start_server, webroot):
    server = start_server(**{"server.acme_webroot": webroot})
    response = server.request("GET", "/.well-known/acme-challenge/token-1_x")
    assert (response.status, response.body) == (200, b"token-1_x.thumbprint")


@pytest.mark.parametrize("name", ["absent", "", "..", "../../secret", "..%2f..%2fsecret", "a/b", "x" * 200])
def test_nothing_else_is_served(start_server, webroot, name):
    server = start_server(**{"server.acme_webroot": webroot})
    assert server.request("GET", "/.well-known/acme-challenge/" + name).status == 404


def test_without_a_webroot_there_are_no_challenges(server):
    assert server.request("GET", "/.well-known/acme-challenge/token-1_x").status == 404
