"""The load test of deploy/load, run for a few seconds: what it says was answered is in the lake, and what is not is found."""

import contextlib
import gzip
import http.server
import json
import re
import ssl
import subprocess
import sys
import threading

import pytest

import lake
from inlet_server import ROOT, clean_environment, wait_until

LOAD = ROOT / "deploy/load"


@contextlib.contextmanager
def load(url, folder, *options, users=2, kinds=("Visitor",)):
    """locust without its page, with busy users; stopped as by an administrator when the block ends. `status` and `output`
    are there then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", LOAD / "locustfile.py", *kinds, "--headless", "--host", url,
         "-u", str(users), "-r", str(users), "-t", "100s", "--stop-timeout", "10", "--think", "0.02",
         "--ledger", folder / "ledger", "--csv", folder / "load", "--only-summary", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        env=clean_environment())
    try:
        yield process
        process.terminate()
        output, _ = process.communicate(timeout=60)
        process.output, process.status = output, process.returncode
    finally:
        process.kill()


def wait_for(condition, what="requests"):
    wait_until(condition, timeout=60, what=what)


def check_lake(folder, *lakes, rows=None):
    return subprocess.run([sys.executable, LOAD / "check_lake.py", "--ledger", folder / "ledger", *lakes],
                          input=rows, capture_output=True, text=True, timeout=60, check=False)


def ledger(folder):
    """What the ledger knows last of each row."""
    lines = [line.split(" ") for path in (folder / "ledger").glob("*.ledger") for line in path.read_text().splitlines()]
    return {name: word for word, name in lines if word != "run"}


def answered(folder):
    return {name for name, word in ledger(folder).items() if word == "answered"}


def accepted_rows(server):
    return server.status()["acceptedRows"]


def test_every_row_that_the_load_test_was_answered_for_is_in_the_lake(server, tmp_path):
    with load(server.url, tmp_path, users=21, kinds=["Visitor", "Backend"]) as run:
        wait_for(lambda: min(accepted_rows(server).values()) > 5 and accepted_rows(server)["track"] > 3000)
    assert run.status == 0, run.output
    server.terminate()
    rows = lake.rows(server.lake_dir)
    names = [row["extra"]["messageId"] for row in rows]
    assert len(names) == len(set(names)), "a row is in the lake twice"
    # Users that the end interrupts have not seen their last answer.
    assert answered(tmp_path) <= set(names) <= set(ledger(tmp_path)), run.output
    assert {row["type"] for row in rows} == {"track", "alias", "profile"}, "the mix has all three calls"

    checked = check_lake(tmp_path, server.lake_dir)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.endswith("COMPLETE: every row that was answered with 200 is in the lake\n")


def test_the_books_of_the_load_test_are_right_over_a_crash_of_the_server(server, tmp_path):
    with load(server.url, tmp_path, users=8) as run:
        wait_for(lambda: accepted_rows(server)["track"] > 50)
        server.kill9()
        server.start()
        wait_for(lambda: accepted_rows(server)["track"] > 50)
    assert run.status in (0, 1), run.output  # 1: the crash shows in the report
    server.terminate()
    names = {row["extra"]["messageId"] for row in lake.rows(server.lake_dir)}
    assert answered(tmp_path) and answered(tmp_path) <= names <= set(ledger(tmp_path)), run.output
    checked = check_lake(tmp_path, server.lake_dir)
    assert checked.returncode == 0, checked.stdout + checked.stderr


# The lake's side, with ledgers and lakes made by hand.

RUN = "load-20261125T000000Z-00000000"


@pytest.fixture
def books(tmp_path):
    """write_ledger("answered", "sent", ...): row 0 was answered, row 1 only sent, ..."""

    def write(*words):
        folder = tmp_path / "ledger"
        folder.mkdir()
        lines = [f"sent {RUN}-{number}\n" for number in range(len(words))]
        lines += [f"{word} {RUN}-{number}\n" for number, word in enumerate(words) if word != "sent"]
        (folder / f"{RUN}.ledger").write_text(f"run {RUN}\n" + "".join(lines))
        return tmp_path

    return write


def row(number, row_id=None, run=RUN):
    return json.dumps({"type": "track", "id": row_id or f"id-{number}", "extra": {"messageId": f"{run}-{number}"}}) + "\n"


OTHERS = '{"type":"track","id":"x","seq":1}\n{"type":"alias","id":"y","extra":{"messageId":"m-1"}}\n'

CASES = {
    "all answered": (["answered", "answered"], row(0) + row(1), 0, "COMPLETE"),
    "rows of others do not count": (["answered"], OTHERS + row(0) + row(7, run="load-another-run"), 0, "COMPLETE"),
    "one is missing": (["answered", "answered"], row(1), 1, f"MISSING.*: 1\n  {RUN}-0\n"),
    "all are missing": (["answered"] * 20, "", 1, r"MISSING.*: 20\n(  .*\n){10}  \.\.\.\n"),
    "a retry is there twice": (["answered"], row(0) + row(0), 0, "equal id: 1\n"),
    "a retry got another id": (["answered"], row(0) + row(0, "other"), 1, f"DIFFERENT.*: 1\n  {RUN}-0\n"),
    "the unknown may be there": (["answered", "unknown", "unknown"], row(0) + row(1), 0, "unknown +2 .* 1\n"),
    "what was under way may be there": (["answered", "sent"], row(0) + row(1), 0, "under way +1 .* 1\n"),
    "a refused row is there": (["answered", "refused"], row(0) + row(1), 1, f"REFUSED.*: 1\n  {RUN}-1\n"),
    "a row that nobody sent": (["answered"], row(0) + row(5), 1, f"NEVER SENT.*: 1\n  {RUN}-5\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_lake_is_compared_with_the_ledger(books, case):
    words, rows, status, text = CASES[case]
    checked = check_lake(books(*words), "-", rows=rows)
    assert checked.returncode == status and re.search(text, checked.stdout), checked.stdout + checked.stderr


def test_a_lake_is_read_from_folders_of_plain_gzip_and_zstd_files(books, tmp_path):
    import zstandard
    folder = tmp_path / "lake/raw/type=track"
    (folder / ".tmp").mkdir(parents=True)
    (folder / "a.ndjson").write_text(row(0))
    (folder / "b.ndjson.gz").write_bytes(gzip.compress(row(1).encode()) + gzip.compress(row(2).encode()))
    (folder / "c").write_bytes(zstandard.compress(row(3).encode()) + zstandard.compress(row(4).encode()))
    (folder / ".tmp/d.ndjson").write_text("{half a r")
    checked = check_lake(books(*["answered"] * 5), tmp_path / "lake")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("what", ["no ledger", "bad ledger", "no lake", "torn gzip", "no JSON", "no object"])
def test_what_cannot_be_read_proves_nothing(books, tmp_path, what):
    folder = books("answered")
    file = tmp_path / "rows"
    file.write_text(row(0))
    if what == "no ledger":
        (folder / "ledger" / f"{RUN}.ledger").unlink()
    elif what == "bad ledger":
        (folder / "ledger" / f"{RUN}.ledger").write_text("answered\n")
    elif what == "no lake":
        file.unlink()
    elif what == "torn gzip":
        file.write_bytes(gzip.compress(row(0).encode() * 100)[:-9])
    elif what == "no JSON":
        file.write_text(row(0) + "{\n")
    elif what == "no object":
        file.write_text(row(0) + "[1]\n")
    checked = check_lake(folder, file)
    assert checked.returncode == 2 and checked.stderr.startswith("error: ") and not checked.stdout, checked


def test_half_a_line_that_a_killed_process_left_is_passed_over(books):
    folder = books("answered")
    with (folder / "ledger" / f"{RUN}.ledger").open("a") as file:
        file.write("answe")
    assert check_lake(folder, "-", rows=row(0)).returncode == 0


# The client's side, against a server that does what it is told.

class Scripted(http.server.ThreadingHTTPServer):
    """Answers the n-th request with the n-th status, later ones with the last; keeps what it was sent."""

    def __init__(self, *answers):
        self.answers, self.requests, self.lock = answers, [], threading.Lock()
        super().__init__(("127.0.0.1", 0), Scripted.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            server = self.server
            with server.lock:
                answer = server.answers[min(len(server.requests), len(server.answers) - 1)]
                server.requests.append((self.path, self.headers, json.loads(body)))
            rows = len(json.loads(body).get("events", [0]))
            reply = json.dumps({"accepted": rows if answer == 200 else 0}).encode()
            self.send_response(200 if answer == "short" else answer)
            self.send_header("Content-Length", str(len(reply)))
            if answer == 503:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass


@pytest.fixture
def scripted():
    servers = []

    def start(*answers):
        servers.append(Scripted(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ids_of(body):
    return [event["messageId"] for event in body["events"]] if "events" in body else [body["messageId"]]


def test_a_refusal_that_passes_is_tried_again_with_the_same_names(scripted, tmp_path):
    server = scripted(503, 429, 200)
    with load(server.url, tmp_path, users=1) as run:
        wait_for(lambda: len(server.requests) > 5)
    assert run.status == 1, run.output  # the report counts the refusals
    sent = [ids_of(body) for _, _, body in server.requests]
    assert sent[0] == sent[1] == sent[2] != sent[3]
    assert {ledger(tmp_path)[name] for name in sent[0]} == {"answered"}


def test_what_is_refused_for_good_is_not_sent_again_and_must_not_be_in_the_lake(scripted, tmp_path):
    server = scripted(413, 200)
    with load(server.url, tmp_path, users=1):
        wait_for(lambda: len(server.requests) > 5)
    first = ids_of(server.requests[0][2])
    assert ids_of(server.requests[1][2]) != first
    assert {name for name, word in ledger(tmp_path).items() if word == "refused"} == set(first)


def test_a_200_for_fewer_rows_than_were_sent_is_a_failure(scripted, tmp_path):
    server = scripted("short", 200)
    with load(server.url, tmp_path, users=1) as run:
        wait_for(lambda: len(server.requests) > 5)
    assert run.status == 1 and "200, but not for" in run.output
    assert {name for name, word in ledger(tmp_path).items() if word == "unknown"} == set(ids_of(server.requests[0][2]))


def test_a_write_key_opens_a_server_that_asks_for_one_and_is_not_shown(start_server, tmp_path):
    key = "a-key-that-nobody-sees"
    server = start_server(env={"INLET_AUTH_WRITE_KEYS": f"load:{key}"})
    with load(server.url, tmp_path, "--write-key", key) as run:
        wait_for(lambda: accepted_rows(server)["track"] > 20)
    assert run.status == 0 and key not in run.output, run.output
    server.terminate()
    assert {row["source"] for row in lake.rows(server.lake_dir)} == {"load"}


def test_a_certificate_of_ones_own_is_refused_unless_asked_for(scripted, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=localhost"],
                   cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = scripted(200)
    refused = []

    def accept():
        plain, address = socket_accept()
        try:
            return context.wrap_socket(plain, server_side=True), address
        except OSError as error:
            refused.append(error)
            raise

    socket_accept, server.get_request = server.get_request, accept
    url = server.url.replace("http:", "https:")
    for name in ("strict", "open"):
        (tmp_path / name).mkdir()
    with load(url, tmp_path / "strict", users=1):
        wait_for(lambda: len(refused) > 1, what="connections that the client gives up")
    assert not server.requests
    with load(url, tmp_path / "open", "--allow-any-certificate", users=1) as run:
        wait_for(lambda: len(server.requests) > 5)
    assert run.status == 0, run.output


def test_the_load_test_names_the_version_of_locust_that_is_tested():
    [wanted] = [line for line in (LOAD / "requirements.txt").read_text().splitlines() if line.startswith("locust==")]
    assert wanted in (ROOT / "tests/requirements.txt").read_text().splitlines()
