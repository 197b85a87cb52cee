# SPDX-License-Identifier: Apache-2.0
"""A configuration that is edited while samples flow: by "walship reload" and
by SIGHUP, under load, with faults, beside receivers that do not answer."""

import signal
import socket
import threading
import time

import pytest

from rig import compare, namespace, series
from rig.answers import Answer
from rig.deadends import BlackHole, SilentNames, dead_url
from rig.processes import PATIENCE, wait_for
from rig.receiver import RecordingReceiver
from rig.walship import Walship, run_to_end

SECONDS = 60
ON_THE_WIRE = 0.3  # Seconds that each request is there.
PROMPT = 3         # Seconds that a reload may take, sanitizers and all.
SUCCESS = "walship_config_last_reload_successful"
FAILED = "prometheus_remote_storage_samples_failed_total"
QUICK = {"batch_send_deadline": "200ms", "min_backoff": "30ms",
         "max_backoff": "300ms"}


def entry(receiver, query="", queue=None, **more):
    return {"url": receiver.url + query, "name": "edited",
            "queue_config": {**QUICK, **(queue or {})}, **more}


@pytest.fixture
def slow(receiver):
    """The receiver, whose requests are on the wire most of the time."""
    receiver.order.may_recall = True
    receiver.answer = lambda request: Answer(delay=ON_THE_WIRE)
    return receiver


@pytest.fixture
def other(ended):
    """Another receiver."""
    one = RecordingReceiver()
    ended.append(one)
    yield one
    one.must_be_clean()


def reloaded(walship, *wanted):
    """Reload, which must succeed and say ${wanted}."""
    begin = time.monotonic()
    status, said = walship.reload()
    assert status == 0, said
    assert all(one in said for one in wanted), said
    assert time.monotonic() - begin < PROMPT * PATIENCE
    assert walship.total(SUCCESS) == 1


def without(store, name):
    """${store} with the label ${name} taken off all series."""
    bare = {}
    for key in list(store.series):
        to = bare.setdefault(
            tuple(one for one in key if one[0] != name), set())
        to.update(store.samples(key))
    result = series.Store()
    for key, samples in bare.items():
        for at, bits in sorted(samples):
            result.add(key, at, bits)
    return result


EDITS = {
    "queue_config": lambda receiver: entry(
        receiver, queue={"max_samples_per_send": 50, "max_shards": 3}),
    "headers": lambda receiver: entry(receiver, headers={"X-Edit": "1"}),
    "the query of the URL": lambda receiver: entry(
        receiver, "?api-version=2"),
    "a time-out": lambda receiver: entry(receiver, remote_timeout="7s"),
    "a name": lambda receiver: {**entry(receiver), "name": "renamed"},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_under_load_loses_nothing_and_keeps_order(
        source, slow, make_walship, edit):
    walship = make_walship(source.data_dir, entry(slow)).wait_ready()
    source.read_after(2)
    walship.configure(edit(slow))
    reloaded(walship, "0 unchanged, 1 changed")
    truth = source.read_after(2)
    compare.delivered(truth, lambda: slow.store, SECONDS)
    assert walship.total(FAILED) == 0
    if edit(slow)["name"] != "edited":
        assert "edited" not in walship.get("/metrics")[1]


def test_what_is_sent_carries_what_was_edited(source, slow, make_walship):
    walship = make_walship(source.data_dir, entry(slow)).wait_ready()
    source.read_after(1)
    walship.configure(entry(slow, "?api-version=2", headers={"X-Edit": "1"}))
    reloaded(walship)
    begin = len(slow.requests)
    wait_for(lambda: len(slow.requests) > begin + 1, 30, "more requests")
    late = slow.requests[begin + 1]
    assert late.path.endswith("?api-version=2")
    assert late.headers["x-edit"] == "1"


def test_a_name_given_to_an_entry_that_had_none_keeps_its_place(
        source, slow, make_walship):
    bare = entry(slow)
    del bare["name"]
    walship = make_walship(source.data_dir, bare).wait_ready()
    source.read_after(2)
    walship.configure(entry(slow))
    reloaded(walship, "1 changed")
    truth = source.read_after(2)
    compare.delivered(truth, lambda: slow.store, SECONDS)


def test_an_entry_that_is_removed_and_put_back_has_what_came_between(
        source, receiver, other, make_walship):
    both = [entry(receiver), {**entry(other), "name": "stays"}]
    receiver.order.may_recall = True
    walship = make_walship(source.data_dir, *both).wait_ready()
    source.read_after(2)
    walship.configure(both[1])
    reloaded(walship, "1 unchanged", "1 removed")
    count = len(receiver.requests)
    source.read_after(2)
    assert len(receiver.requests) <= count + 1
    assert "edited" not in walship.get("/metrics")[1]
    walship.configure(*both)
    reloaded(walship, "1 unchanged", "1 added")
    truth = source.read_after(2)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    compare.delivered(truth, lambda: other.store, SECONDS)
    assert other.repeated == 0


def test_other_external_labels_begin_where_the_old_ones_ended(
        source, slow, make_walship):
    walship = make_walship(source.data_dir, entry(slow),
                           external_labels={"site": "one"}).wait_ready()
    source.read_after(2)
    walship.configure(entry(slow), external_labels={"site": "two"})
    reloaded(walship, "1 with other series")
    truth = source.read_after(2)
    compare.delivered(truth, lambda: without(slow.store, "site"), SECONDS)
    newest = {site: max(slow.store.series[key][0][-1]
                        for key in list(slow.store.series)
                        if ("site", site) in key) for site in ("one", "two")}
    assert newest["one"] < newest["two"]


def test_what_is_not_edited_is_not_touched(source, slow, other, make_walship):
    stays = {**entry(other), "name": "stays"}
    other.answer = slow.answer
    walship = make_walship(source.data_dir, entry(slow), stays).wait_ready()
    source.read_after(1)
    connections = {one.connection for one in other.requests}
    for number in range(5):
        walship.configure(entry(slow, f"?edit={number}"), stays)
        reloaded(walship, "1 unchanged, 1 changed")
        time.sleep(0.3)
    edited = len(other.requests)
    truth = source.read_after(1)
    compare.delivered(truth, lambda: other.store, SECONDS)
    compare.delivered(truth, lambda: slow.store, SECONDS)
    # No sample was sent again, and what it was connected by is used on; there
    # may be more of that by now, if there was more to send at once.
    assert other.repeated == 0
    assert connections & {one.connection for one in other.requests[edited:]}


def test_a_bad_file_changes_nothing_and_says_why(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir, entry(receiver)).wait_ready()
    source.read_after(1)
    walship.configure({**entry(receiver), "bogus": 1, "url": "nowhere"})
    status, said = walship.reload()
    assert status == 1
    assert f"{walship.config}:" in said
    assert "bogus" in said and "url" in said and "nothing was changed" in said
    assert walship.total(SUCCESS) == 0
    assert "bogus" in walship.log()
    walship.child.send_signal(signal.SIGHUP)
    walship.wait_for_log("nothing is changed|not reloaded", 20, 2)
    truth = source.read_after(1)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    assert receiver.repeated == 0
    walship.configure(entry(receiver))
    walship.child.send_signal(signal.SIGHUP)
    wait_for(lambda: walship.total(SUCCESS) == 1, 20, "a successful reload")


def test_keys_that_need_a_restart_are_named(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir, entry(receiver)).wait_ready()
    walship.configure(
        entry(receiver), web={"listen_address": "127.0.0.1:1"},
        prometheus={"data_dir": "/nonexistent"})
    reloaded(walship, "prometheus.data_dir, web.listen_address",
             "restart", "1 unchanged")
    compare.delivered(source.read_after(1), lambda: receiver.store, SECONDS)


def test_receivers_and_names_that_do_not_answer_delay_no_reload(
        directory, source, receiver, ended, mounts_allowed):
    try:
        names = SilentNames()
    except OSError as error:
        pytest.skip(f"port 53 may not be taken: {error}")
    hole = BlackHole()
    mounts = namespace.name_server(directory, names.address)
    dead = [{"name": name, "url": url, "queue_config": QUICK}
            for name, url in {
                "refused": dead_url(), "swallowed": hole.url,
                "unresolved": "http://receiver.walship-test.example/write",
            }.items()]
    walship = Walship(directory, source.data_dir, [entry(receiver), *dead])
    walship.argv = mounts.inside(walship.argv)
    ended += [names, hole, mounts, walship]
    walship.start().wait_ready()
    wait_for(lambda: hole.taken, 30, "a request that is swallowed")
    wait_for(names.asked, 30, "a question to the name server")
    walship.configure(entry(receiver), *[
        {**one, "headers": {"X-Edit": "1"}} for one in dead])
    reloaded(walship, "1 unchanged, 3 changed")
    walship.configure(entry(receiver), external_labels={"site": "two"})
    reloaded(walship, "1 with other series", "3 removed")
    walship.configure(entry(receiver), *dead)
    reloaded(walship, "1 unchanged", "3 added")
    walship.stop()


def test_without_a_walship_that_is_said(directory):
    path = directory / "walship.yml"
    path.write_text(f"state_dir: {directory}\n")
    status, said = run_to_end(["reload", "-c", path], directory)
    assert status == 1
    assert "no walship runs" in said and str(directory) in said
    status, said = run_to_end(["reload", "-c", directory / "none.yml"],
                              directory)
    assert status == 2
    assert "none.yml" in said


def test_an_answer_of_another_user_is_harmless_to_a_terminal(directory, ended):
    path = directory / "walship.yml"
    path.write_text(f"state_dir: {directory}\n")
    server = socket.socket(socket.AF_UNIX)
    ended.append(server)
    server.bind(str(directory / "control"))
    server.listen()

    def answer():
        client, _ = server.accept()
        with client:
            assert client.recv(100) == b"reload\n"
            client.sendall("failed\nbad \x1b[31m\x07 \x9b2J ö\n".encode()
                           + b"\x9b2J\n")
    threading.Thread(target=answer, daemon=True).start()
    status, said = run_to_end(["reload", "-c", path], directory)
    assert status == 1
    assert said == "bad ?[31m? ?2J ö\n?2J\n"
