"""Terraform's user data on a machine that stands for an instance, with a stand-in for AWS on its loopback: a new instance with
a blank disk, its second boot, and another instance that is given the disk of one that has died."""

import contextlib
import http.server
import json
import os
import ssl
import subprocess
import threading

import pytest

import user_data
from authority import FOLDER as AUTHORITY
from authority import Authority
from disks import Disk
from fake_aws import FakeAws
from fake_aws.s3_bucket import Object, etag
from inlet_server import event, wait_until
from machine import CannotRun, Machine
from service import call, serial_number, track

BUCKET, PORT, JOURNAL = "lake", 9000, "/var/lib/inlet/journal"
STREAMS = [f"inlet-{kind}" for kind in ("track", "alias", "profile")]
KEY = "packages/inlet-0.deb"
CONFIG = f"""aws.endpoint_url = "http://127.0.0.1:{PORT}"
aws.region = "eu-central-1"
journal.dir = "{JOURNAL}"
journal.max_bytes = "256MiB"
log.format = "json"
server.ack = "journal"
server.acme_webroot = "/var/lib/inlet/acme"
server.tls_cert = "/etc/inlet/tls/fullchain.pem"
server.tls_key = "/etc/inlet/tls/key.pem"
sink.firehose.delivery_stream = "inlet-{{type}}"
sink.firehose.enabled = true
sink.firehose.linger_ms = 50
sink.lake.dir = "/var/lib/inlet/lake"
sink.lake.enabled = false
"""
# The service asks the stand-in for credentials, as it would ask the instance.
METADATA = f"[Service]\nEnvironment=AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:{PORT}\n"


class Instance(Machine):
    """A machine with a disk beside its root's."""

    def __init__(self, root, folder, disk):
        super().__init__(root, folder)
        self.disk = disk

    def boot(self, *options):
        # There is no udev in here: the name by which a disk is mounted at every start is given from outside.
        uuid = self.disk.tell("UUID")
        named = [f"--bind={self.disk.device}:/dev/disk/by-uuid/{uuid}"] if uuid else []
        return super().boot(f"--bind={self.disk.device}", *named, *options)

    def start(self, script, check=True):
        """What cloud-init does with user data."""
        self.write("/etc/systemd/system/inlet.service.d/metadata.conf", METADATA)
        self.write("/var/tmp/user-data", script)
        aws = f"http://127.0.0.1:{PORT}"
        return self.run("bash", "/var/tmp/user-data", check=check, timeout=300, env={
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws, "AWS_ENDPOINT_URL_S3": aws, "AWS_ENDPOINT_URL_AUTO_SCALING": aws,
            "AWS_ENDPOINT_URL_SSM": f"http://127.0.0.1:{PORT + 1}"})


@pytest.fixture
def disk(tmp_path):
    try:
        with Disk(tmp_path / "disk") as attached:
            yield attached
    except OSError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def script(deb, disk):
    if reason := user_data.why_not():
        pytest.skip(reason)
    return user_data.rendered(deb, package_key=KEY, bucket=BUCKET, config=CONFIG, volume=disk.device)


@pytest.fixture
def start_instance(root, disk, tmp_path):
    with contextlib.ExitStack() as stack:
        def start(name):
            try:
                return stack.enter_context(Instance(root, tmp_path / name, disk))
            except CannotRun as reason:
                pytest.skip(f"no machine can be started here: {reason}")

        yield start


@contextlib.contextmanager
def aws_of(machine, deb):
    with machine.network():
        fake = FakeAws(streams=STREAMS, buckets=[BUCKET], port=PORT)
        with fake:
            content = deb.read_bytes()
            fake.s3.buckets[BUCKET].store(Object(KEY, content, 0, {}, {}, etag(content)))
            yield fake
            assert not fake.broken, fake.broken


class Parameters(http.server.BaseHTTPRequestHandler):
    """Parameters of SSM: what `values` holds, for whom asks as AWS wants it."""

    values = {}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        signed = "/ssm/aws4_request" in self.headers["Authorization"] and self.headers["X-Amz-Security-Token"]
        known = self.headers["X-Amz-Target"] == "AmazonSSM.GetParameter" and body["WithDecryption"] and body["Name"] in self.values
        answer = json.dumps({"Parameter": {"Value": self.values.get(body["Name"])}}).encode()
        self.send_response(200 if signed and known else 400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def parameters(machine, **values):
    with machine.network():
        Parameters.values = values
        server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT + 1), Parameters)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def delivered(aws):
    return {row["userId"] for row in aws.firehose.rows()}


def test_a_new_instance_takes_events_and_its_second_boot_goes_on(start_instance, script, deb, disk):
    instance = start_instance("first")
    with aws_of(instance, deb) as aws:
        said = instance.start(script)
        assert "is blank: making a file system" in said.stdout and "inlet is ready" in said.stdout
        assert instance.run("findmnt", "--noheadings", "--nofsroot", "--output", "SOURCE", JOURNAL).stdout.strip() == disk.device
        assert instance.run("stat", "--format=%a %U:%G", "/etc/inlet/inlet.toml").stdout == "640 root:inlet\n"
        assert "aws.region" in instance.read("/etc/inlet/inlet.toml")
        assert track(80, "first boot", event()).status == 200
        wait_until(lambda: "first boot" in delivered(aws), what="delivery")
        assert "lane-lake" not in os.listdir(instance.path(JOURNAL)), "inlet ran before it was configured"

        again = instance.start(script).stdout  # run again: nothing is formatted, fetched or restarted
        assert "making a file system" not in again
        assert len(aws.ledger.of("s3", "GetObject")) == 1
    instance.power_off()
    instance.boot()
    with aws_of(instance, deb) as aws:
        assert instance.run("findmnt", "--noheadings", "--output", "SOURCE", JOURNAL).stdout.strip()
        assert track(80, "second boot", event()).status == 200
        wait_until(lambda: "second boot" in delivered(aws), what="delivery")
        assert "first boot" not in delivered(aws), "the journal has forgotten its cursor"


def test_without_its_disk_inlet_does_not_start(start_instance, script, deb):
    """It would begin a second journal on the root's disk."""
    instance = start_instance("first")
    with aws_of(instance, deb):
        instance.start(script)
    instance.power_off()
    Machine.boot(instance)
    assert instance.systemctl("is-active", "inlet.service", check=False) != "active"
    instance.run("systemctl", "start", "inlet.service", check=False)
    assert instance.systemctl("is-active", "inlet.service", check=False) != "active"
    assert os.listdir(instance.path(JOURNAL)) == []


def test_another_instance_delivers_what_the_disk_of_a_dead_one_holds(start_instance, script, deb):
    first = start_instance("first")
    with aws_of(first, deb):
        first.start(script)
    with first.network():  # AWS is gone: rows stay in the journal
        for number in range(20):
            assert track(80, f"backlog-{number}", event()).status == 200
    first.cut_power()

    second = start_instance("second")
    with aws_of(second, deb) as aws:
        said = second.start(script)
        assert "making a file system" not in said.stdout
        wait_until(lambda: {f"backlog-{number}" for number in range(20)} <= delivered(aws), 60, "the backlog")


def test_a_package_that_is_not_the_one_meant_is_not_installed(start_instance, script, deb, tmp_path):
    instance = start_instance("first")
    other = tmp_path / "other.deb"
    other.write_bytes(deb.read_bytes() + b"\n")
    with aws_of(instance, other):
        done = instance.start(script, check=False)
    assert done.returncode != 0 and "checksum did NOT match" in done.stderr
    assert not instance.path("/usr/bin/inlet").exists()


def test_an_instance_behind_a_balancer_gets_its_certificate_from_parameters(start_instance, deb, disk, tmp_path):
    if reason := user_data.why_not():
        pytest.skip(reason)
    script = user_data.rendered(deb, package_key=KEY, bucket=BUCKET, config=CONFIG, volume=disk.device,
                                tls_certificate="/inlet/chain", tls_key="/inlet/key")
    pair = [tmp_path / "chain.pem", tmp_path / "key.pem"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", "/CN=events.example.org", "-addext", "subjectAltName=DNS:events.example.org", "-out", pair[0],
                    "-keyout", pair[1]], check=True, capture_output=True)
    instance = start_instance("first")
    with aws_of(instance, deb), parameters(instance, **{"/inlet/chain": pair[0].read_text(), "/inlet/key": pair[1].read_text()}):
        instance.start(script)
        context = ssl.create_default_context(cafile=pair[0])
        answer = call(443, "GET", "/health/ready", wrap=lambda plain: context.wrap_socket(
            plain, server_hostname="events.example.org"))
        assert answer.status == 200
    assert instance.run("stat", "--format=%a %U:%G", "/etc/inlet/tls/key.pem").stdout == "640 root:inlet\n"


def in_group(deb, disk, config=CONFIG):
    if reason := user_data.why_not():
        pytest.skip(reason)
    return user_data.rendered(deb, package_key=KEY, bucket=BUCKET, config=config, volume=disk.device, group="inlet",
                              drain_hook="drain", launch_hook="launch")


def test_an_instance_of_a_group_counts_once_it_is_ready(start_instance, deb, disk):
    instance = start_instance("first")
    with aws_of(instance, deb) as aws:
        aws.autoscaling.waiting.add(("inlet", "launch", aws.metadata.instance_id))
        assert "knows already" not in instance.start(in_group(deb, disk)).stderr
        assert aws.autoscaling.completed == ["CONTINUE"]
        assert "--lifecycle-hook drain --auto-scaling-group inlet" in instance.show("inlet-drain.service", "Environment")


def test_an_instance_with_a_bad_setting_never_counts_and_has_its_journal_looked_at_when_it_ends(start_instance, deb, disk):
    instance = start_instance("first")
    with aws_of(instance, deb) as aws:
        aws.autoscaling.waiting.add(("inlet", "launch", aws.metadata.instance_id))
        done = instance.start(in_group(deb, disk, CONFIG + "server.thread = 2\n"), check=False)
        assert done.returncode != 0 and "inlet is ready" not in done.stdout
        assert aws.autoscaling.completed == []
        assert instance.systemctl("is-enabled", "inlet-drain.service") == "enabled"


def test_the_next_instance_uses_the_certificate_on_the_disk_and_orders_none(start_instance, deb, disk):
    """An authority gives few certificates a week for the same name, and each change of a setting makes another instance."""
    if reason := user_data.why_not():
        pytest.skip(reason)
    name, trusting, serials, orders = "events.example.org", None, [], []
    for machine in ("first", "second"):
        instance = start_instance(machine)
        instance.write("/etc/systemd/system/inlet-acme.service.d/authority.conf",
                       f"[Service]\nEnvironment=LEGO_CA_CERTIFICATES={AUTHORITY}/own.pem\n")
        with aws_of(instance, deb), Authority(instance) as authority:
            instance.start(user_data.rendered(deb, package_key=KEY, bucket=BUCKET, config=CONFIG, volume=disk.device, domain=name,
                                              acme_email="owner@example.org", acme_server=authority.directory))
            wait_until(lambda instance=instance: instance.show("inlet-acme.service", "SubState") in ("dead", "failed", "auto-restart")
                       and instance.show("inlet-acme.service", "ExecMainStartTimestamp"), 60, "the end of the order")
            assert instance.show("inlet-acme.service", "Result") == "success", instance.journal("inlet-acme.service")[-3000:]
            trusting = trusting or authority.trust()  # of the first authority: the second has another root
            serials.append(serial_number(lambda plain: trusting.wrap_socket(plain, server_hostname=name)))
            orders.append(instance.journal("authority-first").count("POST /order-plz"))
        instance.power_off()
    instance.boot()
    instance.systemctl("start", "var-lib-inlet-lego.mount")
    instance.run("dpkg", "--purge", "inlet")  # also with a volume on its folders
    assert os.listdir(instance.path("/var/lib/inlet/lego")) == [] and os.listdir(instance.path(JOURNAL)) != []
    assert serials[0] == serials[1] and orders[0] > 0 and orders[1] == 0
