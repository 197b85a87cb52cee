# SPDX-License-Identifier: Apache-2.0
"""A log at rest, shipped to a scripted receiver and accounted for."""

import math
import time

from . import compare
from .processes import wait_for

SAMPLES = 100       # In a request.
MEMORY = 48 << 10   # KiB that a walship may grow, sanitizers and all.
_QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
          "batch_send_deadline": "500ms", "max_samples_per_send": SAMPLES}
FAILED = "prometheus_remote_storage_samples_failed_total"


class Shipping:
    """The log ${frozen} and the ${receiver}; ${make} makes walships."""

    def __init__(self, frozen, receiver, make):
        self.frozen = frozen
        self.receiver = receiver
        self.make = make
        self.walship = None
        self.begin = 0
        # A scrape begins a batch of its own, at worst, and ends another.
        scrapes = len({at for key in frozen.truth.series
                       for at, _ in frozen.truth.samples(key)})
        self.batches = scrapes + math.ceil(frozen.truth.count() / SAMPLES)

    def start(self, queue=None, **entry):
        """Start the walship with an entry of remote_write of ${entry}, its
        queue_config with ${queue}; return it."""
        self.walship = self.make(self.frozen.data_dir, {
            "url": self.receiver.url, "name": "scripted",
            "queue_config": {**_QUICK, **(queue or {})}, **entry})
        self.begin = self.walship.rss_kib()
        return self.walship

    def total(self, name):
        return self.walship.total(name)

    def refused(self):
        """The entries of the first request that is refused."""
        return wait_for(lambda: next(
            (one.entries for one in self.receiver.requests
             if one.status in self.receiver.refused), None),
            60, "a refused request")

    def settle(self, lost=(), retries=0, failed=0, seconds=60, store=None):
        """Wait until all but ${lost} is delivered, to ${store} if given, with
        at most ${retries} requests more than it takes, and counted: as many
        as lost, and ${failed}; None: any number."""
        truth = self.frozen.truth.without(lost)
        compare.delivered(truth, lambda: store or self.receiver.store,
                          seconds)
        if failed is not None:
            wait_for(lambda: self.total(FAILED) == len(lost) + failed, 10,
                     f"{len(lost) + failed} samples to be counted as failed")
        assert len(self.receiver.requests) <= self.batches + retries
        self.must_be_small()

    def must_rest(self, seconds, requests):
        """For ${seconds} there are at most so many ${requests} in all."""
        wait_for(lambda: self.receiver.requests, 60, "a request")
        time.sleep(seconds)
        assert len(self.receiver.requests) <= requests
        assert self.walship.get("/-/healthy")[0] == 200
        self.must_be_small()

    def must_be_small(self):
        """It has not grown."""
        grown = self.walship.peak_kib() - self.begin
        assert grown < MEMORY, f"grown by {grown} KiB"

    def must_be_exact(self, lost=(), repeated=None):
        """All was delivered but ${lost}; and, unless answers were lost, once;
        ${repeated}: so many samples at most came again."""
        receiver, truth = self.receiver, self.frozen.truth.without(lost)
        missing = compare.missing(truth, receiver.store)
        assert not missing, compare.explain(missing, truth)
        assert receiver.store.count() == truth.count()
        silent = any(one.status is None for one in receiver.requests)
        if repeated is None and not silent:
            repeated = 0
        if repeated is not None:
            assert receiver.repeated <= repeated
