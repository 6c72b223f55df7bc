"""What must hold for the rows at a destination, whatever happened on the way. Judged from outside: by what clients sent
and were told, under a name of its own for each event."""

import collections


def check_rows(rows, answered, unknown, repeats=0):
    """Nothing answered is lost, nothing is invented, the numbers of one node have no gap, a repeat has the id of the
    first. `unknown`: sent, and not answered with 200. Returns how many names came that were not answered."""
    counts = collections.Counter(row["eventName"] for row in rows)
    answered, unknown = set(answered), set(unknown)
    lost = answered - counts.keys()
    assert not lost, f"lost: {sorted(lost)[:10]}, {len(lost)} of {len(answered)}"
    assert counts.keys() <= answered | unknown, "a row that nobody sent"
    assert len(rows) - len(counts) <= repeats, f"{len(rows) - len(counts)} rows came again"
    numbers = {(row["node"], row["seq"], row["id"]) for row in rows}
    assert len(numbers) == len({row["id"] for row in rows}) == len(counts), "a repeat has another id or number"
    assert len({row["node"] for row in rows}) <= 1
    assert sorted(seq for _, seq, _ in numbers) == list(range(1, len(counts) + 1)), "the numbers have a gap"
    return len(counts.keys() - answered)
