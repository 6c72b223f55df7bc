"""`inlet drain`: what the journal holds goes out without a server, by hand or because the instance ends."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from aws_delivery import STREAMS, Load, each_once, firehose_settings, track, wait_delivered
from fake_aws import Fault
from inlet_server import BINARY, ROOT, clean_environment, event, run_inlet, wait_until

GROUP, HOOK = "inlet-ha", "drain"
DEAD = {"sink.firehose.linger_ms": 3_600_000, "server.drain_timeout_ms": 0}


def sets_of(settings):
    return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


def drain(server, *arguments, env=None, **settings):
    return run_inlet("drain", *sets_of({**server.settings, **settings}), *arguments, env=env or server.env)


def backlog(start, aws, rows=10, **settings):
    """A server that was killed with all of its rows undelivered."""
    server = start(**firehose_settings(aws, **{**DEAD, **settings}))
    track(server, rows)
    return server


@pytest.fixture
def start(start_server, aws):
    def start_with(**settings):
        return start_server(env=aws.environment(), **settings)

    yield start_with
    assert not aws.ledger.wrong_resends()


def test_all_is_delivered_without_a_server(start, aws):
    server = backlog(start, aws, 500)
    server.kill9()
    done = drain(server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "500 rows delivered\nevery lane is empty\n"
    each_once(aws.firehose.rows(STREAMS[0]), 500)
    again = drain(server)
    assert again.returncode == 0 and again.stdout.startswith("0 rows delivered"), again.stdout
    assert len(aws.firehose.rows(STREAMS[0])) == 500


def test_a_local_lake_is_drained_too(start_server):
    server = start_server(**{"sink.lake.roll_ms": 3_600_000, "server.drain_timeout_ms": 0})
    for number in range(3):
        assert server.track("u", event(f"e{number}")).status == 200
    server.kill9()
    done = drain(server)
    assert (done.returncode, done.stdout) == (0, "3 rows delivered\nevery lane is empty\n"), done.stderr
    assert len(server.lake_rows(3)) == 3


def test_it_refuses_while_a_server_runs(start, aws):
    server = backlog(start, aws)
    done = drain(server)
    assert done.returncode == 2 and "a server is running there; stop it first" in done.stderr
    server.kill9()
    assert drain(server).returncode == 0


def test_what_is_left_is_told_with_the_reason_at_once_if_waiting_does_not_mend_it(start, aws):
    server = backlog(start, aws)
    server.kill9()
    aws.firehose.delete("inlet-track")
    began = time.monotonic()
    done = drain(server)
    assert done.returncode == 1 and time.monotonic() - began < 20
    assert "left: lane firehose-track, 10 rows: " in done.stdout and "ResourceNotFound" in done.stdout, done.stdout
    assert "every lane" not in done.stdout


def test_a_destination_that_is_down_is_tried_until_the_time_is_over(start, aws):
    server = backlog(start, aws)
    server.kill9()
    fault = aws.faults.add(Fault(service="firehose", reset=True, times=None))
    began = time.monotonic()
    done = drain(server, "--timeout", "1500ms")
    assert done.returncode == 1 and 1 < time.monotonic() - began < 15
    assert "left: lane firehose-track, 10 rows: " in done.stdout and fault.used > 1, done.stdout
    aws.faults.clear()
    assert drain(server).returncode == 0


def test_a_destination_that_is_silent_does_not_stretch_the_time(start, aws):
    server = backlog(start, aws)
    server.kill9()
    aws.faults.add(Fault(service="firehose", delay=30, times=None))
    began = time.monotonic()
    done = drain(server, "--timeout", "1s")
    assert done.returncode == 1 and time.monotonic() - began < 10
    assert "left: lane firehose-track, 10 rows: not done within 1000 ms" in done.stdout, done.stdout


def test_a_lane_without_a_sink_is_left(start, aws):
    server = start(**firehose_settings(aws))
    track(server, 1)
    wait_delivered(server, "firehose-track", 1)
    server.restart(**DEAD)
    track(server, 10)
    server.kill9()
    done = drain(server, **{"sink.firehose.enabled": "false"})
    assert done.returncode == 1
    assert "left: lane firehose-track, 10 rows: no sink is enabled for this lane" in done.stdout, done.stdout


def test_a_journal_that_no_lane_knows_is_left(start_server):
    server = start_server(**{"sink.lake.enabled": "false"})
    assert server.track("u", event(), event()).status == 200
    server.terminate()
    done = drain(server)
    assert (done.returncode, done.stdout) == (1, "0 rows delivered\nleft: 2 rows: no sink is enabled\n"), done.stderr


def test_a_folder_without_a_journal_is_named_and_stays_empty(tmp_path):
    done = run_inlet("drain", "--set", f"journal.dir={tmp_path / 'none'}")
    assert done.returncode == 2 and "none: " in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("arguments", [["--timeout", "soon"], ["--timeout", "0"], ["--lifecycle-hook", "a"],
                                       ["--on-termination", "--lifecycle-hook", "a"], ["--stop-command", "a"],
                                       ["--set", "sink.s3.enabled=true"]])
def test_wrong_arguments_are_told(arguments):
    done = run_inlet("drain", *arguments)
    assert done.returncode == 2 and done.stderr.strip()


# The end of an instance

class Watch:
    """`inlet drain --on-termination` beside a server."""

    def __init__(self, server, aws, *arguments, stop="kill", env=None):
        self.log = server.folder / "drain.log"
        pid = server.process.pid
        # What `systemctl stop` does: asks, and waits for the end.
        script = server.folder / "stop.sh"
        # (A child of this test that has ended stays as a zombie.)
        script.write_text(f"kill -TERM {pid}\nwhile grep -qs '^State:.[^Z]' /proc/{pid}/status; do sleep 0.05; done\n"
                          if stop == "kill" else "exit 3\n")
        command = [str(BINARY), "drain", *sets_of(server.settings), "--on-termination", "--poll", "50ms",
                   "--stop-command", f"sh '{script}'", *arguments]
        environment = {**aws.environment(), "AWS_EC2_METADATA_DISABLED": "false",
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url, **(env or {})}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=clean_environment(environment))
        self.server = server

    def text(self):
        return self.log.read_text()

    def wait(self, timeout=30):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.text()) from None

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def watch(aws):
    started = []

    def start_watch(server, *arguments, **more):
        started.append(Watch(server, aws, *arguments, **more))
        return started[-1]

    yield start_watch
    for one in started:
        one.end()


IN_HOOK = ("--lifecycle-hook", HOOK, "--auto-scaling-group", GROUP, "--heartbeat", "100ms")


def asked(aws):
    return len(aws.ledger.of("imds", "Text"))


def test_an_instance_of_a_group_ends_after_its_rows_are_delivered(start, aws, watch):
    server = backlog(start, aws)
    watched = watch(server, *IN_HOOK)
    aws.metadata.lifecycle_state = "InService"
    wait_until(lambda: asked(aws) >= 6)
    assert server.is_running() and watched.process.poll() is None
    fault = aws.faults.add(Fault(service="firehose", reset=True, times=None))
    aws.autoscaling.terminate(GROUP, HOOK)
    wait_until(lambda: len(aws.autoscaling.heartbeats) >= 5)
    wait_until(lambda: not server.is_running())
    assert not aws.autoscaling.completed
    aws.faults.remove(fault)
    assert watched.wait() == 0, watched.text()
    assert aws.autoscaling.completed == ["CONTINUE"]
    each_once(aws.firehose.rows(STREAMS[0]), 10)
    count = len(aws.autoscaling.heartbeats)
    assert count == len(aws.ledger.of("autoscaling", "RecordLifecycleActionHeartbeat"))


def refused(aws, operation):
    return sum(attempt.code == "ValidationError" for attempt in aws.ledger.of("autoscaling", operation))


def test_the_server_goes_on_until_the_balancer_has_let_the_instance_go(start, aws, watch):
    server = start(**firehose_settings(aws, **DEAD))
    watched = watch(server, *IN_HOOK)
    with Load(server, clients=2) as load:
        aws.autoscaling.announce()
        wait_until(lambda: refused(aws, "RecordLifecycleActionHeartbeat") >= 5)
        before = load.count()
        wait_until(lambda: load.count() > before + 20)
        assert server.is_running() and not aws.autoscaling.heartbeats
    assert watched.text().count("the lifecycle hook does not wait yet") == 1, watched.text()
    aws.autoscaling.wait_in(GROUP, HOOK)
    assert watched.wait() == 0, watched.text()
    assert aws.autoscaling.completed == ["CONTINUE"]


def test_a_hook_that_waits_late_finds_the_rows_delivered_and_is_let_go_at_once(start, aws, watch):
    """As if the balancer took longer than `--hook-wait`."""
    server = backlog(start, aws)
    watched = watch(server, *IN_HOOK, "--hook-wait", "300ms")
    aws.autoscaling.announce()
    wait_until(lambda: refused(aws, "CompleteLifecycleAction") >= 10)
    each_once(aws.firehose.rows(STREAMS[0]), 10)
    assert "does not wait, going on" in watched.text() and watched.process.poll() is None
    aws.autoscaling.wait_in(GROUP, HOOK)
    assert watched.wait() == 0, watched.text()
    assert aws.autoscaling.completed == ["CONTINUE"]


def test_events_go_on_coming_until_the_server_is_stopped_and_none_is_lost(start, aws, watch):
    server = start(**firehose_settings(aws, **DEAD))
    watched = watch(server, *IN_HOOK)
    with Load(server, clients=2) as load:
        wait_until(lambda: load.count() > 20)
        aws.autoscaling.terminate(GROUP, HOOK)
        assert watched.wait() == 0, watched.text()
    seen = {row["eventName"] for row in aws.firehose.rows(STREAMS[0])}
    assert load.answered and load.answered <= seen
    assert aws.autoscaling.completed == ["CONTINUE"]


def test_what_is_left_when_the_time_is_over_is_told_and_the_instance_let_go(start, aws, watch):
    server = backlog(start, aws)
    watched = watch(server, *IN_HOOK, "--timeout", "1s")
    aws.faults.add(Fault(service="firehose", reset=True, times=None))
    aws.autoscaling.terminate(GROUP, HOOK)
    assert watched.wait() == 1
    assert "rows are left" in watched.text() and "firehose-track" in watched.text()
    assert aws.autoscaling.completed == ["ABANDON"]


def test_a_held_lane_is_tried_until_it_is_mended(start, aws, watch):
    server = backlog(start, aws)
    server.expect_error("delivery fails")
    fault = aws.faults.add(Fault.refuse("AccessDeniedException", service="firehose", times=None))
    watched = watch(server, *IN_HOOK)
    aws.autoscaling.terminate(GROUP, HOOK)
    wait_until(lambda: fault.used >= 2 and "not drained" not in watched.text() and len(aws.autoscaling.heartbeats) >= 3, 60)
    aws.faults.remove(fault)
    assert watched.wait(90) == 0, watched.text()
    each_once(aws.firehose.rows(STREAMS[0]), 10)


def test_a_spot_instance_is_drained_before_it_is_interrupted(start, aws, watch):
    server = backlog(start, aws)
    watched = watch(server)
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 120))
    aws.metadata.spot_action = json.dumps({"action": "terminate", "time": ends})
    assert watched.wait() == 0, watched.text()
    each_once(aws.firehose.rows(STREAMS[0]), 10)
    assert not aws.ledger.of("autoscaling")


def test_a_spot_instance_has_only_the_time_that_is_announced(start, aws, watch):
    server = backlog(start, aws)
    aws.faults.add(Fault(service="firehose", reset=True, times=None))
    watched = watch(server)
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7))
    aws.metadata.spot_action = json.dumps({"action": "terminate", "time": ends})
    assert watched.wait() == 1
    assert "rows are left" in watched.text()


def test_a_server_that_does_not_stop_keeps_the_instance_waiting(start, aws, watch):
    """The service manager starts the command again, and the hook has its own time-out."""
    server = backlog(start, aws)
    watched = watch(server, *IN_HOOK, stop="fails")
    aws.autoscaling.terminate(GROUP, HOOK)
    assert watched.process.wait(30) == 2
    assert "could not be stopped" in watched.text() and "a server is running there" in watched.text()
    assert server.is_running() and not aws.autoscaling.completed


def test_a_heartbeat_that_fails_is_sent_again_and_a_completion_too(start, aws, watch):
    server = backlog(start, aws)
    aws.faults.add(Fault.refuse("InternalFailure", status=500, service="autoscaling",
                                operation="RecordLifecycleActionHeartbeat"))
    aws.faults.add(Fault.refuse("InternalFailure", status=500, service="autoscaling", operation="CompleteLifecycleAction"))
    watched = watch(server, *IN_HOOK)
    aws.autoscaling.terminate(GROUP, HOOK)
    assert watched.wait() == 0, watched.text()
    assert aws.autoscaling.completed == ["CONTINUE"] and not aws.faults.unused()


def test_metadata_that_is_down_is_asked_again(start, aws, watch):
    server = backlog(start, aws)
    fault = aws.faults.add(Fault(service="imds", reset=True, times=3))
    watched = watch(server)
    wait_until(lambda: fault.used == 3)
    aws.metadata.lifecycle_state = "Terminated"
    assert watched.wait() == 0, watched.text()
    assert watched.text().count("instance metadata cannot be asked") == 1


def test_without_instance_metadata_there_is_nothing_to_wait_for():
    done = run_inlet("drain", "--on-termination", env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert done.returncode == 2 and "AWS_EC2_METADATA_DISABLED" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: the journal is somebody else's")
def test_root_leaves_no_files_that_the_owner_cannot_write(start_server):
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are for the user alone
        folder = pathlib.Path(name)
        server = start_server(**{"sink.lake.roll_ms": 3_600_000, "server.drain_timeout_ms": 0,
                                 "journal.dir": folder / "journal", "sink.lake.dir": folder / "lake"})
        assert server.track("u", event()).status == 200
        server.kill9()
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, 65534, 65534)
        assert drain(server).returncode == 0
        assert any(folder.glob("lake/raw/**/*.gz"))
        assert {path.stat().st_uid for path in folder.rglob("*")} == {65534}


def test_the_unit_is_hardened_and_its_command_line_is_understood(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not there")
    unit = ROOT / "deploy/systemd/inlet-drain.service"
    scored = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", unit],
                            capture_output=True, text=True, timeout=60, check=False)
    assert scored.returncode == 0, scored.stdout[-300:] + scored.stderr
    words = re.search(r"^ExecStart=.* /usr/bin/inlet (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    (tmp_path / "inlet.toml").write_text("", encoding="ascii")
    words = [str(tmp_path / "inlet.toml") if word.startswith("/etc") else word for word in words]
    options = "--lifecycle-hook HOOK --auto-scaling-group GROUP".split()
    done = run_inlet(*[word for word in words if not word.startswith("$")], *options, env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert done.returncode == 2 and "AWS_EC2_METADATA_DISABLED" in done.stderr  # it got as far as the metadata
