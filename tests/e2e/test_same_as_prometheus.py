# SPDX-License-Identifier: Apache-2.0
"""What walship sends is what Prometheus's own remote write sends, exemplars
and native histograms included; and a receiver that refuses those still gets
every sample."""

import json
import time

import pytest

from rig import binaries, compare, series
from rig.kinds import (COUNT_FLOAT, EXEMPLAR_TIME, HINT_GAUGE, HISTOGRAM_TIME,
                       RESET_HINT, time_of)
from rig.native import NativeExporter
from rig.processes import wait_for
from rig.prometheus import Prometheus
from rig.answers import Answer

FEATURES = "--enable-feature=exemplar-storage,native-histograms"
FAILED = "prometheus_remote_storage_{}_failed_total"
SUM, STALE_SUM = 3, series.STALE.to_bytes(8, "little")


@pytest.fixture
def native(ended):
    """An exporter of exemplars and native histograms."""
    if not binaries.has_flag(binaries.prometheus(), "native-histograms"):
        pytest.skip("a Prometheus before native histograms")
    one = NativeExporter()
    ended.append(one)
    return one


def all_kinds(url, **more):
    """An entry of remote_write."""
    return {"url": url, "send_exemplars": True,
            "send_native_histograms": True,
            "queue_config": {"batch_send_deadline": "1s"}, **more}


def source_of(directory, exporter, *remotes, suite=None):
    """A Prometheus, not yet started, that scrapes ${exporter}."""
    one = Prometheus("source", directory, targets=[exporter.address],
                     flags=[FEATURES], suite=suite)
    config = json.loads(one.config.read_text())
    config["remote_write"] = list(remotes)
    one.config.write_text(json.dumps(config, indent=1))
    return one


def samples_between(receiver, begin, end):
    return {(key, at, bits) for key in list(receiver.store.series)
            for at, bits in receiver.store.samples(key) if begin < at < end}


def kinds_between(kept, field, begin, end):
    return {entry for entry in kept if begin < time_of(entry[1], field) < end}


def must_be_the_same(ours, theirs):
    """Two sets; what is in one of them only is shown."""
    assert theirs, "nothing to compare"
    lost, added = theirs - ours, ours - theirs
    assert not lost and not added, (
        f"of {len(theirs)}: {len(lost)} lost, {len(added)} added\n"
        f"lost: {sorted(lost, key=str)[:2]}\n"
        f"added: {sorted(added, key=str)[:2]}")


def must_be_rich(exemplars, histograms):
    """The comparison is worth something: every kind is there."""
    assert len({key for key, _ in exemplars}) >= 7
    messages = [dict(message) for _, message in histograms]
    assert any(COUNT_FLOAT in one for one in messages)
    assert any(COUNT_FLOAT not in one for one in messages)
    assert any(one.get(RESET_HINT) == (HINT_GAUGE,) for one in messages)
    assert any(one.get(SUM) == (STALE_SUM,) for one in messages)


def test_walship_sends_what_remote_write_sends(
        directory, ended, suite, native, make_kinds, make_walship):
    theirs = make_kinds("Prometheus/")
    ours = make_kinds()
    prometheus = source_of(directory, native, all_kinds(
        theirs.url, metadata_config={"send": False}), suite=suite)
    ended.append(prometheus)
    prometheus.start()
    walship = make_walship(prometheus.data_dir, all_kinds(ours.url))

    # Remote write leaves out what is older than its start.
    wait_for(lambda: theirs.store.count(), 60, "remote write to begin")
    begin = int(time.time() * 1000)
    native.wait_for_scrapes(14)
    end = int(time.time() * 1000)
    native.wait_for_scrapes(2)
    prometheus.terminate(60)
    walship.stop()

    must_be_the_same(samples_between(ours, begin, end),
                     samples_between(theirs, begin, end))
    exemplars = kinds_between(theirs.exemplars, EXEMPLAR_TIME, begin, end)
    must_be_the_same(
        kinds_between(ours.exemplars, EXEMPLAR_TIME, begin, end), exemplars)
    histograms = kinds_between(theirs.histograms, HISTOGRAM_TIME, begin, end)
    must_be_the_same(
        kinds_between(ours.histograms, HISTOGRAM_TIME, begin, end),
        histograms)
    must_be_rich(exemplars, histograms)
    assert max(ours.exemplars.values()) == 1
    assert max(ours.histograms.values()) == 1


def refuse(*kinds):
    """400 to every request that holds any of ${kinds}."""
    def answer(request):
        if any(getattr(request, kind) for kind in kinds):
            return Answer(400, body=b"we do not take these")
        return Answer()
    return answer


@pytest.mark.parametrize("kinds", [
    ("exemplars",), ("histograms",), ("exemplars", "histograms"),
], ids=" and ".join)
def test_what_is_refused_costs_no_sample(
        directory, ended, native, make_kinds, make_walship, kinds):
    taking, refusing = make_kinds(), make_kinds()
    refusing.answer = refuse(*kinds)
    prometheus = source_of(directory, native)
    ended.append(prometheus)
    prometheus.start()
    walship = make_walship(
        prometheus.data_dir, all_kinds(taking.url, name="taking"),
        all_kinds(refusing.url, name="refusing"))
    native.wait_for_scrapes(8)
    wait_for(lambda: all(getattr(taking, kind) for kind in kinds), 30,
             "what shall be refused")

    prometheus.terminate(60)
    wait_for(lambda: refusing.store.count() == taking.store.count(), 30,
             "every sample")
    page = walship.metrics()
    walship.stop()

    assert not compare.missing(taking.store, refusing.store)
    assert taking.store.count() > 0
    for kind in ("exemplars", "histograms"):
        failed = page.total(FAILED.format(kind), remote_name="refusing")
        if kind in kinds:
            assert not getattr(refusing, kind)
            assert 0 < failed <= sum(getattr(taking, kind).values())
        assert page.total(FAILED.format(kind), remote_name="taking") == 0
    assert page.total(FAILED.format("samples")) == 0
    if "histograms" not in kinds:
        assert refusing.histograms == taking.histograms
