"""HTTPS in the process: certificates that change while clients are connected."""

import datetime
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from inlet_server import event, wait_until
from ports import free_port
from raw_http import Connection, request

BODY = b'{"userId":"u","events":[{"eventName":"e","metadata":{},"timestampUTC":1}]}'


def make_certificate(folder, name):
    """A certificate for 127.0.0.1, signed by its own key, whose common name tells which one it is."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return certificate, key


class TlsServer:
    """A server with a plain and a TLS listener, and certificates to choose from."""

    def __init__(self, start_server, folder):
        self.folder = folder
        self.port = free_port()
        self.made = {name: make_certificate(folder, name) for name in ("first", "second")}
        self.server = None
        self.install("first")
        self.server = start_server(**{
            "server.tls_listen": f"127.0.0.1:{self.port}", "server.tls_cert": folder / "live.pem",
            "server.tls_key": folder / "live.key"})

    def install(self, name):
        certificate, key = self.made[name]
        if self.server:
            self.server.expect_error("certificate not replaced")  # it looks by itself too, and may find one file of the pair
        shutil.copy(certificate, self.folder / "live.pem")
        shutil.copy(key, self.folder / "live.key")

    def reload(self):
        self.server.process.send_signal(signal.SIGHUP)

    def context(self, **limits):
        context = ssl.create_default_context()
        for certificate, _ in self.made.values():
            context.load_verify_locations(certificate)
        for name, value in limits.items():
            setattr(context, name, value)
        return context

    def connect(self, **limits):
        context = self.context(**limits)
        return Connection(self.port, wrap=lambda plain: context.wrap_socket(plain, server_hostname="127.0.0.1"))

    def certificate_in_use(self):
        with self.connect() as connection:
            subject = dict(pair[0] for pair in connection.socket.getpeercert()["subject"])
            return subject["commonName"]


@pytest.fixture
def tls(start_server, tmp_path):
    return TlsServer(start_server, tmp_path)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_post_over_tls_and_plain_at_the_same_time(tls, version):
    with tls.connect(minimum_version=version, maximum_version=version) as connection:
        for _ in range(3):
            connection.send(request("POST", "/track", BODY))
            assert connection.read().status == 200
    assert tls.server.track("u", event()).status == 200
    assert len(tls.server.lake_rows(4)) == 4


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of these versions
def test_old_versions_of_tls_are_refused(tls):
    context = tls.context()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", tls.port), timeout=5) as plain, \
            pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
        context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_a_large_body_over_tls_in_small_pieces(tls):
    body = BODY + b" " * 900_000
    whole = request("POST", "/track", body)
    with tls.connect() as connection:
        for at in range(0, len(whole), 9973):
            connection.send(whole[at:at + 9973])
        assert connection.read().status == 200


def test_sighup_changes_the_certificate(tls):
    assert tls.certificate_in_use() == "first"
    tls.install("second")
    tls.reload()
    wait_until(lambda: tls.certificate_in_use() == "second", what="the new certificate")


@pytest.mark.parametrize("damage", ["no PEM", "key of another", "missing"])
def test_a_broken_certificate_leaves_the_old_one_in_use(tls, damage):
    tls.server.expect_error("certificate|TLS|tls")
    if damage == "no PEM":
        (tls.folder / "live.pem").write_text("nonsense")
    elif damage == "key of another":
        shutil.copy(tls.made["second"][1], tls.folder / "live.key")
    else:
        (tls.folder / "live.pem").unlink()
    tls.reload()
    wait_until(lambda: "inlet_tls_reload_errors_total 1" in tls.server.admin("/metrics"), what="the count of the error")
    assert tls.certificate_in_use() == "first"
    with tls.connect() as connection:
        connection.send(request("POST", "/track", BODY))
        assert connection.read().status == 200


def test_certificates_change_under_load_and_no_request_fails(tls):
    stopping, failures, answered = threading.Event(), [], [0] * 4

    def client(number):
        try:
            while not stopping.is_set():
                with tls.connect() as connection:
                    for _ in range(20):
                        connection.send(request("POST", "/track", BODY))
                        assert connection.read().status == 200
                        answered[number] += 1
        except Exception as error:  # any failure is a finding
            failures.append(repr(error))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(len(answered))]
    for thread in threads:
        thread.start()
    try:
        for name in ["second", "first"] * 5:
            seen = sum(answered)
            tls.install(name)
            tls.reload()
            wait_until(lambda: tls.certificate_in_use() == name, what=f"certificate {name}")
            wait_until(lambda: sum(answered) > seen + 50 or failures, what="more answers")
    finally:
        stopping.set()
        for thread in threads:
            thread.join(30)
    assert failures == []
    assert len(tls.server.lake_rows(sum(answered))) == sum(answered)


def test_a_server_does_not_start_with_a_broken_certificate(tls, start_server):
    (tls.folder / "live.pem").write_text("nonsense")
    broken = start_server(wait=False, **{
        "server.tls_listen": f"127.0.0.1:{free_port()}", "server.tls_cert": tls.folder / "live.pem",
        "server.tls_key": tls.folder / "live.key"})
    assert broken.process.wait(20) == 1
    assert "live.pem" in broken.log_text()
    broken.process = None


def test_the_end_of_the_certificate_is_a_metric(tls):
    line = next(line for line in tls.server.admin("/metrics").splitlines()
                if line.startswith("inlet_tls_certificate_not_after_seconds "))
    ends = datetime.datetime.fromtimestamp(float(line.split()[1]), datetime.timezone.utc)
    left = ends - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=1) < left <= datetime.timedelta(days=2)
