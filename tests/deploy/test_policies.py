"""The judge of policies itself."""

import json

import pytest

from policies import too_wide


def judged(**statement):
    policy = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/k"], **statement}]}
    return too_wide([{"address": "r", "values": {"policy": json.dumps(policy)}}])


@pytest.mark.parametrize("statement", [
    {}, {"Resource": "arn:aws:s3:::b/raw/*"}, {"Action": "cloudwatch:PutMetricData", "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
    {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}},
    {"Resource": "arn:aws:autoscaling:r:1:autoScalingGroup:*:autoScalingGroupName/inlet"},
])
def test_what_is_narrow_or_cannot_be_narrower_passes(statement):
    assert judged(**statement) == []


@pytest.mark.parametrize("statement", [
    {"Action": "s3:*"}, {"Action": "s3:Get*"}, {"Action": "*"}, {"Resource": "*"}, {"Resource": "arn:aws:s3:::*"},
    {"Resource": "arn:aws:s3:::*/raw/*"}, {"Resource": "arn:aws:s3:::b/*"}, {"NotAction": "s3:DeleteObject"}, {"Principal": "*"},
    {"Action": ["cloudwatch:PutMetricData", "s3:GetObject"], "Resource": "*"},
    {"Resource": "arn:aws:autoscaling:r:1:autoScalingGroup:*:autoScalingGroupName/*"},
])
def test_what_is_wide_is_found(statement):
    assert judged(**statement)
