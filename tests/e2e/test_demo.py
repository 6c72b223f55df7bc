"""The first demonstration: what goes in by HTTP is what a reader of the lake finds, byte for byte."""

import re
import subprocess
import urllib.request

import pytest

from inlet_server import InletServer, clean_environment, wait_until

CALLS = [
    ("/alias", '{"newUserId":"Bob","originalUserId":"Dylan","timestampUTC":0}'),
    ("/alias", '{"newUserId":"Michael","originalUserId":"Jackson","timestampUTC":0}'),
    ("/alias", '{"newUserId":"Steve","originalUserId":"Wonder","timestampUTC":0}'),
    ("/profile", '{"userId":"Europe","attributes":{},"timestampUTC":123}'),
    ("/profile", '{"userId":"Asia","attributes":{},"timestampUTC":456}'),
    ("/profile", '{"userId":"Oceania","attributes":{},"timestampUTC":789}'),
    ("/track", '{"userId":"Lisbon","events":[{"eventName":"Portugal","metadata":{},"timestampUTC":111}]}'),
    ("/track", '{"userId":"London","events":[{"eventName":"United Kingdom","metadata":{},"timestampUTC":222}]}'),
    ("/track", '{"userId":"Brussels","events":[{"eventName":"Belgium","metadata":{},"timestampUTC":333}]}'),
]

# What stands behind `seq` in each row.
ROWS = [
    ("alias", '"newUserId":"Bob","originalUserId":"Dylan","timestampUTC":0'),
    ("alias", '"newUserId":"Michael","originalUserId":"Jackson","timestampUTC":0'),
    ("alias", '"newUserId":"Steve","originalUserId":"Wonder","timestampUTC":0'),
    ("profile", '"userId":"Europe","attributes":{},"timestampUTC":123'),
    ("profile", '"userId":"Asia","attributes":{},"timestampUTC":456'),
    ("profile", '"userId":"Oceania","attributes":{},"timestampUTC":789'),
    ("track", '"userId":"Lisbon","eventName":"Portugal","metadata":{},"timestampUTC":111'),
    ("track", '"userId":"London","eventName":"United Kingdom","metadata":{},"timestampUTC":222'),
    ("track", '"userId":"Brussels","eventName":"Belgium","metadata":{},"timestampUTC":333'),
]

UUID7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
HEAD = (rf'{{"type":"(?P<type>\w+)","id":"{UUID7}","receivedAt":"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z",'
        rf'"node":"[a-z2-7]{{13}}","seq":(?P<seq>\d+),')


def post(url, body):
    """With a client that is not ours."""
    call = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(call, timeout=10) as response:
        return response.status


def check_rows(rows):
    assert len(rows) == len(ROWS)
    for seq, (row, (kind, rest)) in enumerate(zip(rows, ROWS), 1):
        found = re.fullmatch(HEAD + "(?P<rest>.*)}", row.raw.decode())
        assert found, row.raw
        assert (found["type"], int(found["seq"]), found["rest"]) == (kind, seq, rest)


@pytest.mark.parametrize("compression", ["gzip", "zstd", "off"])
def test_the_demo_reaches_the_lake_unchanged(start_server, compression):
    server = start_server(**{"sink.lake.compression": compression})
    for path, body in CALLS:
        assert post(server.url + path, body) == 200
    check_rows(server.lake_rows(len(CALLS)))
    suffix = {"gzip": ".gz", "zstd": ".zst", "off": ".ndjson"}[compression]
    assert all(row.path.endswith(suffix) for row in server.lake_rows())

    server.terminate()
    verified = server.verify_lake()
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_the_defaults_need_no_configuration(tmp_path):
    """Only the ports are chosen here; journal and lake go to ./var."""
    server = InletServer(tmp_path)
    server.settings = {name: value for name, value in server.settings.items() if name.endswith(".listen")}
    server.settings["log.format"] = "json"
    server.lake_dir = tmp_path / "var/lake"
    server.start()
    try:
        for path, body in CALLS:
            assert post(server.url + path, body) == 200
        check_rows(server.lake_rows(len(CALLS), timeout=15))
        assert (tmp_path / "var/journal").is_dir()
    finally:
        server.close()


def test_the_banner_holds_a_curl_line_that_works(tmp_path):
    """What ./run prints, pasted into a shell."""
    server = InletServer(tmp_path)
    banner = tmp_path / "banner"
    command = server.command()
    with banner.open("wb") as out, server.log_file.open("wb") as log:
        server.process = subprocess.Popen([*command[:2], "--banner", *command[2:]], stdout=out, stderr=log, cwd=tmp_path,
                                          env=clean_environment())
    try:
        wait_until(lambda: "  curl " in banner.read_text() and server.is_ready(), what="the banner")
        text = banner.read_text()
        assert server.url in text
        curl = text[text.index("  curl "):].replace("\\\n", " ").splitlines()[0]
        done = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0 and '"accepted":1' in done.stdout, (curl, done)
        server.lake_rows(1)
    finally:
        server.close()
