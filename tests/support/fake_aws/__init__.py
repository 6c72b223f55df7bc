"""A strict stand-in for AWS: Firehose, S3, STS and the two credential services of hosts, on one port of the loopback.

It refuses what AWS refuses, with the errors of AWS, checks every signature, fails on request (faults.py) and keeps
the books (ledger.py). tests/e2e/test_fake_aws.py holds it against boto3.

    with FakeAws(streams=["inlet-track"], buckets=["lake"]) as aws:
        ...  # aws.url is the endpoint, aws.environment() the credentials
        aws.firehose.rows("inlet-track")
"""

from fake_aws.app import FakeAws
from fake_aws.faults import Fault
from fake_aws.quota import Quota

__all__ = ["FakeAws", "Fault", "Quota"]
