"""docs/deploy.md: its commands are whole, and what it says by clicks is what Terraform makes."""

import re
import shutil
import subprocess

import pytest

from terraform import ROOT, SOURCE

TEXT = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
BLOCKS = [re.sub(r"^ {3}", "", body, flags=re.MULTILINE) if indent else body
          for indent, body in re.findall(r"^( *)```sh\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)]
# IAM has no regions, and S3 finds a bucket's by itself.
WITHOUT_REGION = ("iam", "s3")


def section(name):
    return re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]


def commands():
    """Every call of the AWS CLI, in a block or in a line of text."""
    spans = [span for span in re.findall(r"`(aws [^`]+)`", TEXT) if " --" in span]
    return spans + [line for block in BLOCKS for line in block.splitlines() if line.startswith("aws ")]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_each_block_is_a_clean_script(block):
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    # A folder that is not there, and a variable for later lines, are nothing to a person at a prompt.
    judged = subprocess.run(["shellcheck", "--shell=bash", "--exclude=SC2164,SC2034", "-"], input=block, capture_output=True, text=True,
                            check=False)
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(command.split()[:3]))
def test_each_command_of_the_aws_cli_says_its_region(command):
    assert command.split()[1] in WITHOUT_REGION or "--region " in command, command


def test_no_command_counts_on_the_name_that_a_deployment_has_by_default():
    assert [line for block in BLOCKS for line in block.splitlines() if "Values=inlet" in line] == []


def test_the_disk_by_clicks_is_mounted_by_the_names_that_terraform_uses():
    script = (SOURCE / "modules/collector/host/mount-journal.sh").read_text()
    (block,) = [block for block in BLOCKS if "mkfs" in block]
    folder = "/var/lib/inlet/journal"
    unit = re.search(r'journal-disk\.conf" <<UNIT\n(.*?)^UNIT$', script, re.MULTILINE | re.DOTALL)[1].replace("$2", folder)
    assert unit in block and "inlet.service.d/journal-disk.conf" in block
    assert "mkfs.ext4 -m 0 -L inlet-journal" in block and "mkfs.ext4 -q -m 0 -L inlet-journal" in script
    assert re.search(rf"UUID=.* {folder} ext4 noatime,nofail 0 2", block)


def test_by_clicks_an_instance_gets_the_rights_that_terraform_gives():
    role = (SOURCE / "modules/collector/role.tf").read_text()
    statements = re.search(r"metrics = \[.*?^  }$", role, re.MULTILINE | re.DOTALL)[0]
    actions = re.findall(r'"((?:cloudwatch|ssm|ssmmessages):[A-Z]\w+)"', statements)
    assert len(actions) == 6
    assert [action for action in actions if f"`{action}`" not in section("By clicks")] == []


def test_every_price_has_the_address_of_its_page():
    rows = re.findall(r"^\| (.*?\$.*?) \| (.*?) \|$", section("Costs"), re.MULTILINE)
    assert len(rows) == 9
    assert [price for price, source in rows if "](https://aws.amazon.com/" not in source] == []


def test_the_disk_that_an_instance_of_ha_leaves_is_in_the_table_of_costs():
    variables = (SOURCE / "variables.tf").read_text()
    gib = int(re.search(r'^variable "journal_gib" .*?default += (\d+)', variables, re.MULTILINE | re.DOTALL)[1])
    row = re.search(r"^\| `ha`: each instance that has ended, .*? \| ([\d.]+) \|", section("Costs"), re.MULTILINE)
    assert float(row[1]) == pytest.approx(gib * 0.08)
    assert "for each instance that has ever" in section("Take it away")


@pytest.mark.parametrize("profile", ["single", "ha"])
def test_the_costs_of_the_first_month_are_the_sum_of_the_rows(profile):
    def row(name):
        found = re.search(rf"^\| {re.escape(name)}.*? \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", section("Costs"), re.MULTILINE)
        return [float(cell) for cell in found.groups()]

    total = re.search(rf"^\| \*\*`{profile}`, first month\*\*.*$", section("Costs"), re.MULTILINE)[0]
    parts = [row(f"`{profile}`, fixed"), row("Firehose, packed"), row("S3: 26,000 PUTs"), row("S3: storage")]
    answers = row("answers out to the internet")
    alone, batched = (re.findall(pattern, total) for pattern in (r"\| \*\*(\d+)\*\* ", r"\(\*\*(\d+)\*\*\)"))
    assert len(alone) == len(batched) == 3
    for column in range(3):
        rest = sum(part[column] for part in parts)
        assert float(alone[column]) == pytest.approx(rest + answers[column], abs=0.6)
        assert float(batched[column]) == pytest.approx(rest + answers[column] / 100, abs=0.6)


def test_the_readme_needs_six_commands():
    block = re.search(r"^## On AWS.*?^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[1]
    assert len(re.split(r"\n|&&", block.strip())) <= 6
    assert "../smoke.py" in block
