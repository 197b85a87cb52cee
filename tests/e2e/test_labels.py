# SPDX-License-Identifier: Apache-2.0
"""External labels that are not written out: of the environment, of Azure, of
Prometheus's own configuration.  No sample goes without them, and none is
lost while they are not known."""

import json
import os
import socket
import time

import pytest

from rig.answers import Answer
from rig.processes import wait_for
from rig.tokens import INSTANCE_PATH, Imds, Issuer
from rig.walship import Walship, run_to_end

SOON = {"batch_send_deadline": "500ms"}
VM = Imds.compute["vmId"]
OURS = {"vm": "${vmId}", "host": "${HOSTNAME}", "set": "${scaleSet}",
        "site": "a-$SITE"}


@pytest.fixture
def imds(ended):
    one = Imds(Issuer())
    ended.append(one)
    return one


@pytest.fixture
def make(directory, ended, receiver):
    """Makes a walship that reads ${data_dir} and is not yet started."""
    def make(data_dir, env=None, name="walship", **more):
        one = Walship(directory, data_dir, [{
            "url": receiver.url, "queue_config": SOON,
            "metadata_config": {"send": False}}], name=name,
            env={"SITE": "west", **(env or {})}, **more)
        ended.append(one)
        return one
    return make


def all_have(receiver, labels):
    """Every series that came has the pairs ${labels}; and some came."""
    keys = list(receiver.store.series)
    return keys and all(set(labels.items()) <= set(key) for key in keys)


def test_what_azure_says_is_waited_for_and_kept(frozen, receiver, imds, make):
    imds.answer = lambda asked: Answer(503)
    one = make(frozen.data_dir, imds.env, external_labels=OURS).start()
    wait_for(lambda: len(imds.asked) > 2, 30, "IMDS to be asked again")
    status, why = one.get("/-/ready")
    assert status == 503 and "what Azure says of this machine" in why
    assert not receiver.requests
    imds.answer = lambda asked: None
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), 60,
             "every sample")
    one.stop()
    wanted = {"vm": VM, "host": socket.gethostname(), "site": "a-west"}
    assert all_have(receiver, wanted)
    # It is in no scale set.
    assert not any("set" in dict(key) for key in receiver.store.series)
    assert {asked.path for asked in imds.asked} == {INSTANCE_PATH}
    assert all(asked.headers["metadata"] == "true" for asked in imds.asked)
    assert "vmId" in (one.state_dir / "machine.json").read_text()


def test_what_was_kept_counts_while_azure_says_nothing(
        source, receiver, imds, make):
    one = make(source.data_dir, imds.env, external_labels=OURS)
    one.start().wait_ready()
    source.exporter.wait_for_scrapes(2)
    one.stop()
    came = receiver.store.count()
    imds.answer = lambda asked: Answer(404)
    one.start().wait_ready()
    assert "what it said before the restart counts" in one.log()
    wait_for(lambda: receiver.store.count() > came > 0, 30, "more samples")
    one.stop()
    assert all_have(receiver, {"vm": VM})


def test_without_azure_nothing_goes_and_nothing_is_lost(
        source, receiver, imds, make):
    imds.answer = lambda asked: Answer(404)
    one = make(source.data_dir, imds.env, external_labels=OURS, start="now")
    one.start()
    wait_for(lambda: imds.asked, 30, "IMDS to be asked")
    assert one.stop() < 3
    assert not receiver.requests

    begun = int(time.time() * 1000)
    one.start()
    source.exporter.wait_for_scrapes(4)
    imds.answer = lambda asked: None
    known = int(time.time() * 1000)
    one.wait_ready()
    wait_for(lambda: receiver.store.count(), 30, "samples")
    source.exporter.wait_for_scrapes(2)
    one.stop()
    oldest = min(times[0] for times, _ in receiver.store.series.values())
    assert begun - 1500 < oldest < known - 2000, (begun, oldest, known)
    assert all_have(receiver, {"vm": VM})


def test_what_was_held_stays_while_labels_are_waited_for(
        directory, frozen, receiver, imds, make):
    held = directory / "held"
    receiver.answer = lambda request: Answer(503)
    one = make(frozen.data_dir, imds.env, external_labels=OURS,
               spool={"mode": "link", "dir": str(held)})
    one.start()
    wait_for(lambda: receiver.requests and list(held.iterdir()), 60,
             "segments to be held")
    one.kill()
    (one.state_dir / "machine.json").unlink()
    before = sorted(os.listdir(held))
    imds.answer = lambda asked: Answer(503)
    one.start()
    asked = len(imds.asked)
    wait_for(lambda: len(imds.asked) > asked + 2, 30, "IMDS to be asked again")
    assert sorted(os.listdir(held)) == before


def theirs(directory, labels, **more):
    """Put a configuration of Prometheus's in its place in one step."""
    fresh = directory / "prometheus.yml.new"
    fresh.write_text(json.dumps(
        {"global": {"external_labels": labels}, **more}))
    os.replace(fresh, directory / "prometheus.yml")
    return str(directory / "prometheus.yml")


def with_label(receiver, name, value):
    return [key for key in list(receiver.store.series)
            if dict(key).get(name) == value]


def test_prometheuss_own_labels_are_followed(
        directory, source, receiver, make):
    path = theirs(directory, {"cluster": "one", "host": "theirs"},
                  remote_write=[{"url": receiver.url}])
    one = make(source.data_dir, start="now", external_labels={"host": "ours"},
               prometheus={"data_dir": str(source.data_dir),
                           "config_file": path})
    one.start()
    wait_for(lambda: with_label(receiver, "cluster", "one"), 30, "samples")
    assert "every sample goes there twice" in one.log()

    theirs(directory, {"cluster": "two"})
    wait_for(lambda: with_label(receiver, "cluster", "two"), 30,
             "the new label")
    # What is broken or gone changes nothing.
    (directory / "prometheus.yml").write_text("global: [")
    one.wait_for_log("its labels stay as they were", 30)
    (directory / "prometheus.yml").unlink()
    one.wait_for_log("its labels stay as they were", 30, 2)
    assert one.reload()[0] == 1
    source.exporter.wait_for_scrapes(2)
    theirs(directory, {"cluster": "three"})
    wait_for(lambda: with_label(receiver, "cluster", "three"), 30,
             "the label after that")
    one.stop()
    assert all_have(receiver, {"host": "ours"})
    assert all("cluster" in dict(key) for key in receiver.store.series)


def test_a_configuration_that_cannot_be_read_is_fatal(
        directory, frozen, receiver, make):
    one = make(frozen.data_dir,
               prometheus={"data_dir": str(frozen.data_dir),
                           "config_file": str(directory / "none.yml")})
    for command in ("run", "check-config"):
        status, said = run_to_end([command, "-c", one.config], directory)
        assert status != 0
        assert "none.yml: cannot be read: No such file" in said
    one.configure({"url": receiver.url}, external_labels={"a": "$UNSET_HERE"},
                  prometheus={"data_dir": str(frozen.data_dir)})
    status, said = run_to_end(["run", "-c", one.config], directory)
    assert status != 0
    assert "UNSET_HERE is not set in walship's environment" in said
    assert not receiver.requests
