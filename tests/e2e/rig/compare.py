# SPDX-License-Identifier: Apache-2.0
"""Is everything that the source has in the receiver, to the bit?"""

import time

from . import series
from .processes import PATIENCE


class Missing:
    """A sample of the source, and what the receiver has at its time."""

    def __init__(self, key, timestamp, bits, there):
        self.key = key
        self.timestamp = timestamp
        self.bits = bits
        self.there = there

    def __str__(self):
        there = "nothing" if self.there is None else f"{self.there:#018x}"
        return (f"{series.show(self.key)} at {self.timestamp}: "
                f"{self.bits:#018x}, received {there}")


def missing(source, receiver, limit=None):
    """The samples of ${source} that ${receiver} has not, values compared by
    their bits; at most ${limit} of them."""
    result = []
    for key in list(source.series):
        wanted = set(source.samples(key))
        lost = wanted.difference(receiver.samples(key))
        if not lost:
            continue
        there = dict(receiver.samples(key))
        result += [Missing(key, at, bits, there.get(at))
                   for at, bits in sorted(lost)]
        if limit and len(result) >= limit:
            return result[:limit]
    return result


def _close(bits, other):
    """Whether VictoriaMetrics may return ${other} for ${bits}."""
    want, got = series.float_of(bits), series.float_of(other)
    return want == got or abs(want - got) <= 1e-12 * max(1, abs(want))


def missing_nearly(source, receiver, limit=None):
    """The same where a receiver keeps no bits: timestamps equal, values
    within 1e-12, NaN not asked for."""
    result = []
    for key in list(source.series):
        there = dict(receiver.samples(key))
        for at, bits in source.samples(key):
            got = there.get(at)
            if series.is_nan(bits) or (
                    got is not None and _close(bits, got)):
                continue
            result.append(Missing(key, at, bits, got))
        if limit and len(result) >= limit:
            return result[:limit]
    return result


def explain(lost, source, shown=8):
    """A text about ${lost} that helps to find the reason."""
    times = [one.timestamp for one in lost]
    lines = [f"{len(lost)} of {source.count()} samples are missing, "
             f"from {min(times)} to {max(times)}"]
    return "\n".join(lines + [str(one) for one in lost[:shown]])


def delivered(source, read_receiver, seconds, how=missing):
    """Wait until the receiver has all of ${source}; return the number of
    samples compared.  ${read_receiver}() returns what it has now.  After
    ${seconds} an AssertionError names what is missing."""
    assert source.count() > 0, "the source has no samples at all"
    end = time.monotonic() + seconds * PATIENCE
    while True:
        late = time.monotonic() > end
        lost = how(source, read_receiver())
        if not lost:
            return source.count()
        if late:
            raise AssertionError(explain(lost, source))
        time.sleep(0.5)
