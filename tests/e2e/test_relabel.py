# SPDX-License-Identifier: Apache-2.0
"""Series are relabelled as Prometheus's own remote write does it: both send
the same log by the same rules, and the same must come."""

import json
import time

from rig.processes import wait_for
from rig.prometheus import Prometheus
from rig.receiver import RecordingReceiver

DROPPED = "prometheus_remote_storage_samples_dropped_total"
MINUS_ZERO = 1 << 63
LABELS = {"host": "h1", "n": "not for those that have one"}
SOON = {"batch_send_deadline": "1s"}

# Each action at least once, and what Prometheus 2 and 3 do alike.
RULES = [
    {"source_labels": ["__name__"], "regex": "go_.*|rig_now_and_then",
     "action": "drop"},
    {"source_labels": ["job"], "regex": "(prom|exp).*", "action": "keep"},
    {"source_labels": ["__name__", "n"], "regex": "rig_(.+)_total;(1?[0-9])",
     "target_label": "kind_${1}", "replacement": "<$2|${2}|$1x|$$>"},
    {"source_labels": ["n"], "regex": "(?i)(?P<first>[0-9])[[:alnum:]]*",
     "target_label": "first", "replacement": "${first}"},
    {"source_labels": ["instance", "job"], "separator": "@",
     "target_label": "where"},
    {"source_labels": ["where"], "modulus": 7, "action": "hashmod",
     "target_label": "__tmp_part"},
    {"source_labels": ["__name__", "n"], "modulus": 1000003,
     "action": "hashmod", "target_label": "part"},
    {"source_labels": ["word"], "action": "uppercase",
     "target_label": "loud"},
    {"source_labels": ["word"], "action": "lowercase",
     "target_label": "quiet"},
    {"regex": "(q|k)(.+)", "replacement": "copy_${2}_$1",
     "action": "labelmap"},
    {"source_labels": ["n"], "action": "dropequal", "target_label": "gone"},
    {"source_labels": ["host"], "action": "keepequal",
     "target_label": "host"},
    {"regex": "instance|quiet", "action": "labeldrop"},
    {"regex": "[^c].*|co.*|cause", "action": "labelkeep"},
    {"source_labels": ["loud"], "regex": "EMOJI.*", "replacement": "",
     "target_label": "word"},
]


def source_of(directory, exporter, url):
    """A Prometheus, not yet started, that sends to ${url} by itself too."""
    one = Prometheus("source", directory, targets=[exporter.address])
    config = json.loads(one.config.read_text())
    config["global"]["external_labels"] = LABELS
    config["remote_write"] = [{
        "url": url, "queue_config": SOON, "write_relabel_configs": RULES,
        "metadata_config": {"send": False}}]
    one.config.write_text(json.dumps(config, indent=1))
    return one


def samples_between(receiver, begin, end):
    """With -0 as 0, which is what Prometheus makes of it."""
    return {(key, at, 0 if bits == MINUS_ZERO else bits)
            for key in list(receiver.store.series)
            for at, bits in receiver.store.samples(key) if begin < at < end}


def must_be_rich(samples):
    """The comparison is worth something: rules had their effects."""
    keys = {key for key, _, _ in samples}
    names = {name for key in keys for name, _ in key}
    assert {"kind_counter", "first", "where", "part", "loud",
            "copy_ind_counter_k", "copy_uiet_q", "__tmp_part", "host"} <= names
    assert not {"instance", "quiet"} & names
    assert len(keys) > 50


def test_rules_do_what_they_do_in_prometheus(
        directory, ended, exporter, receiver, make_walship):
    theirs = RecordingReceiver(user_agent="Prometheus/")
    ended.append(theirs)
    prometheus = source_of(directory, exporter, theirs.url)
    ended.append(prometheus)
    prometheus.start()
    walship = make_walship(
        prometheus.data_dir, {"url": receiver.url, "queue_config": SOON,
                              "write_relabel_configs": RULES},
        external_labels=LABELS)

    # Remote write leaves out what is older than its start.
    wait_for(lambda: theirs.store.count(), 60, "remote write to begin")
    begin = int(time.time() * 1000)
    exporter.wait_for_scrapes(8)
    end = int(time.time() * 1000)
    exporter.wait_for_scrapes(2)
    ours_dropped = walship.total(DROPPED, reason="dropped_series")
    unknown = walship.total(DROPPED, reason="unintentionally_dropped_series")
    prometheus.terminate(60)
    walship.stop()

    ours = samples_between(receiver, begin, end)
    wanted = samples_between(theirs, begin, end)
    must_be_rich(wanted)
    lost, added = wanted - ours, ours - wanted
    assert not lost and not added, (
        f"of {len(wanted)}: {len(lost)} lost, {len(added)} added\n"
        f"lost: {sorted(lost, key=str)[:2]}\n"
        f"added: {sorted(added, key=str)[:2]}")
    assert ours_dropped > 0
    assert unknown == 0
