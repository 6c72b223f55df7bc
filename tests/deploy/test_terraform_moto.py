"""A deployment's whole life in moto, which is others' idea of AWS: made, unchanged by a second look, used by the real program
with the rights of its role, and taken away."""

import base64
import json
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from aws_delivery import lane
from inlet_server import run_inlet, wait_until
from moto_aws import BIN, bucket_lines, environment
from policies import policies, too_wide
from terraform import ROOT, Terraform, changes, resources, why_not
from test_moto import check_demo, demo

REGION = "us-east-1"
ROLE = ROOT / "deploy/ansible/roles/inlet"
SERVICES = ["autoscaling", "athena", "cloudwatch", "ec2", "elbv2", "firehose", "glue", "iam", "logs", "route53", "s3", "sns", "ssm",
            "sts"]
PROVIDER = """
provider "aws" {{
  access_key                  = "root"
  secret_key                  = "root"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  endpoints {{
{endpoints}
  }}
}}
"""
# moto does not look at conditions: this policy, which denies all that is not TLS, would deny all.
BUCKET_POLICY = """
resource "aws_s3_bucket_policy" "lake" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:DeleteBucketWebsite", Resource = local.bucket_arn }]
  })
}
"""
# The provider watches rules of lifecycle for a minute until it believes them: once, with the profile "single", is enough.
NO_LIFECYCLE = """
resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  count = 0
}
"""
# What moto forgets or makes up, so that a plan wants it again. AWS keeps all of these.
FORGOTTEN = {
    "module.collector.aws_autoscaling_group.this[0]": {"default_instance_warmup", "launch_template"},
    "module.collector.aws_autoscaling_policy.cpu[0]": {"enabled"},
    "module.collector.aws_launch_template.this[0]": {"default_version", "latest_version", "tag_specifications"},
    'module.collector.aws_vpc_security_group_egress_rule.balancer["8080"]': {"description"},
    'module.collector.aws_vpc_security_group_ingress_rule.from_balancer["8080"]': {"description"},
}

pytestmark = pytest.mark.timeout(1800)


class Deployment:
    def __init__(self, folder, account, profile):
        self.account, self.profile = account, profile
        self.name = f"inlet-{profile}"
        self.terraform = Terraform(folder / "terraform")
        self.terraform.write("providers_override.tf", PROVIDER.format(
            endpoints="\n".join(f'    {service} = "{account.url}"' for service in SERVICES)))
        self.terraform.write("modules/lake/bucket_override.tf", BUCKET_POLICY + (NO_LIFECYCLE if profile == "ha" else ""))
        image = self.client("ec2").describe_images()["Images"][0]["ImageId"]  # moto has no parameters of Canonical
        self.terraform.set(region=REGION, name=self.name, profile=profile, package="tests/fixtures/stand-in.deb", ami_id=image,
                           tags={"CostCenter": "analytics"}, alarm_email="ops@example.com", destroy_wait_s=1)
        self.terraform.init().apply()
        self.resources = resources(self.terraform.state()["values"]["root_module"])
        self.outputs = self.terraform.outputs()
        self.bucket = self.outputs["bucket"]

    def client(self, service):
        return self.account.client(service, region=REGION)

    def user_data(self):
        """What an instance is given, as EC2 has it."""
        ec2 = self.client("ec2")
        if self.profile == "ha":
            version = ec2.describe_launch_template_versions(LaunchTemplateName=self.name)["LaunchTemplateVersions"][0]
            encoded = version["LaunchTemplateData"]["UserData"]
        else:
            encoded = ec2.describe_instance_attribute(InstanceId=self.instances()[0]["InstanceId"],
                                                      Attribute="userData")["UserData"]["Value"]
        return base64.b64decode(encoded).decode()

    def instances(self):
        found = self.client("ec2").describe_instances(Filters=[{"Name": "tag:Project", "Values": [self.name]}])
        return [instance for group in found["Reservations"] for instance in group["Instances"]]

    def role_environment(self):
        """Of a process that may do what an instance may do."""
        iam, role = self.client("iam"), f"{self.name}-instance-{REGION}"
        iam.create_user(UserName="instance")
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            iam.put_user_policy(UserName="instance", PolicyName=name, PolicyDocument=json.dumps(as_moto_reads(document)))
        key = iam.create_access_key(UserName="instance")["AccessKey"]
        return {**environment(), "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def as_moto_reads(document):
    """moto compares resources for S3 alone, and calls CloudWatch "monitoring". (policies.py judges what stands there.)"""
    for statement in document["Statement"]:
        actions = statement["Action"]
        statement["Action"] = [action.replace("cloudwatch:", "monitoring:") for action in actions]
        if not any(action.startswith("s3:") for action in actions):
            statement["Resource"] = "*"
    return document


@pytest.fixture(scope="module")
def instance_user(deployment):
    return deployment.role_environment()


@pytest.fixture(scope="module", params=["single", "ha"])
def deployment(request, tmp_path_factory, moto_server):
    moto_server.reset()
    yield Deployment(tmp_path_factory.mktemp("deployment"), moto_server, request.param)
    moto_server.reset()


def test_a_second_plan_changes_nothing(deployment):
    planned = changes(deployment.terraform.plan())
    for address, attributes in FORGOTTEN.items():
        if address in planned and planned[address] <= attributes:
            del planned[address]
    assert planned == {}


def test_a_larger_journal_grows_the_disk_in_place(deployment):
    deployment.terraform.set(journal_gib=30)
    try:
        plan = deployment.terraform.plan()
    finally:
        deployment.terraform.set(journal_gib=20)
    actions = {item["address"].removeprefix("module.collector."): item["change"]["actions"] for item in plan["resource_changes"]}
    if deployment.profile == "single":
        assert actions["aws_ebs_volume.journal[0]"] == ["update"]
        assert actions["aws_instance.this[0]"] == ["delete", "create"]
    else:
        assert actions["aws_launch_template.this[0]"] == ["update"] and actions["aws_autoscaling_group.this[0]"] == ["update"]


def test_all_that_can_have_tags_has_them(deployment):
    wanted = {"Project": deployment.name, "ManagedBy": "terraform", "CostCenter": "analytics"}
    tagged = 0
    for resource in deployment.resources:
        if "tags_all" in resource["values"]:
            assert wanted.items() <= resource["values"]["tags_all"].items(), resource["address"]
            tagged += 1
    assert tagged >= 30
    # What EC2 and Auto Scaling make by themselves. (moto does not give a launch template's tags to disks; that they stand
    # there is told by collector.tftest.hcl.)
    assert deployment.instances()
    found = deployment.instances()
    if deployment.profile == "single":
        disks = [mapping["Ebs"]["VolumeId"] for instance in found for mapping in instance["BlockDeviceMappings"]]
        found += deployment.client("ec2").describe_volumes(VolumeIds=disks)["Volumes"]
    for item in found:
        assert wanted.items() <= {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}.items(), item


def test_no_policy_is_wider_than_it_must_be(deployment):
    assert len(list(policies(deployment.resources))) >= 7
    assert too_wide(deployment.resources) == []


def test_outputs_say_where_everything_is(deployment):
    outputs = deployment.outputs
    assert outputs["streams"] == {kind: f"{deployment.name}-{kind}" for kind in ("track", "alias", "profile")}
    listed = deployment.client("firehose").list_delivery_streams()["DeliveryStreamNames"]
    assert sorted(listed) == sorted(outputs["streams"].values())
    assert outputs["workgroup"] == deployment.name and outputs["database"] == deployment.name.replace("-", "_")
    assert outputs["ui"] == outputs["endpoint"] + "/ui/" and outputs["address"] in outputs["endpoint"]
    assert outputs["endpoint"] in outputs["curl"]
    assert "aws ssm start-session" in outputs["connect"]
    topics = [topic["TopicArn"] for topic in deployment.client("sns").list_topics()["Topics"]]
    assert topics == [outputs["alarm_topic"]]
    if deployment.profile == "single":
        assert deployment.instances()[0]["InstanceId"] in outputs["connect"]


def test_the_curl_line_of_the_outputs_stores_an_event(deployment, start_server):
    """Pasted into a shell, with a server here in place of the one there."""
    server = start_server()
    line = deployment.outputs["curl"].replace(deployment.outputs["endpoint"], server.url)
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0 and '"accepted":1' in done.stdout, (line, done)
    server.lake_rows(1)


def test_alarms_and_dashboard_are_there(deployment):
    cloudwatch = deployment.client("cloudwatch")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    assert len(alarms) == 5 + 3 * 4 + 2  # of inlet, of the streams, of the instance or the load balancer
    assert all(deployment.outputs["alarm_topic"] in alarm["AlarmActions"] for alarm in alarms)
    assert [entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]] == [deployment.name]


def test_user_data_is_a_script_and_holds_no_secret(deployment, tmp_path):
    text = deployment.user_data()
    (tmp_path / "user-data").write_text(text)
    subprocess.run(["bash", "-n", tmp_path / "user-data"], check=True)
    assert len(text) <= 16384
    assert "${" not in re.sub(r"\$\{(?:AWS_\w+|MOUNT_\w+|#?\w+\[@\]|\w+(?:[:/#%-].*?)?)\}", "", text), "a placeholder is left"


def configuration(text):
    return re.search(r"<<'CONFIGURATION'.*?\n(.*?)^CONFIGURATION$", text, re.MULTILINE | re.DOTALL)[1]


def test_the_inventory_makes_ansible_write_the_same_configuration(deployment, tmp_path):
    if deployment.profile == "ha":
        assert "ansible_inventory" not in deployment.outputs  # its instances come and go
        return
    inventory = yaml.safe_load(deployment.outputs["ansible_inventory"])
    host = inventory["inlet"]["hosts"][deployment.name]
    assert (host["ansible_host"], host["ansible_user"]) == (deployment.outputs["address"], "ubuntu")
    # The role's defaults stand below what a host has, as they do in a role.
    inventory["all"] = {"vars": {**yaml.safe_load((ROLE / "defaults/main.yml").read_text()), "ansible_python_interpreter": sys.executable}}
    (tmp_path / "inventory.json").write_text(json.dumps(inventory))
    play = [{"hosts": "inlet", "connection": "local", "gather_facts": False, "vars_files": [ROLE / "vars/main.yml"],
             "tasks": [{"ansible.builtin.template": {"src": ROLE / "templates/inlet.toml.j2", "dest": tmp_path / "inlet.toml"}}]}]
    (tmp_path / "play.json").write_text(json.dumps(play, default=str))
    done = subprocess.run([BIN / "ansible-playbook", "-i", tmp_path / "inventory.json", tmp_path / "play.json"], capture_output=True, text=True,
                          timeout=100, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "ANSIBLE_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert tomllib.loads((tmp_path / "inlet.toml").read_text()) == tomllib.loads(configuration(deployment.user_data()))


def test_rows_posted_to_inlet_as_it_is_configured_arrive_in_the_bucket(deployment, instance_user, start_server, tmp_path):
    config = tmp_path / "inlet.toml"
    config.write_text(configuration(deployment.user_data()))
    judged = run_inlet("config", "--config", config)
    assert judged.returncode == 0, judged.stderr
    cloudwatch = deployment.client("cloudwatch")
    deployment.account.enforce()
    try:
        server = start_server(env={**instance_user, "INLET_CONFIG": str(config)}, **{
            "aws.endpoint_url": deployment.account.url, "sink.firehose.linger_ms": 50, "metrics.cloudwatch.interval_s": 1})
        demo(server)
        for kind in ("track", "alias", "profile"):
            wait_until(lambda kind=kind: lane(server, f"firehose-{kind}")["pending"] == 0, what=f"delivery of {kind}")
    finally:
        deployment.account.relax()
    wait_until(lambda: cloudwatch.list_metrics(Namespace="inlet")["Metrics"], what="inlet's gauges")
    server.terminate()
    assert "cannot be published" not in server.log_text()
    check_demo(bucket_lines(deployment.client("s3"), "raw/type=", deployment.bucket))
    published = cloudwatch.list_metrics(Namespace="inlet")["Metrics"]
    watched = {alarm["MetricName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"] if alarm.get("Namespace") == "inlet"}
    assert watched <= {metric["MetricName"] for metric in published}
    assert all(metric["Dimensions"] == [{"Name": "Deployment", "Value": deployment.name}] for metric in published)


def test_the_package_is_read_with_the_rights_of_the_instance_and_nothing_else_is(deployment, instance_user, tmp_path):
    key = re.search(r"^package_key='(.*)'$", deployment.user_data(), re.MULTILINE)[1]

    def copy(name):
        return subprocess.run([BIN / "aws", "--endpoint-url", deployment.account.url, "s3api", "get-object", "--bucket",
                               deployment.bucket, "--key", name, tmp_path / "got"], env=instance_user, capture_output=True, text=True,
                              timeout=60, check=False)

    other = deployment.client("s3").put_object(Bucket=deployment.bucket, Key="raw/type=track/other", Body=b"{}\n")
    deployment.account.enforce()
    try:
        got, refused = copy(key), copy("raw/type=track/other")
    finally:
        deployment.account.relax()
        # This version, which leaves no marker: moto cannot remove one.
        deployment.client("s3").delete_object(Bucket=deployment.bucket, Key="raw/type=track/other", VersionId=other["VersionId"])
    assert got.returncode == 0, got.stderr
    assert (tmp_path / "got").read_bytes() == (ROOT / "deploy/terraform/tests/fixtures/stand-in.deb").read_bytes()
    assert refused.returncode != 0 and "AccessDenied" in refused.stderr, refused.stderr


def test_destroy_leaves_the_rows(deployment):
    """Afterwards nothing but the bucket is there."""
    terraform = deployment.terraform
    rows = len(bucket_lines(deployment.client("s3"), "raw/", deployment.bucket))
    assert rows > 0
    # moto cannot delete these.
    terraform.run("state", "rm", *(address for address in terraform.run("state", "list").stdout.splitlines() if "aws_athena_named_query" in address))
    refused = terraform.run("destroy", "-auto-approve", check=False)
    assert refused.returncode != 0 and "BucketNotEmpty" in refused.stderr, refused.stdout + refused.stderr
    collector = "aws_instance" if deployment.profile == "single" else "aws_autoscaling_group"
    last = [refused.stdout.index(f"module.collector.{collector}.this[0]: Destruction complete"),
            refused.stdout.index("module.collector.terraform_data.way_out: Provisioning with 'local-exec'"),
            refused.stdout.index("module.collector.terraform_data.way_out: Destruction complete"),
            refused.stdout.index("module.lake.aws_kinesis_firehose_delivery_stream.rows[\"track\"]: Destroying...")]
    assert last == sorted(last), refused.stdout
    assert len(bucket_lines(deployment.client("s3"), "raw/", deployment.bucket)) == rows
    left = [line for line in terraform.run("state", "list").stdout.splitlines() if ".data." not in line
            and not line.startswith("data.")]
    assert left == ["module.lake.aws_s3_bucket.lake"]
    if deployment.profile == "single":
        snapshots = deployment.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
        assert [True for snapshot in snapshots if {"Key": "Name", "Value": f"{deployment.name}-journal"} in
                snapshot.get("Tags", [])] == [True]


@pytest.mark.long
def test_a_forced_destroy_takes_the_rows_too(deployment):
    """The last test: afterwards nothing is there."""
    terraform = deployment.terraform
    terraform.set(force_destroy=True)
    terraform.run("apply", "-auto-approve", "-target=module.lake.aws_s3_bucket.lake")
    terraform.run("destroy", "-auto-approve")
    assert terraform.run("state", "list").stdout.split() == []
    assert deployment.bucket not in [bucket["Name"] for bucket in deployment.client("s3").list_buckets()["Buckets"]]
