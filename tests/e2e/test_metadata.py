# SPDX-License-Identifier: Apache-2.0
"""What walship tells of metrics is what Prometheus's own remote write tells,
or what the log says; and it costs no sample, whatever becomes of it."""

import json
import shutil
import time

import pytest

from rig import compare
from rig.answers import Answer
from rig.corpus import Case
from rig.exporter import Exporter
from rig.kinds import KindsReceiver
from rig.processes import wait_for
from rig.prometheus import Prometheus

TYPE, NAME, HELP, UNIT = 1, 2, 4, 5  # Field numbers.
TYPES = ["unknown", "counter", "gauge", "histogram", "gaugehistogram",
         "summary", "info", "stateset"]
SUFFIXES = {"histogram": ("le", "_bucket", ("_sum", "_count")),
            "gaugehistogram": ("le", "_bucket", ("_gsum", "_gcount")),
            "summary": ("quantile", "", ("_sum", "_count")),
            "info": ("", "", ("_info",))}
TOTAL = "prometheus_remote_storage_{}_total"


class Described:
    """A page of every type, by OpenMetrics, which alone has them all."""

    content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    def render(self, turn, now):
        return (
            "# HELP d_events Events of any kind: é \\\\ \\\" \\n, and more.\n"
            "# TYPE d_events counter\n"
            f"d_events_total {turn}\n"
            "# TYPE d_size_bytes gauge\n# UNIT d_size_bytes bytes\n"
            f"d_size_bytes {turn}\n"
            "# HELP d_took Time.\n# TYPE d_took histogram\n"
            f'd_took_bucket{{le="+Inf"}} {turn}\nd_took_sum 1.0\n'
            f"d_took_count {turn}\n"
            "# TYPE d_held gaugehistogram\n"
            'd_held_bucket{le="+Inf"} 5.0\nd_held_gsum 1.0\n'
            "d_held_gcount 5.0\n"
            "# TYPE d_wait summary\n"
            f'd_wait{{quantile="0.5"}} 1.0\nd_wait_sum 1.0\n'
            f"d_wait_count {turn}\n"
            "# TYPE d_build info\n"
            'd_build_info{version="1"} 1\n'
            "# TYPE d_mode stateset\n"
            'd_mode{d_mode="on"} 1\nd_mode{d_mode="off"} 0\n'
            "# HELP d_untyped Only a help.\n"
            f"d_untyped {turn}\n"
            "# EOF\n")


class Disagreeing:
    """Another target, which has its own idea of a metric."""

    def render(self, turn, now):
        return ("# HELP d_size_bytes Something else.\n"
                f"# TYPE d_size_bytes counter\nd_size_bytes {turn}\n"
                f"d_bare {turn}\n")


def as_fields(kind, name, unit="", help=""):
    """The message that tells this, as fields() shows it."""
    values = {TYPE: TYPES.index(kind), NAME: name.encode(),
              HELP: help.encode(), UNIT: unit.encode()}
    return tuple((number, (value,))
                 for number, value in values.items() if value)


def entry(url, **more):
    """An entry of remote_write with metadata every two seconds."""
    return {"url": url, "queue_config": {"batch_send_deadline": "1s"},
            "metadata_config": {"send_interval": "2s",
                                "max_samples_per_send": 50}, **more}


def at(prometheus):
    """Where walship reads and asks."""
    return {"data_dir": str(prometheus.data_dir), "url": prometheus.url}


@pytest.fixture
def described(directory, ended):
    """A Prometheus, not yet started, that scrapes two of those pages."""
    exporters = [Exporter(Described()), Exporter(Disagreeing())]
    ended.extend(exporters)
    one = Prometheus("source", directory,
                     targets=[exporter.address for exporter in exporters])
    one.exporters = exporters
    ended.append(one)
    return one


def metadata_requests(receiver):
    return [one for one in list(receiver.requests)
            if getattr(one, "metadata", 0)]


def test_what_prometheus_lists_is_told_as_by_remote_write(
        described, make_kinds, make_walship):
    theirs, ours = make_kinds("Prometheus/"), make_kinds()
    config = json.loads(described.config.read_text())
    config["remote_write"] = [entry(theirs.url)]
    described.config.write_text(json.dumps(config))
    described.start()
    walship = make_walship(None, entry(ours.url), prometheus=at(described))

    def told_alike():
        return (set(ours.metadata) == set(theirs.metadata)
                and len(metadata_requests(ours)) > 10)
    described.exporters[0].wait_for_scrapes(3)
    try:
        wait_for(told_alike, 60, "the same metadata")
    finally:
        lost = set(theirs.metadata) - set(ours.metadata)
        added = set(ours.metadata) - set(theirs.metadata)
        print("lost:", list(lost)[:5], "added:", list(added)[:5])
    page = walship.metrics()
    walship.stop()

    told = set(ours.metadata)
    assert len(told) > 100
    assert {dict(one).get(TYPE, (0,))[0] for one in told} == set(range(8))
    assert as_fields("gauge", "d_size_bytes", "bytes") in told
    assert as_fields("counter", "d_size_bytes",
                     help="Something else.") in told
    assert as_fields("unknown", "d_untyped", help="Only a help.") in told
    requests = metadata_requests(ours)
    assert max(one.metadata for one in requests) == 50
    assert max(one.metadata for one in metadata_requests(theirs)) == 50
    assert all(not one.samples for one in requests)
    assert page.total(TOTAL.format("metadata")) >= len(told)
    assert page.total(TOTAL.format("metadata_bytes")) > 0
    assert page.total(TOTAL.format("metadata_failed")) == 0
    assert page.total("walship_metadata_fetch_failures_total") == 0


def family_of(kind, labels):
    """The family, of type ${kind}, of a series."""
    name = labels.get("__name__", "")
    mark, marked, others = SUFFIXES.get(kind, ("", "", ()))
    for suffix in (marked,) if labels.get(mark) else others:
        if suffix and name.endswith(suffix) and name != suffix:
            return name[:-len(suffix)]
    return name


def expected(case):
    """What is to be told of the metadata records of ${case}."""
    families = {}
    for line in case.truth():
        if not line.startswith(b'{"k":"meta"'):
            continue
        one = json.loads(line)
        labels = one["labels"]
        if not labels or not labels.get("__name__"):
            continue
        kind = TYPES[one["type"]] if one["type"] < len(TYPES) else "unknown"
        name = family_of(kind, labels)
        families[name] = as_fields(kind, name, one["unit"], one["help"])
    return set(families.values())


@pytest.mark.parametrize("name", [
    "gen-mixed-compression", "gen-checkpoint-many-segments",
    "bad-frag-first-first-tail"])
def test_what_the_log_says_is_told(directory, ended, make_walship, name):
    case, receiver = Case(name), KindsReceiver()  # Not in order.
    ended.append(receiver)
    data_dir = directory / "data"
    shutil.copytree(case.data, data_dir)
    wanted = expected(case)
    assert wanted
    walship = make_walship(data_dir, entry(receiver.url))
    wait_for(lambda: len(receiver.metadata) >= len(wanted), 60, "metadata")
    walship.stop()
    assert set(receiver.metadata) == wanted


def test_refused_metadata_cost_no_sample(
        described, make_kinds, make_walship):
    taking, refusing = make_kinds(), make_kinds()
    refusing.answer = lambda request: Answer(
        400 if request.metadata else 204, body=b"we take no metadata")
    described.start()
    walship = make_walship(
        None, entry(taking.url, name="taking"),
        entry(refusing.url, name="refusing"), prometheus=at(described))
    wait_for(lambda: len(metadata_requests(refusing)) > 6, 60,
             "metadata to refuse")
    described.terminate(60)
    wait_for(lambda: refusing.store.count() == taking.store.count(), 60,
             "every sample")
    page = walship.metrics()
    walship.stop()

    assert taking.metadata and not refusing.metadata
    assert taking.store.count() > 0
    assert not compare.missing(taking.store, refusing.store)
    failed = TOTAL.format("metadata_failed")
    assert page.total(failed, remote_name="refusing") > 0
    assert page.total(failed, remote_name="taking") == 0
    for kind in ("samples_failed", "samples_retried", "metadata_retried"):
        assert page.total(TOTAL.format(kind)) == 0


def test_a_receiver_that_hangs_on_metadata_delays_no_sample(
        described, make_kinds, make_walship):
    receiver = make_kinds()
    receiver.answer = lambda request: Answer(
        delay=120 if request.metadata else 0)
    described.start()
    walship = make_walship(
        None, entry(receiver.url, remote_timeout="100s"),
        prometheus=at(described))
    wait_for(lambda: metadata_requests(receiver), 60, "metadata")

    hanging = time.monotonic()
    before = receiver.store.count()
    while time.monotonic() < hanging + 15:
        age = walship.total("walship_oldest_unacknowledged_age_seconds")
        assert age < 10, "samples wait"
        time.sleep(0.5)
    assert receiver.store.count() > before
    assert len(metadata_requests(receiver)) == 1
    assert walship.total(TOTAL.format("samples_retried")) == 0
    walship.stop()  # It does not wait for the metadata.


def test_without_prometheus_at_its_url_samples_go_on(
        described, make_kinds, make_walship):
    receiver = make_kinds()
    described.start()
    walship = make_walship(None, entry(receiver.url), prometheus={
        **at(described), "url": f"{described.url}/nowhere"})
    described.exporters[0].wait_for_scrapes(6)
    wait_for(lambda: walship.total(
        "walship_metadata_fetch_failures_total") >= 2, 30, "failures")
    assert receiver.store.count() > 0
    assert not receiver.metadata
    assert walship.log().count("did not list its metadata") == 1
    walship.stop()
