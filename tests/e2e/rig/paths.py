# SPDX-License-Identifier: Apache-2.0
"""A receiver for many senders: each writes to a path of its own, and what came
there is kept apart."""

import collections
import dataclasses
import threading

from . import wire
from .answers import Answer
from .serving import Handler, Server


@dataclasses.dataclass
class _Request:
    path: str
    time: float = 0


class PathsReceiver:
    """Serves on a port of its own until close().

    kept    by path: a set of (series, timestamp) that came there
    """

    def __init__(self):
        self.kept = collections.defaultdict(set)
        self.lock = threading.Lock()
        self.labels = wire.LabelCache()
        self.server = Server(0, type("H", (_Handler,), {"receiver": self}))

    def url(self, path):
        return f"http://127.0.0.1:{self.server.port}/{path}"

    def between(self, path, begin, end):
        """What came to ${path}, of the time after ${begin} and before
        ${end}."""
        with self.lock:
            return {(key, at) for key, at in self.kept["/" + path]
                    if begin < at < end}

    def close(self):
        self.server.stop()

    # Called by the server.

    def handle(self, request, body):
        message = wire.WriteRequest.FromString(wire.unsnap(body))
        with self.lock:
            kept = self.kept[request.path]
            for one in message.timeseries:
                key = self.labels(one.labels)
                kept.update((key, sample.timestamp) for sample in one.samples)
        return Answer()

    def interrupt(self, _):
        return None

    def connected(self, connection, there):
        pass


class _Handler(Handler):
    def make_request(self, size):
        return _Request(self.path)
