"""The Ansible role as far as no host is needed: its style, and what it refuses before anything is changed."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from inlet_server import ROOT

ANSIBLE = ROOT / "deploy/ansible"
ROLE = ANSIBLE / "roles/inlet"
TOOLS = pathlib.Path(sys.executable).parent


def run(*command, folder, **options):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "INLET_"))}
    environment |= {"PATH": f"{TOOLS}:{os.environ['PATH']}", "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1",
                    "LC_ALL": "C.UTF-8", **options.pop("env", {})}
    return subprocess.run([TOOLS / command[0], *command[1:]], capture_output=True, text=True, timeout=500, check=False,
                          stdin=subprocess.DEVNULL, cwd=ANSIBLE, env=environment, **options)


def test_the_role_is_what_ansible_lint_asks_of_production(tmp_path):
    done = run("ansible-lint", "--nocolor", "--offline", "--strict", "--profile", "production", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Passed: 0 failure\(s\), 0 warning\(s\)", done.stderr), done.stderr


def test_the_yaml_has_one_style(tmp_path):
    done = run("yamllint", "--strict", ".", folder=tmp_path)
    assert done.returncode == 0, done.stdout


def test_every_variable_has_a_default_a_type_and_a_description():
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    options = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert defaults.keys() == options.keys()
    for name, option in options.items():
        assert option["default"] == defaults[name], name
        assert option["type"] and option["description"].endswith("."), name
    text = (ROOT / "docs/ansible.md").read_text()
    assert [name for name in defaults if f"`{name}`" not in text] == [], "docs/ansible.md does not tell of these"


def test_the_example_inventory_holds_variables_that_the_role_has():
    example = yaml.safe_load((ANSIBLE / "inventory.example.yml").read_text())["inlet"]["vars"]
    assert set(example) <= set(yaml.safe_load((ROLE / "defaults/main.yml").read_text()))


# What is refused: (variables of the host, what the message says). Facts of the host begin with "ansible_".

SECRET = "not-to-be-seen"
PEM = {"inlet_tls": "files", "inlet_tls_certificate": "-----BEGIN CERTIFICATE-----\nx",
       "inlet_tls_key": f"-----BEGIN PRIVATE KEY-----\n{SECRET}"}
ACME = {"inlet_tls": "acme", "inlet_acme_domains": ["events.example.com"], "inlet_acme_email": "a@example.com"}
URL = {"inlet_package_url": "https://example.com/inlet.deb", "inlet_package_sha256": "0" * 64}

REFUSED = {
    "an old Debian": ({"ansible_distribution_version": "11"}, "This is Debian 11"),
    "an old Ubuntu": ({"ansible_distribution": "Ubuntu", "ansible_distribution_version": "22.04"}, "This is Ubuntu 22.04"),
    "another distribution": ({"ansible_distribution": "Fedora"}, "This is Fedora"),
    "another processor": ({"ansible_architecture": "aarch64"}, "aarch64"),
    "no systemd": ({"ansible_service_mgr": "openrc"}, "openrc"),
    "two packages": ({"inlet_package_file": "/dev/null.deb", **URL}, "Set inlet_package_file"),
    "a package that is none": ({"inlet_package_file": "/etc/hosts"}, "Set inlet_package_file"),
    "a package that is not there": ({"inlet_package_file": "/nowhere/inlet.deb"}, "is not there"),
    "a package over plain HTTP": ({**URL, "inlet_package_url": "http://example.com/inlet.deb"}, "https"),
    "a URL without a sum": ({**URL, "inlet_package_sha256": ""}, "inlet_package_sha256"),
    "a wrong sum": ({**URL, "inlet_package_sha256": "abc"}, "64 hexadecimal digits"),
    "an unknown sink": ({"inlet_sink": "kafka"}, "value of inlet_sink must be one of: lake, s3, firehose"),
    "a bucket without a name": ({"inlet_sink": "s3"}, "set inlet_s3_bucket"),
    "a bad bucket": ({"inlet_sink": "s3", "inlet_s3_bucket": "Upper_Case"}, "set inlet_s3_bucket"),
    "a bad prefix": ({"inlet_sink": "s3", "inlet_s3_bucket": "example", "inlet_s3_prefix": "/x"}, "inlet_s3_prefix"),
    "a bad delivery stream": ({"inlet_sink": "firehose", "inlet_firehose_delivery_stream": "a b"}, '"a b" is no name'),
    "a bad region": ({"inlet_aws_region": "Frankfurt"}, '"Frankfurt" is no region'),
    "an unknown way to a certificate": ({**PEM, "inlet_tls": "yes"}, "value of inlet_tls must be one of"),
    "a certificate without a key": ({**PEM, "inlet_tls_key": ""}, "PEM texts"),
    "a key instead of a certificate": ({**PEM, "inlet_tls_certificate": PEM["inlet_tls_key"]}, "PEM texts"),
    "no domain": ({**ACME, "inlet_acme_domains": []}, "set inlet_acme_domains"),
    "a wildcard": ({**ACME, "inlet_acme_domains": ["*.example.com"]}, "no wildcards"),
    "a domain in capitals": ({**ACME, "inlet_acme_domains": ["Events.example.com"]}, "lower case"),
    "no address": ({**ACME, "inlet_acme_email": ""}, "inlet_acme_email"),
    "an authority without TLS": ({**ACME, "inlet_acme_server": "http://example.com"}, "https URL"),
    "settings as a tree": ({"inlet_settings": {"journal": {"max_bytes": "1GiB"}}}, "write each key whole"),
    "a setting without a value": ({"inlet_settings": {"journal.max_bytes": None}}, "write each key whole"),
    "settings as a list": ({"inlet_settings": ["a"]}, "inlet_settings"),
    "a bad name of a variable": ({"inlet_environment": {"A-B": SECRET}}, "inlet_environment"),
    "a variable of two lines": ({"inlet_environment": {"A": f"x\n{SECRET}"}}, "inlet_environment"),
    "a disk that is no path": ({"inlet_journal_device": "sdb"}, "no path below /dev"),
    "no time to wait": ({"inlet_ready_timeout": 0}, "from 1 to 3600"),
    "a time that is no number": ({"inlet_ready_timeout": "soon"}, "inlet_ready_timeout"),
}
TAKEN = {"nothing but defaults": {}, "a URL": URL, "a certificate": PEM, "an authority": ACME,
         "Ubuntu": {"ansible_distribution": "Ubuntu", "ansible_distribution_version": "24.04"},
         "a bucket": {"inlet_sink": "s3", "inlet_s3_bucket": "example-lake", "inlet_s3_prefix": "inlet/"},
         "streams": {"inlet_sink": "firehose", "inlet_aws_region": "eu-central-1"},
         "settings": {"inlet_settings": {"server.listen": ["127.0.0.1:1"], "sink.lake.enabled": False}}}

# Of the role only what is tagged "always" is run: that is what comes before anything is changed.
PLAY = [{"hosts": "all", "gather_facts": False, "roles": ["inlet"],
         "pre_tasks": [{"name": "Facts of a host", "tags": ["always"], "ansible.builtin.set_fact": {
             "cacheable": True, **{f"ansible_{name}": f"{{{{ fact_{name} }}}}" for name in (
                 "distribution", "distribution_version", "architecture", "service_mgr")}}}]}]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """One run for all cases, each a host of its own: what was said of those that were refused."""
    folder = tmp_path_factory.mktemp("ansible")
    facts = {"ansible_distribution": "Debian", "ansible_distribution_version": "12", "ansible_architecture": "x86_64",
             "ansible_service_mgr": "systemd"}
    hosts = {}
    for name, variables in [*((name, case[0]) for name, case in REFUSED.items()), *TAKEN.items()]:
        merged = {re.sub("^ansible_", "fact_", key): value for key, value in (facts | variables).items()}
        hosts[name.replace(" ", "_")] = {"ansible_connection": "local", **merged}
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (folder / "play.json").write_text(json.dumps(PLAY))
    done = run("ansible-playbook", "--check", "--forks", "4", "--tags", "only-always", "-i", folder / "inventory.json",
               folder / "play.json", folder=folder, env={"ANSIBLE_ROLES_PATH": str(ANSIBLE / "roles")})
    said = {host: json.loads(result).get("msg", result) for host, result in
            re.findall(r"^fatal: \[(\w+)\]: FAILED! => (\{.*\})$", done.stdout, re.MULTILINE)}
    taken = set(re.findall(r"^(\w+) +: .* unreachable=0 +failed=0 ", done.stdout, re.MULTILINE))
    assert said.keys() | taken == hosts.keys() and not said.keys() & taken, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr, "a secret was shown"
    return said


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_input_is_refused_with_a_message_that_names_it(outcomes, case):
    assert REFUSED[case][1] in outcomes.get(case.replace(" ", "_"), "taken")


@pytest.mark.parametrize("case", TAKEN)
def test_a_good_input_is_not_refused(outcomes, case):
    assert outcomes.get(case.replace(" ", "_")) is None
