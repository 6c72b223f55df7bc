"""The three quotas of a Firehose stream: records, requests and raw bytes per second, as token buckets of one second."""

import dataclasses


@dataclasses.dataclass
class Quota:
    """Per second; 0: none. https://docs.aws.amazon.com/firehose/latest/dev/limits.html"""

    records: int = 0
    requests: int = 0
    bytes: int = 0


class Buckets:
    def __init__(self, quota, clock):
        self.quota, self.clock = quota, clock
        self.left = dataclasses.asdict(quota)
        self.filled_at = clock()

    def _fill(self):
        now = self.clock()
        for name, rate in dataclasses.asdict(self.quota).items():
            self.left[name] = min(rate, self.left[name] + rate * (now - self.filled_at))
        self.filled_at = now

    def _take(self, **amounts):
        if any(getattr(self.quota, name) and self.left[name] < amount for name, amount in amounts.items()):
            return False
        for name, amount in amounts.items():
            self.left[name] -= amount
        return True

    def admit(self, sizes):
        """Whether each record of a request is taken. A record that does not fit may be followed by one that does."""
        self._fill()
        if not self._take(requests=1):
            return [False] * len(sizes)
        return [self._take(records=1, bytes=size) for size in sizes]
