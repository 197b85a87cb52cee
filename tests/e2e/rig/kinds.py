# SPDX-License-Identifier: Apache-2.0
"""A recording receiver that also keeps exemplars, histograms and metadata."""

import collections

from . import wire
from .receiver import RecordingReceiver


def _varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


def fields(data):
    """A protobuf message without its schema: a sorted tuple of (number,
    values), the values of a field in order, as numbers or bytes.  Nothing is
    lost: a field that is there as zero is not one that is not there."""
    found, at = collections.defaultdict(list), 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(tag & 7)
            if size is None:
                size, at = _varint(data, at)
            value, at = data[at:at + size], at + size
            if len(value) != size:
                raise ValueError("a message cut short")
        found[tag >> 3].append(value)
    return tuple((number, tuple(values))
                 for number, values in sorted(found.items()))


EXEMPLAR_TIME, HISTOGRAM_TIME = 3, 15  # Field numbers.
RESET_HINT, HINT_GAUGE, COUNT_FLOAT = 14, 3, 2


def time_of(message, field):
    """The timestamp of what fields() returned."""
    (number,) = dict(message).get(field, (0,))
    return number - (1 << 64) if number >> 63 else number


class KindsReceiver(RecordingReceiver):
    """exemplars, histograms: Counters of (series, fields), of what was
    acknowledged; metadata: one of fields.  A Request has as well how many
    came with it, by the same names."""

    def __init__(self, **options):
        self.exemplars = collections.Counter()
        self.histograms = collections.Counter()
        self.metadata = collections.Counter()
        super().__init__(**options)

    def handle(self, request, body):
        message = wire.WriteRequest.FromString(wire.unsnap(body))
        exemplars, histograms = [], []
        with self.lock:
            for one in message.timeseries:
                key = self.labels(one.labels)
                exemplars += [(key, fields(data)) for data in one.exemplars]
                histograms += [(key, fields(data)) for data in one.histograms]
        metadata = [fields(data) for data in message.metadata]
        request.exemplars, request.histograms = len(exemplars), len(histograms)
        request.metadata = len(metadata)
        answer = super().handle(request, body)
        if 200 <= answer.status < 300:
            with self.lock:
                self.exemplars.update(exemplars)
                self.histograms.update(histograms)
                self.metadata.update(metadata)
        return answer
