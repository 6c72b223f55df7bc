"""HTTPS from nothing: a certificate by http-01, its renewal, refusals, and certificates that are bad. One machine goes through
all of it, as it would happen: the tests of this file build on each other."""

import contextlib
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authority import Authority, resolve
from inlet_server import event, wait_until
from service import load, metric, serial_number, track

NAME = "events.example.org"
TLS = "/etc/inlet/tls"


@pytest.fixture(scope="module")
def authority(machine):
    """It calls a fifth of all nonces bad, on purpose, and takes its time over nothing."""
    with Authority(machine, blocked=["refused.example.org"], env={"PEBBLE_WFE_NONCEREJECT": "20"}) as running:
        yield running


def trusting(authority):
    context = authority.trust()
    return lambda plain: context.wrap_socket(plain, server_hostname=NAME)


@pytest.fixture
def tls(authority):
    return trusting(authority)


def order(machine, check=True):
    machine.systemctl("reset-failed", "inlet-acme.service")  # systemd would take so many starts for a loop
    return machine.run("systemctl", "start", "inlet-acme.service", check=check)


def last_words(machine):
    return "\n".join(machine.journal("inlet-acme.service").splitlines()[-8:])


def serial_in_use(machine, wrap):
    with machine.network():
        return serial_number(wrap)


def if_trusted(call):
    """An order is over when inlet has been told; that it uses the certificate comes a moment later."""
    with contextlib.suppress(ssl.SSLCertVerificationError):
        return call()


def files(machine, form):
    return machine.run("stat", f"--format={form}", f"{TLS}/fullchain.pem", f"{TLS}/key.pem").stdout.splitlines()


# The first certificate


def test_without_a_certificate_port_443_is_closed_and_the_others_answer(machine):
    with machine.network():
        assert track(80, "u", event()).status == 200
        assert track(8080, "u", event()).status == 200
        with pytest.raises(ConnectionRefusedError):
            track(443, "u", event())


def test_without_settings_no_authority_is_asked(machine):
    order(machine)
    assert machine.show("inlet-acme.service", "ConditionResult") == "no"


@pytest.mark.parametrize("text, reason", [
    ("INLET_ACME_EMAIL=a@example.org\n", "INLET_ACME_DOMAIN is not set"),
    ("INLET_ACME_DOMAIN=events.example.org\n", "INLET_ACME_EMAIL is not set"),
    ("INLET_ACME_DOMAIN=*.example.org\nINLET_ACME_EMAIL=a@example.org\n", "http-01 cannot prove a wildcard")])
def test_settings_that_are_missing_or_impossible_are_told(machine, text, reason):
    machine.write("/etc/inlet/acme.env", text)
    assert order(machine, check=False).returncode != 0
    assert reason in last_words(machine)


def test_a_name_that_leads_nowhere_gets_no_certificate_and_disturbs_nothing(machine, authority):
    authority.configure_inlet(NAME)
    resolve(machine, "")
    assert order(machine, check=False).returncode != 0
    resolve(machine, "127.0.0.1")
    assert not machine.path(f"{TLS}/fullchain.pem").exists()
    with machine.network():
        assert track(8080, "u", event()).status == 200


def test_the_first_certificate_opens_port_443_and_nobody_is_refused_meanwhile(machine, authority, tls):
    authority.configure_inlet(NAME)
    with machine.network(), load(8080) as clients:
        order(machine)
        clients.wait_for_more(50)
    assert clients.failures == []
    with machine.network():
        assert track(443, "over tls", event(), wrap=tls).status == 200
    assert files(machine, "%a %U %G") == ["640 root inlet"] * 2
    assert not list(machine.path("/var/lib/inlet/acme/.well-known/acme-challenge").iterdir())


def test_a_certificate_that_is_not_due_is_left_alone(machine, tls):
    before, serial = files(machine, "%i %y"), serial_in_use(machine, tls)
    order(machine)
    assert (files(machine, "%i %y"), serial_in_use(machine, tls)) == (before, serial)


# What may go wrong later: the old certificate stays


def test_an_authority_that_refuses_leaves_the_old_certificate_in_use(machine, authority, tls):
    before = serial_in_use(machine, tls)
    authority.configure_inlet("refused.example.org")
    assert order(machine, check=False).returncode != 0
    assert "refused.example.org" in last_words(machine)
    assert machine.systemctl("is-failed", "inlet-acme.service") == "failed"
    authority.configure_inlet(NAME)
    assert serial_in_use(machine, tls) == before


BAD = {
    "half of it": ("head -c 300 {tls}/fullchain.pem >cert; cp {tls}/key.pem key", "no certificate in PEM"),
    "half of the key": ("cp {tls}/fullchain.pem cert; head -c 90 {tls}/key.pem >key", "no private key in PEM"),
    "key of another": ("cp {tls}/fullchain.pem cert; openssl ecparam -name prime256v1 -genkey -noout -out key",
                       "is not the key of"),
    "expired": ("cp /var/tmp/expired.pem cert; cp /var/tmp/expired.key key", "has expired"),
    "missing": ("rm -f cert; cp {tls}/key.pem key", "cert"),
}


def write_expired_pair(machine):
    """The openssl program makes none."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now - datetime.timedelta(days=2))
                   .not_valid_after(now - datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    machine.write("/var/tmp/expired.pem", certificate.public_bytes(pem).decode())
    machine.write("/var/tmp/expired.key", key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode())


@pytest.fixture(params=BAD)
def bad_pair(request, machine):
    """A folder with cert and key that do not do, and why."""
    script, reason = BAD[request.param]
    write_expired_pair(machine)
    machine.shell("rm -rf /var/tmp/bad; mkdir /var/tmp/bad; cd /var/tmp/bad; " + script.format(tls=TLS))
    return "/var/tmp/bad", reason


def test_a_bad_certificate_is_not_installed(machine, bad_pair, tls):
    folder, reason = bad_pair
    before, serial = files(machine, "%i %y"), serial_in_use(machine, tls)
    refused = machine.run("/usr/lib/inlet/install-certificate", f"{folder}/cert", f"{folder}/key", check=False)
    assert refused.returncode == 1
    assert reason in refused.stderr
    assert (files(machine, "%i %y"), serial_in_use(machine, tls)) == (before, serial)
    assert {path.name for path in machine.path(TLS).iterdir()} == {"fullchain.pem", "key.pem"}


def test_a_bad_certificate_that_is_there_all_the_same_is_not_used_and_the_next_run_mends_it(machine, bad_pair, tls):
    folder, _ = bad_pair
    serial = serial_in_use(machine, tls)
    with machine.network():
        errors = metric("inlet_tls_reload_errors_total")
        machine.shell(f"rm {TLS}/fullchain.pem; cp {folder}/cert {TLS}/fullchain.pem || true; cp {folder}/key {TLS}/key.pem")
        machine.systemctl("reload", "inlet.service")
        wait_until(lambda: metric("inlet_tls_reload_errors_total") > errors, what="the count of the error")
        assert serial_number(tls) == serial
        assert track(443, "u", event(), wrap=tls).status == 200
        order(machine)
        reloads = metric("inlet_tls_reloads_total")
        wait_until(lambda: metric("inlet_tls_reloads_total") >= reloads and serial_number(tls) == serial)
    machine.run("cmp", f"{TLS}/fullchain.pem", f"/var/lib/inlet/lego/certificates/{NAME}.crt")


def test_a_certificate_that_expired_while_the_machine_was_off_does_not_keep_inlet_from_starting(machine, tls):
    """Without inlet nobody would answer the authority, and it could never be renewed."""
    write_expired_pair(machine)
    machine.shell(f"cp /var/tmp/expired.pem {TLS}/fullchain.pem; cp /var/tmp/expired.key {TLS}/key.pem")
    machine.systemctl("restart", "inlet.service")
    with machine.network():
        assert track(80, "u", event()).status == 200
    order(machine)
    with machine.network():
        wait_until(lambda: if_trusted(lambda: track(443, "u", event(), wrap=tls).status == 200), what="the new certificate")


def test_a_renewed_certificate_is_used_without_a_restart_and_without_a_failed_request(machine):
    """One that ends in ten days is due: the first order asks because the authority is another one, the second renews."""
    with Authority(machine, "short", port=14100, days=10) as short:
        short.configure_inlet(NAME)
        order(machine)
        wrap = trusting(short)
        with machine.network():
            first = wait_until(lambda: if_trusted(lambda: serial_number(wrap)), what="the first certificate")
            main_pid = machine.show("inlet.service", "MainPID")
            with load(443, wrap=wrap) as clients:
                order(machine)
                wait_until(lambda: serial_number(wrap) != first, what="the renewed certificate")
                clients.wait_for_more(50)
        assert clients.failures == []
        assert machine.show("inlet.service", "MainPID") == main_pid
