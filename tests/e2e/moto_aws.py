"""moto_server as AWS: others' idea of it, with signatures and IAM checked when asked to."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import boto3
from botocore.config import Config

from aws_delivery import TYPES
from inlet_server import wait_until
from ports import free_port

REGION, ACCOUNT, BUCKET = "eu-central-1", "123456789012", "moto-lake"
BIN = pathlib.Path(sys.executable).parent
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]})


MAY_PUT = policy(("firehose:PutRecordBatch", "*"))  # moto compares the resource only for S3
MAY_PUT_S3 = policy((["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{BUCKET}/*"))


class Moto:
    def __init__(self, folder):
        self.port = free_port()
        self.folder = pathlib.Path(folder)
        self.url = f"http://127.0.0.1:{self.port}"
        self.region = REGION
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with (self.folder / "moto.log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**environment, "MOTO_CALL_RESET_API": "false"})
        wait_until(self._answers, 60, "moto_server")

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "moto.log").read_text()
        try:
            with urllib.request.urlopen(self.url + "/moto-api/data.json", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def _post(self, path, body):
        call = urllib.request.Request(self.url + path, body.encode(), {"Content-Type": "text/plain"})
        with urllib.request.urlopen(call, timeout=20) as response:
            return response.status

    def reset(self):
        self.relax()
        self._post("/moto-api/reset", "")

    def relax(self):
        self._post("/moto-api/reset-auth", "inf")

    def enforce(self):
        """From now on signatures and rights are checked."""
        self._post("/moto-api/reset-auth", "0")

    def client(self, service, key="root", secret="root", token=None, region=REGION):
        return boto3.client(service, endpoint_url=self.url, region_name=region, aws_access_key_id=key,
                            aws_secret_access_key=secret, aws_session_token=token,
                            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}))

    # An account

    def create_lake(self, streams=None):
        """A bucket, and a stream for each type that delivers into it."""
        self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for stream, prefix in (streams or {f"inlet-{name}": f"raw/type={name}/" for name in TYPES}).items():
            self.client("firehose").create_delivery_stream(
                DeliveryStreamName=stream, DeliveryStreamType="DirectPut", ExtendedS3DestinationConfiguration={
                    "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose", "BucketARN": f"arn:aws:s3:::{BUCKET}",
                    "Prefix": prefix})

    def create_user(self, name, document):
        """The environment of a process that runs as this user."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return environment(AWS_ACCESS_KEY_ID=made["AccessKeyId"], AWS_SECRET_ACCESS_KEY=made["SecretAccessKey"])

    def create_role(self, name, document):
        iam = self.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return role["Arn"]

    def reader(self):
        """The environment of somebody who may read the lake."""
        return self.create_user("reader", policy((["s3:ListBucket", "s3:GetObject"], "*")))

    def client_as(self, service, user):
        return self.client(service, user["AWS_ACCESS_KEY_ID"], user["AWS_SECRET_ACCESS_KEY"])


def environment(**more):
    return {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", **more}


def bucket_lines(s3, prefix="", bucket=BUCKET):
    """All lines of all objects."""
    lines = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            text = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            assert not text or text.endswith(b"\n"), item["Key"]
            lines += text.split(b"\n")[:-1]
    return lines
