# SPDX-License-Identifier: Apache-2.0
"""A receiver that is as an Azure Monitor workspace is known to be."""

import collections
import time

from .answers import Answer
from .receiver import RecordingReceiver

BODY_MAX = 1048576       # Bytes of a request, compressed.
WINDOW = 20 * 60 * 1000  # Milliseconds, to either side of its clock.
REQUESTS = 15000         # A minute.
LABELS, NAME, VALUE = 63, 511, 1023
RULE = "dcr-0123456789abcdef0123456789abcdef"
VERSION = "2023-04-24"


def path_of(rule=RULE, version=VERSION):
    return (f"/dataCollectionRules/{rule}/streams/Microsoft-PrometheusMetrics"
            f"/api/v1/write?api-version={version}")


def bad_labels(key):
    """Why it takes no series with the labels ${key}, or None."""
    names = [name.lower() for name, _ in key]
    if len(key) > LABELS:
        return "too many labels"
    if len(set(names)) < len(names):
        return "names that differ by case"
    if any(len(name) > NAME or len(value) > (
            NAME if name == "__name__" else VALUE) for name, value in key):
        return "too long a label"
    return None


class Workspace(RecordingReceiver):
    """What it drops in silence, under an answer of 200, is counted in
    ${dropped} by reason.  ${body_max} and ${requests_max} can be changed."""

    def __init__(self, tls, body_max=BODY_MAX):
        super().__init__(tls=tls)
        self.body_max = body_max
        self.requests_max = REQUESTS
        self.dropped = collections.Counter()
        self.forbidden = False  # The role is not there yet.
        self.answer = self._decide
        self._minute, self._count = 0, 0

    @property
    def base(self):
        return f"https://localhost:{self.port}"

    @property
    def url(self):
        return self.base + path_of()

    def must_be_clean(self):
        super().must_be_clean()
        assert not self.dropped, self.dropped

    def _within_quota(self):
        minute = int(time.time() / 60)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return self._count <= self.requests_max

    def _reason(self, key, timestamp, now):
        if bad_labels(key):
            return "BadInputFormat"
        if timestamp < now - WINDOW:
            return "OldData"
        if timestamp > now + WINDOW:
            return "InvalidTimeRange"
        return None

    def _decide(self, request):
        now = time.time() * 1000
        if request.path != path_of():
            return Answer(404, body=b"no such rule or api-version")
        if self.forbidden:
            return Answer(403, body=b"no role on this rule")
        if request.size > self.body_max:
            return Answer(413, body=b"Maximum allowed content length: "
                          b"%d bytes" % self.body_max)
        if not self._within_quota():
            return Answer(429, {"Retry-After": "2"})
        if request.entries and all(map(self.has, request.entries)):
            return Answer(422, body=b"duplicates")
        for key, timestamp, _ in request.entries:
            reason = self._reason(key, timestamp, now)
            if reason:
                self.dropped[reason] += 1
        return Answer(200)
