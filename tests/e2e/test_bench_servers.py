"""The servers that benchmarks start."""

import pathlib
import sys
import textwrap

import pytest

from inlet_server import ROOT

# Takes the place of inlet: its admin listener comes when it was asked three times whether it takes requests.
SLOW_ADMIN = textwrap.dedent(f"""\
    #!{sys.executable}
    import http.server, socket, sys

    class Status(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{{"lanes": []}}')

    settings = dict(word.removeprefix("--set=").split("=", 1) for word in sys.argv[2:])
    port = lambda name: int(settings[name].rpartition(":")[2])
    public = socket.create_server(("127.0.0.1", port("server.listen")))
    for _ in range(3):
        public.accept()[0].close()
    http.server.HTTPServer(("127.0.0.1", port("admin.listen")), Status).serve_forever()
    """)


@pytest.fixture
def servers(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "bench/support")
    import servers
    return servers


def test_a_started_inlet_can_be_asked_for_its_status(servers, tmp_path):
    """Its admin listener is the last to start."""
    program = pathlib.Path(tmp_path / "inlet")
    program.write_text(SLOW_ADMIN, encoding="utf-8")
    program.chmod(0o755)
    with servers.Inlet(tmp_path / "server", None, program, {}) as inlet:
        assert inlet.status() == {"lanes": []}
