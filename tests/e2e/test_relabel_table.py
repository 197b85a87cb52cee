# SPDX-License-Identifier: Apache-2.0
"""A table of rules, each in an entry of its own: what a real Prometheus sends
by each of them is what walship sends by it, label for label."""

import json
import time

from rig import binaries, series
from rig.exporter import Exporter
from rig.paths import PathsReceiver
from rig.processes import wait_for
from rig.prometheus import Prometheus
from rig.rules import EXTERNAL, NEWER, TABLE, WORDS, NewerWords, Words
from rig.walship import Walship

ENTRIES_MAX = 64  # Of one walship.
SCRAPES = 4


def entries(receiver, table, names):
    """One of remote_write for each rule of ${table} that ${names} has."""
    places = list(table)
    return [{"url": receiver.url(str(places.index(name))),
             "queue_config": {"batch_send_deadline": "1s"},
             "metadata_config": {"send": False},
             "write_relabel_configs": table[name]} for name in names]


def source_of(directory, exporter, receiver, table, suite):
    """A Prometheus, not yet started, that sends by each rule itself."""
    one = Prometheus("source", directory, targets=[exporter.address],
                     suite=suite)
    config = json.loads(one.config.read_text())
    config["global"]["external_labels"] = EXTERNAL
    # Of itself only a word: its own page is long.
    config["scrape_configs"][0]["metric_relabel_configs"] = [
        {"source_labels": ["__name__"], "regex": "up", "action": "keep"}]
    config["remote_write"] = entries(receiver, table, table)
    one.config.write_text(json.dumps(config, indent=1))
    return one


def differences(table, ours, theirs, begin, end):
    """Lines on the rules that do not do the same."""
    found = []
    for number, name in enumerate(table):
        got = ours.between(str(number), begin, end)
        wanted = theirs.between(str(number), begin, end)
        found += [f"{name}: lacks {series.show(key)}"
                  for key in sorted({key for key, _ in wanted - got})[:2]]
        found += [f"{name}: also has {series.show(key)}"
                  for key in sorted({key for key, _ in got - wanted})[:2]]
    return found


def must_be_rich(table, theirs, begin, end):
    """The comparison is worth something: most rules have their effects, and
    none that another has."""
    sent = [frozenset(key for key, _ in theirs.between(str(number), begin, end))
            for number in range(len(table))]
    assert len(set(sent)) >= 70 + len(table) - len(TABLE)
    assert len(sent[0]) >= len(WORDS) + 5


def test_each_rule_of_the_table_does_what_it_does_in_prometheus(
        directory, ended, suite):
    assert len(TABLE) >= 60
    newer = binaries.major(binaries.release(suite)) >= 3
    table = {**TABLE, **NEWER} if newer else TABLE
    exporter = Exporter(NewerWords() if newer else Words())
    ours, theirs = PathsReceiver(), PathsReceiver()
    ended += [exporter, ours, theirs]
    prometheus = source_of(directory, exporter, theirs, table, suite)
    ended.append(prometheus)
    prometheus.start()
    names = list(table)
    walships = []
    for at in range(0, len(names), ENTRIES_MAX):
        one = Walship(directory, prometheus.data_dir,
                      entries(ours, table, names[at:at + ENTRIES_MAX]),
                      name=f"walship-{at}", external_labels=EXTERNAL)
        ended.append(one)
        walships.append(one.start())

    # Remote write leaves out what is older than its start.
    wait_for(lambda: {"/0", f"/{len(table) - 1}"} <= set(theirs.kept), 60,
             "remote write to begin")
    begin = int(time.time() * 1000)
    exporter.wait_for_scrapes(SCRAPES)
    end = int(time.time() * 1000)
    exporter.wait_for_scrapes(2)
    prometheus.terminate(60)
    for one in walships:
        one.stop()

    found = differences(table, ours, theirs, begin, end)
    assert not found, "\n".join(found)
    must_be_rich(table, theirs, begin, end)
