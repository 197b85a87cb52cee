# SPDX-License-Identifier: Apache-2.0
"""Many series with their samples, values kept as their 64 bits."""

import array
import struct

STALE = 0x7FF0000000000002
_EXPONENT = 0x7FF0000000000000
_SIGN = 1 << 63


def bits_of(value):
    """The bits of a float."""
    return struct.unpack("<Q", struct.pack("<d", value))[0]


def float_of(bits):
    """The float of its bits; for what is not NaN, since those lose theirs."""
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def is_nan(bits):
    """Whether any NaN, a stale marker among them."""
    return bits & ~_SIGN > _EXPONENT


def show(key):
    """A series as Prometheus writes it."""
    labels = dict(key)
    name = labels.pop("__name__", "")
    inner = ",".join(f'{one}="{value[:40]}"' for one, value in labels.items())
    return f"{name}{{{inner}}}"


class Store:
    """Samples by series.  A series is the tuple of its (name, value) pairs,
    sorted by name; its samples are two arrays, timestamps and bits, in the
    order in which they came.  One thread may add while another reads."""

    def __init__(self):
        self.series = {}

    def add(self, key, timestamp, bits):
        held = self.series.get(key)
        if held is None:
            held = self.series[key] = (array.array("q"), array.array("Q"))
        # Readers zip the two: the shorter one must be the last to grow.
        held[0].append(timestamp)
        held[1].append(bits)

    def samples(self, key):
        """(timestamp, bits) pairs of a series; none of an unknown one."""
        held = self.series.get(key)
        return zip(*held) if held else iter(())

    def merge(self, other):
        """Add all that ${other} holds and this does not."""
        for key in list(other.series):
            have = set(self.samples(key))
            for sample in other.samples(key):
                if sample not in have:
                    self.add(key, *sample)

    def without(self, entries):
        """A Store with the same samples but ${entries}: (series, timestamp,
        bits)."""
        left_out = set(entries)
        result = Store()
        for key in self.series:
            for sample in self.samples(key):
                if (key, *sample) not in left_out:
                    result.add(key, *sample)
        return result

    def relabelled(self, change):
        """A Store with the same samples, each series named by
        ${change}(labels as a dict), which returns a dict."""
        result = Store()
        for key in list(self.series):
            changed = tuple(sorted(change(dict(key)).items()))
            for sample in self.samples(key):
                result.add(changed, *sample)
        return result

    def count(self):
        return sum(len(held[1]) for held in self.series.values())

    def __len__(self):
        return len(self.series)
