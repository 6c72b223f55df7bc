"""The lake alone in moto: taken away as docs/deploy.md says, its bucket stays, whole, and can be taken over again."""

import json
import os
import re
import subprocess

import pytest

from inlet_server import clean_environment
from moto_aws import BIN, bucket_lines, environment
from terraform import ROOT, Terraform
from test_terraform_moto import BUCKET_POLICY, PROVIDER, REGION, SERVICES

pytestmark = pytest.mark.timeout(1500)  # terraform twice and more in a test
NAME = "inlet-kept"


def blocks(section):
    """The shell blocks of a section of docs/deploy.md."""
    text = (ROOT / "docs/deploy.md").read_text()
    found = re.search(rf"^## {section}\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^```sh\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)


class Kept:
    """What is in the bucket, and who writes there; without saved queries, which moto cannot delete."""

    def __init__(self, folder, account):
        self.account = account
        image = self.client("ec2").describe_images()["Images"][0]["ImageId"]
        self.terraform = Terraform(folder / "terraform", {"region": REGION, "name": NAME, "package": "tests/fixtures/stand-in.deb",
                                                          "athena": False, "ami_id": image})
        self.terraform.write("providers_override.tf", PROVIDER.format(
            endpoints="\n".join(f'    {service} = "{account.url}"' for service in SERVICES)))
        self.terraform.write("modules/lake/bucket_override.tf", BUCKET_POLICY)
        self.terraform.init()
        self.apply()
        self.bucket = [item["Name"] for item in self.client("s3").list_buckets()["Buckets"]][0]
        self.client("s3").put_object(Bucket=self.bucket, Key="raw/type=track/dt=2026-11-27/a.ndjson", Body=b"{}\n")

    def client(self, service):
        return self.account.client(service, region=REGION)

    def apply(self):
        self.terraform.run("apply", "-auto-approve", "-input=false", "-target=module.lake", "-target=aws_s3_object.package")

    def protection(self):
        """What stands between the rows and the world."""
        s3, name = self.client("s3"), {"Bucket": self.bucket}
        return {
            "public access": s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"],
            "policy": json.loads(s3.get_bucket_policy(**name)["Policy"]),
            "owner": s3.get_bucket_ownership_controls(**name)["OwnershipControls"],
            "encryption": s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"],
            "versions": s3.get_bucket_versioning(**name)["Status"],
            "lifecycle": [rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(**name)["Rules"]],
        }

    def pasted(self, commands):
        """As somebody does it in deploy/terraform, with the name and the region of this deployment."""
        commands = re.sub(r"^name=inlet region=eu-central-1 ", f"name={NAME} region={REGION} ", commands, flags=re.MULTILINE)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=self.terraform.folder, capture_output=True, text=True,
                              timeout=800, check=False, stdin=subprocess.DEVNULL, env=clean_environment({
                                  **environment(AWS_ACCESS_KEY_ID="root", AWS_SECRET_ACCESS_KEY="root"), "AWS_REGION": "eu-west-3",
                                  "AWS_DEFAULT_REGION": "eu-west-3", "AWS_ENDPOINT_URL": self.account.url, "TF_CLI_CONFIG_FILE": os.devnull,
                                  "TF_CLI_ARGS_destroy": "-auto-approve -no-color", "PATH": f"{BIN}:{os.environ['PATH']}"}))
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def kept(tmp_path_factory, moto_server):
    moto_server.reset()
    yield Kept(tmp_path_factory.mktemp("kept"), moto_server)
    moto_server.reset()


def test_what_runs_on_is_listed_whatever_the_region_of_the_shell(kept):
    look, take, left = blocks("Take it away")
    assert "terraform destroy" in take
    assert kept.pasted(look).strip() == "[]"
    kept.client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=20, TagSpecifications=[
        {"ResourceType": "volume", "Tags": [{"Key": "Project", "Value": NAME}]}])
    listed = kept.pasted(left)
    assert f"arn:aws:s3:::{kept.bucket}" in listed and f'"{NAME}-firehose-{REGION}"' in listed and "vol-" in listed, listed


def test_the_bucket_stays_with_its_rows_and_its_protection(kept):
    before = kept.protection()
    assert set(before["public access"].values()) == {True} and before["policy"]["Statement"]
    out = kept.pasted(blocks("Take it away")[1])
    assert "Destroy complete!" in out
    assert kept.protection() == before
    assert bucket_lines(kept.client("s3"), "raw/", kept.bucket) == [b"{}"]
    assert kept.terraform.run("state", "list").stdout.split() == []
    assert kept.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    listed = kept.pasted(blocks("Take it away")[2])
    assert "firehose" not in listed and kept.bucket in listed, listed


def test_a_new_deployment_takes_the_bucket_over(kept):
    before = kept.protection()
    kept.terraform.run("import", "-input=false", "module.lake.aws_s3_bucket.lake", kept.bucket)
    kept.apply()
    assert kept.protection() == before
    assert bucket_lines(kept.client("s3"), "raw/", kept.bucket) == [b"{}"]
