"""deploy/terraform without an account: format, validity, its own tests with a mocked provider, and what a plan shows."""

import re
import shutil
import subprocess

import pytest

from terraform import ROOT, SOURCE, Terraform, why_not

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
