# SPDX-License-Identifier: Apache-2.0
"""A configuration that is edited under load, and read by a restart: nothing
is lost, order is kept, and little comes twice."""

import pytest

from rig import compare
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.walship import Walship

SECONDS = 60
QUICK = {"batch_send_deadline": "300ms", "min_backoff": "30ms"}


class Edited:
    """A walship whose configuration is changed while a source is read."""

    def __init__(self, directory, source, receiver):
        self.source = source
        self.receiver = receiver
        self.entry = {"url": receiver.url, "queue_config": QUICK}
        self.others = []
        self.more = {}
        self.walship = Walship(directory, source.data_dir, self.remotes())

    def remotes(self):
        return [self.entry, *self.others]

    def edit(self, more=None, others=None, **entry):
        """Change keys of the file and of its first entry; ${others} are its
        other entries.  Read it, and let the source write."""
        self.entry = {**self.entry, **entry}
        self.more = {**self.more, **(more or {})}
        self.others = self.others if others is None else others
        self.walship.configure(*self.remotes(), **self.more)
        self.walship.stop()
        self.receiver.sender_died()
        self.walship.start()
        self.source.exporter.wait_for_scrapes(1)

    def wait_for_request(self, condition, what):
        """Wait until a request for which ${condition} holds has come."""
        wait_for(lambda: any(condition(one) for one in
                             list(self.receiver.requests)), SECONDS, what)

    def must_be_whole(self, change=lambda labels: labels):
        """All that the source has was delivered, once; series are named by
        ${change} before they are compared."""
        truth = self.source.read_after(1).relabelled(change)
        compare.delivered(truth, lambda: self.receiver.store.relabelled(
            change), SECONDS)
        self.walship.stop()
        assert self.receiver.repeated == 0


@pytest.fixture
def edited(directory, ended, source, receiver):
    one = Edited(directory, source, receiver)
    ended.append(one.walship)
    one.walship.start().wait_ready()
    wait_for(lambda: receiver.requests, SECONDS, "a request")
    return one


def test_the_place_is_kept_whatever_is_edited(edited, receiver):
    edited.edit(queue_config={**QUICK, "max_samples_per_send": 50})
    edited.wait_for_request(lambda one: one.samples == 50, "50 samples")
    edited.edit(headers={"X-Edited": "yes"})
    edited.wait_for_request(lambda one: "x-edited" in one.headers, "a header")
    edited.edit(url=receiver.url + "?api-version=2023-04-24")
    edited.wait_for_request(lambda one: "2023-04-24" in one.path, "a query")
    edited.edit(name="edited")
    edited.must_be_whole()


def test_external_labels_are_new_from_then_on_and_nothing_is_lost(edited):
    for value in ("one", "two"):
        edited.edit(more={"external_labels": {"edit": value}})
        edited.wait_for_request(
            lambda one: any(("edit", value) in key
                            for key, _, _ in one.entries), value)

    def without(labels):
        labels.pop("edit", None)
        return labels
    edited.must_be_whole(without)


def test_an_entry_that_is_put_back_goes_on_where_it_was(edited, source,
                                                        ended):
    other = RecordingReceiver()
    ended.append(other)
    entry = {"url": other.url, "name": "other", "queue_config": QUICK}
    edited.edit(others=[entry])
    compare.delivered(source.read(), lambda: other.store, SECONDS)
    edited.edit(others=[])
    quiet = len(other.requests)
    truth = source.read_after(2)
    assert len(other.requests) == quiet
    other.sender_died()
    edited.edit(others=[entry])
    compare.delivered(truth, lambda: other.store, SECONDS)
    edited.must_be_whole()
    assert other.repeated == 0
    other.must_be_clean()
