# SPDX-License-Identifier: Apache-2.0
"""The order in which samples of a series may be sent, whatever happens:

    within a request, times ascend;
    while a request holds a series, no other request in flight does;
    a sample is not sent while an older one of its series, which was sent
    before, is neither taken nor refused, unless that goes with it.
"""

import collections

from . import series


def by_series(entries):
    """{series: [timestamp, ...]} of ${entries}, in their order."""
    times = collections.defaultdict(list)
    for key, timestamp, _ in entries:
        times[key].append(timestamp)
    return times


class Order:
    """${fault}(text) is called for each breach.  may_skip: samples that are
    owed may be given up, as those that are too old are.  may_recall: what is
    in flight may have been broken off, and be sent again meanwhile."""

    def __init__(self, fault):
        self.fault = fault
        self.may_skip = False
        self.may_recall = False
        self._in_flight = {}                       # Series: request number.
        self._owed = collections.defaultdict(set)  # Series: timestamps.

    def take_off(self, number, entries):
        """The request ${number} has come with ${entries}."""
        for key, times in by_series(entries).items():
            if key in self._in_flight and not self.may_recall:
                self.fault(f"{series.show(key)} is also in flight in request "
                           f"{self._in_flight[key]}")
            self._in_flight[key] = number
            if any(one >= two for one, two in zip(times, times[1:])):
                self.fault(f"times of {series.show(key)} do not ascend")
            if key in self._owed and not self.may_skip:
                self._check_owed(key, times)

    def _check_owed(self, key, times):
        left = [one for one in self._owed[key].difference(times)
                if one < times[-1]]
        if left:
            self.fault(f"{series.show(key)} at {times[-1]} overtakes "
                       f"{len(left)} samples from {min(left)} on")

    def land(self, number, entries, settled):
        """It is answered; ${settled}: taken, or refused for good."""
        for key, times in by_series(entries).items():
            if self._in_flight.get(key) == number:
                del self._in_flight[key]
            if not settled:
                self._owed[key].update(times)
            elif key in self._owed:
                self._owed[key].difference_update(times)
                if not self._owed[key]:
                    del self._owed[key]

    def in_flight(self):
        """How many series are."""
        return len(self._in_flight)

    def sender_died(self):
        """What was in flight will not be answered."""
        self._in_flight.clear()
