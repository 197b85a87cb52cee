# SPDX-License-Identifier: Apache-2.0
"""self_metrics: what walship says of itself arrives where the samples do, in
order, whatever becomes of them; and costs them nothing."""

import socket

import pytest

from rig.answers import Answer
from rig.processes import wait_for
from rig.tls import Authority
from rig.workspace import Workspace

OFTEN = {"interval": "1s"}
SENT = "walship_self_samples_total"
FAILED = "walship_self_samples_failed_total"


def ours(receiver):
    """The series of self_metrics that ${receiver} has, as dicts."""
    return [key for key in map(dict, list(receiver.store.series))
            if key.get("job") == "walship"]


def count(receiver, metric):
    return sum(len(list(receiver.store.samples(key)))
               for key in list(receiver.store.series)
               if ("__name__", metric) in key)


def own_requests(receiver):
    return [one for one in receiver.requests if one.entries and any(
        dict(key).get("job") == "walship" for key, _, _ in one.entries)]


def test_they_arrive_with_the_labels_of_the_host(
        frozen, receiver, make_walship):
    walship = make_walship(
        frozen.data_dir, {"url": receiver.url, "name": "r"},
        self_metrics=OFTEN, external_labels={"host": "h"})
    wait_for(lambda: count(receiver, "walship_build_info") >= 3, 30,
             "three rounds")
    assert len(ours(receiver)) == 15
    port = walship.settings["web"]["listen_address"].rpartition(":")[2]
    assert {(one["host"], one["instance"], one["remote_name"])
            for one in ours(receiver)} == {
                ("h", f"{socket.gethostname()}:{port}", "r")}
    assert walship.total(SENT) >= 45
    assert walship.total(FAILED) == 0
    # What is of the log is counted as if there was nothing else.
    wait_for(lambda: walship.total("prometheus_remote_storage_samples_total")
             >= frozen.truth.count(), 30, "the samples")
    assert walship.total("prometheus_remote_storage_samples_total") == (
        frozen.truth.count())


def test_they_come_while_a_backlog_is_sent(frozen, receiver, make_walship):
    def answer(request):
        mine = request.entries and dict(
            request.entries[0][0]).get("job") == "walship"
        return Answer() if mine else Answer(delay=2)
    receiver.answer = answer
    make_walship(frozen.data_dir, {
        "url": receiver.url,
        "queue_config": {"max_samples_per_send": 10, "max_shards": 1}},
                 self_metrics=OFTEN)
    wait_for(lambda: count(receiver, "walship_build_info") >= 3, 30,
             "three rounds")
    assert frozen.truth.count() > 10 * len(receiver.requests)


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_receiver_that_holds_off_is_not_pestered(
        status, frozen, receiver, make_walship):
    receiver.answer = lambda request: Answer(status)
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url,
        "authorization": {"credentials": "x"}}, self_metrics=OFTEN)
    wait_for(lambda: len(receiver.requests) > 2, 30, "some requests")
    wait_for(lambda: walship.total("walship_oldest_unacknowledged_age_seconds")
             > 0, 30, "time to pass")
    assert len(own_requests(receiver)) <= 1
    receiver.answer = lambda request: Answer()
    wait_for(lambda: walship.total("prometheus_remote_storage_samples_pending")
             == 0, 90, "the samples")


def test_a_reload_turns_them_on_and_off(frozen, receiver, make_walship):
    walship = make_walship(frozen.data_dir, receiver.url)
    wait_for(lambda: walship.total("prometheus_remote_storage_samples_pending")
             == 0, 30, "the samples")
    assert not ours(receiver)
    walship.configure(receiver.url, self_metrics=OFTEN)
    assert walship.reload()[0] == 0
    wait_for(lambda: count(receiver, "walship_build_info") >= 2, 30,
             "two rounds")
    walship.configure(receiver.url, self_metrics={"interval": "0s"})
    assert walship.reload()[0] == 0
    before = walship.total(SENT)
    walship.configure(receiver.url, self_metrics=OFTEN)
    assert walship.reload()[0] == 0
    wait_for(lambda: walship.total(SENT) > before, 30, "one more")


def test_a_workspace_takes_them(
        directory, ended, frozen, make_prometheus, exporter, make_walship):
    authority = Authority(directory)
    workspace = Workspace(authority.server())
    ended.append(workspace)
    prometheus = make_prometheus(targets=[exporter.address])
    make_walship(prometheus.data_dir, {
        "url": workspace.url, "profile": "azuremonitor",
        "tls_config": {"ca_file": str(authority.ca_file)}},
                 external_labels={"host": "${HOSTNAME}"}, self_metrics=OFTEN)
    wait_for(lambda: count(workspace, "walship_build_info") >= 2, 30,
             "two rounds")
    workspace.must_be_clean()
