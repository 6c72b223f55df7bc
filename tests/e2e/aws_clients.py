"""boto3 clients for the stand-ins of AWS, that repeat nothing by themselves and see nothing of the host's account."""

import http.client

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from fake_aws import app


def client(service, url, key=app.KEY, secret=app.SECRET, token=None, region="eu-central-1", style="path", **more):
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=2, parameter_validation=False,
                    s3={"addressing_style": style})
    return boto3.client(service, endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
                        aws_session_token=token, config=config, **more)


def put(firehose, *contents, stream="inlet-track"):
    return firehose.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": content} for content in contents])


def refused(call, *arguments, **members):
    """(code, HTTP status, message) of the refusal."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*arguments, **members)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def raw_call(aws, headers, body, method="POST", path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=10)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()
