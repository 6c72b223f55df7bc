"""HTTPS to AWS: whom inlet believes, and that it says nothing to anybody else."""

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aws_delivery import each_once, firehose_settings, track, wait_delivered, wait_failing
from fake_aws import FakeAws

LANE, STREAM = "firehose-track", "inlet-track"
DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority of our own, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority in {folder.name[-40:]}")])
        self.bundle = folder / "ca.pem"
        made = self._builder(self.name, self.key, -DAY, DAY).add_extension(x509.BasicConstraints(True, 0), True)
        self.bundle.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _builder(self, name, key, begins, ends):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now + begins).not_valid_after(now + ends))

    def certificate(self, address="127.0.0.1", begins=-DAY, ends=DAY):
        """(certificate, key) files of a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = self._builder(name, key, begins, ends).add_extension(names, False).sign(self.key, hashes.SHA256())
        files = self.folder / "server.pem", self.folder / "server.key"
        files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
        return files


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def deliver_to(start_server, authority):
    """Starts a stand-in with HTTPS and a server that delivers to it; posts some rows."""
    running = []

    def start(certificate, bundle=None, **options):
        aws = FakeAws(streams=["inlet-track", "inlet-alias", "inlet-profile"], certificate=certificate, **options).start()
        running.append(aws)
        server = start_server(env=aws.environment(), **firehose_settings(aws, **{"aws.ca_bundle": bundle or authority.bundle}))
        track(server, 10)
        return server, aws

    yield start
    for aws in running:
        aws.stop()
        assert not aws.broken


def test_a_private_authority_is_believed_when_it_is_named(deliver_to, authority):
    server, aws = deliver_to(authority.certificate())
    wait_delivered(server, LANE, 10)
    each_once(aws.firehose.rows(STREAM), 10)


@pytest.mark.parametrize("kind, text", [
    ("expired", "expired"), ("not yet valid", "not yet valid"), ("another host", "127.0.0.1"), ("unknown authority", "certificate"),
    ("TLS 1.1", "")])
def test_others_are_told_nothing(deliver_to, authority, tmp_path, kind, text):
    (tmp_path / "other").mkdir()
    made = {
        "expired": lambda: deliver_to(authority.certificate(begins=-2 * DAY, ends=-DAY)),
        "not yet valid": lambda: deliver_to(authority.certificate(begins=DAY / 2)),
        "another host": lambda: deliver_to(authority.certificate("127.0.0.2")),
        "unknown authority": lambda: deliver_to(authority.certificate(), Authority(tmp_path / "other").bundle),
        "TLS 1.1": lambda: deliver_to(authority.certificate(), old_tls=True),
    }[kind]
    server, aws = made()
    seen = wait_failing(server, LANE)
    assert text in seen["lastError"] and "127.0.0.1" in seen["lastError"]
    assert seen["pending"] == 10 and server.is_ready()
    assert not aws.ledger.attempts


def test_a_bundle_that_is_not_there_is_named(deliver_to, authority):
    server, _ = deliver_to(authority.certificate(), "/nowhere/ca.pem")
    server.expect_error("delivery fails")
    assert "/nowhere/ca.pem" in wait_failing(server, LANE)["lastError"]


def test_a_certificate_that_is_repaired_lets_the_rows_go(deliver_to, authority, start_server):
    server, aws = deliver_to(authority.certificate(ends=-DAY / 24))
    wait_failing(server, LANE)
    port = aws.port
    aws.stop()
    good = FakeAws(streams=[STREAM], certificate=authority.certificate(), port=port).start()
    try:
        wait_delivered(server, LANE, 10)
        each_once(good.firehose.rows(STREAM), 10)
    finally:
        good.stop()
