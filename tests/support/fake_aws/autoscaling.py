"""The lifecycle hooks of EC2 Auto Scaling, as an instance that ends sees them."""

import time

from fake_aws.errors import AwsError
from fake_aws.query import QueryService


class AutoScaling(QueryService):
    name, model_name = "autoscaling", "autoscaling"

    def __init__(self, app):
        super().__init__(app)
        self.waiting = set()      # (group, hook, instance): in the state Terminating:Wait
        self.heartbeats = []      # times
        self.completed = []       # "CONTINUE" or "ABANDON"

    def announce(self):
        """The instance of the metadata service is to end. First it is taken from its load balancer: no hook waits yet."""
        self.app.metadata.lifecycle_state = "Terminated"

    def wait_in(self, group, hook):
        """The load balancer has let the instance go, and it waits in this hook."""
        self.waiting.add((group, hook, self.app.metadata.instance_id))

    def terminate(self, group, hook):
        """Both, without a load balancer."""
        self.wait_in(group, hook)
        self.announce()

    def _waiting(self, parameters):
        wanted = (parameters["AutoScalingGroupName"], parameters["LifecycleHookName"], parameters.get("InstanceId"))
        if wanted not in self.waiting:
            raise AwsError("ValidationError", f"No active Lifecycle Action found with instance ID {wanted[2]}")
        return wanted

    def RecordLifecycleActionHeartbeat(self, parameters):
        self._waiting(parameters)
        self.heartbeats.append(time.monotonic())
        return "<RecordLifecycleActionHeartbeatResult/>"

    def CompleteLifecycleAction(self, parameters):
        if parameters["LifecycleActionResult"] not in ("CONTINUE", "ABANDON"):
            raise AwsError("ValidationError", "LifecycleActionResult")
        self.waiting.remove(self._waiting(parameters))
        self.completed.append(parameters["LifecycleActionResult"])
        return "<CompleteLifecycleActionResult/>"
