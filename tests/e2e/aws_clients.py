"""boto3 clients for the stand-ins of AWS, that repeat nothing by themselves and see nothing of the host's account."""

import boto3
from botocore.config import Config

from fake_aws import app


def client(service, url, key=app.KEY, secret=app.SECRET, token=None, region="eu-central-1", attempts=1, style="path", **more):
    config = Config(retries={"total_max_attempts": attempts}, connect_timeout=5, read_timeout=2, parameter_validation=False,
                    s3={"addressing_style": style})
    return boto3.client(service, endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
                        aws_session_token=token, config=config, **more)
