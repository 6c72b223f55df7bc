"""deploy/terraform without an account: format, validity, its own tests with a mocked provider, and what a plan shows."""

import re
import shutil
import subprocess

import pytest

import user_data
from terraform import ROOT, SOURCE, Terraform, why_not

pytestmark = pytest.mark.timeout(1800)  # each starts the provider, which is large

TESTS = sorted(path.name for path in (SOURCE / "tests").glob("*.tftest.hcl"))
QUERIES = SOURCE / "modules/lake/queries"


@pytest.fixture(scope="module")
def initialised(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    return Terraform(tmp_path_factory.mktemp("terraform") / "copy").init()


def test_files_are_formatted():
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    done = subprocess.run(["terraform", "fmt", "-check", "-diff", "-recursive", SOURCE], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout


def test_it_is_valid(initialised):
    initialised.run("validate")


@pytest.mark.parametrize("name", TESTS)
def test_its_own_tests_pass(initialised, name):
    done = initialised.run("test", f"-filter=tests/{name}", check=False)
    print(done.stdout[-300:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", done.stdout), done.stdout


def test_instances_are_there_after_all_that_their_last_row_needs_and_gone_before_it(initialised):
    """An edge of the graph: made after, and taken away before."""
    edges = {}
    for name, needed in re.findall(r'^ +"(\S+)" -> "(\S+)";$', initialised.run("graph").stdout, re.MULTILINE):
        edges.setdefault(name.removeprefix("module.collector."), set()).add(needed.removeprefix("module.collector."))

    def needs(name):
        found, left = set(), [name]
        while left:
            new = edges.get(left.pop(), set()) - found
            found |= new
            left += new
        return found

    way_out = {"aws_route.internet", "aws_route_table_association.public", "aws_vpc_endpoint.s3", "aws_iam_role_policy.instance",
               "aws_vpc_security_group_egress_rule.instance", "module.lake.aws_kinesis_firehose_delivery_stream.rows",
               "module.lake.aws_iam_role_policy.firehose", "module.lake.aws_s3_bucket.lake", "terraform_data.way_out"}
    assert way_out <= needs("aws_instance.this")
    assert way_out | {"aws_iam_role_policy.lifecycle"} <= needs("aws_autoscaling_group.this")
    # What waits for the streams stands between them and the instances.
    assert "module.lake.aws_kinesis_firehose_delivery_stream.rows" in needs("terraform_data.way_out")
    # The instance is stopped for its disk to be taken away, and has its address until then.
    assert {"aws_eip_association.this", "aws_instance.this"} <= needs("aws_volume_attachment.journal")


def test_the_lock_file_knows_the_provider_for_linux_and_darwin():
    """Each platform's archive has a zh: hash, which is what a download is checked against."""
    text = (SOURCE / ".terraform.lock.hcl").read_text()
    assert re.findall(r'^provider "(.*)"', text, re.MULTILINE) == ["registry.terraform.io/hashicorp/aws"]
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', text))) >= 14
    assert len(set(re.findall(r'"h1:[\w+/=]{44}"', text))) >= 1


def test_every_variable_but_the_package_has_a_default_and_none_takes_anything():
    for block in re.findall(r'^variable ".*?^}', (SOURCE / "variables.tf").read_text(), re.MULTILINE | re.DOTALL):
        name = re.match(r'variable "(\w+)"', block)[1]
        assert "description = " in block, name
        assert re.search(r"^  default +=", block, re.MULTILINE) or name == "package", name
        assert "validation {" in block or re.search(r"type += bool", block), f"{name} takes anything"


def test_the_example_names_variables_that_exist():
    names = set(re.findall(r'^variable "(\w+)"', (SOURCE / "variables.tf").read_text(), re.MULTILINE))
    text = (SOURCE / "terraform.tfvars.example").read_text()
    used = set(re.findall(r"^(?:# )?(\w+) +=", text, re.MULTILINE))
    assert used and used <= names, used - names


def test_saved_queries_are_those_of_the_documentation():
    documented = " ".join((ROOT / "docs/lake.md").read_text().split())
    for path in sorted(QUERIES.glob("*.sql")):
        assert " ".join(path.read_text().split()).rstrip(";") in documented, path.name


def test_user_data_is_a_clean_script_and_takes_no_input_for_code(tmp_path):
    """Quotes in what the inputs allow would end a string of the script: the inputs refuse them, see inputs.tftest.hcl."""
    if reason := user_data.why_not():
        pytest.skip(reason)
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    package = SOURCE / "tests/fixtures/stand-in.deb"
    for values in ({}, {"domain": "events.example.com", "acme_email": "o@example.com", "acme_server": "https://a.example/d"},
                   {"group": "inlet", "drain_hook": "drain", "launch_hook": "launch"}, {"tls_certificate": "/inlet/chain", "tls_key": "/inlet/key"}):
        script = tmp_path / "user-data"
        script.write_text(user_data.rendered(package, config='log.format = "json"\n', **values))
        subprocess.run(["bash", "-n", script], check=True)
        judged = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout


def test_every_alarm_has_its_line_in_the_documentation():
    """Names end in the keys of these tables."""
    text = (SOURCE / "modules/monitoring/alarms.tf").read_text()
    documented = (ROOT / "docs/deploy.md").read_text()
    keys = re.findall(r'^ +([\w-]+) += \{\s*(?:metric =|metric  =)', text, re.MULTILINE)
    keys += [name for name in ("quota", "conversion") if f'"${{each.value}}-{name}"' in text]
    assert len(keys) >= 12, keys
    for key in keys:
        assert f"`NAME-{key}`" in documented or f"`STREAM-{key}`" in documented, key
