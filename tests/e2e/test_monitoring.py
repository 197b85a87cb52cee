# SPDX-License-Identifier: Apache-2.0
"""What packaging/monitoring has: rules that Prometheus takes and that fire for
what they are about, and a dashboard; both ask for what walship exposes."""

import json
import re
import subprocess

import pytest

from rig import binaries
from rig.binaries import TOP
from rig.deadends import dead_url
from rig.processes import wait_for

MONITORING = TOP / "packaging" / "monitoring"
RULES = MONITORING / "walship.rules.yml"
DASHBOARD = MONITORING / "walship.dashboard.json"
SELECTOR = re.compile(r"\b((?:walship|prometheus|process)_\w+)\{([^}]*)\}")
# Given by who scrapes.
FOREIGN = {"job", "instance"}


def promtool(*arguments):
    done = subprocess.run(
        [binaries.promtool(), *arguments], cwd=MONITORING, timeout=60,
        capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_rules_are_rules():
    status, said = promtool("check", "rules", RULES.name)
    assert status == 0, said
    assert int(re.search(r"(\d+) rules found", said)[1]) > 10


def test_each_alert_fires_for_what_it_is_about_and_for_nothing_else():
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    tests = (MONITORING / "walship.rules.test.yml").read_text()
    assert alerts == set(re.findall(r"name: (Walship\w+)", tests))
    status, said = promtool("test", "rules", "walship.rules.test.yml")
    assert status == 0, said


def expressions():
    """All that the rules and the dashboard ask for, as one text."""
    board = json.loads(DASHBOARD.read_text())
    return RULES.read_text() + "\n".join(
        target["expr"] for panel in board["panels"]
        for target in panel.get("targets", []))


def test_the_dashboard_is_whole():
    board = json.loads(DASHBOARD.read_text())
    panels = [one for one in board["panels"] if one["type"] != "row"]
    assert len({one["id"] for one in board["panels"]}) == len(board["panels"])
    assert all(one["title"] and one["targets"] for one in panels)
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels]
    assert len(set(places)) == len(places)


def told_by_itself(receiver):
    """The label names of each series of self_metrics, by metric."""
    def has_them():
        return {key["__name__"]: set(key) for key in map(
            dict, list(receiver.store.series)) if key.get("job") == "walship"}
    wait_for(lambda: len(has_them()) > 10, 30, "self_metrics")
    return has_them()


@pytest.mark.parametrize("what", ["names", "labels"])
def test_what_is_asked_for_is_exposed(what, frozen, receiver, make_walship):
    walship = make_walship(
        frozen.data_dir, receiver.url,
        {"name": "azure", "url": receiver.url,
         "azuread": {"managed_identity": {"source": "imds"}}},
        self_metrics={"interval": "1s"},
        env={"AZURE_POD_IDENTITY_AUTHORITY_HOST": dead_url()})
    labels = told_by_itself(receiver)
    page = walship.metrics()
    for name, has, _ in page.samples:
        labels.setdefault(name, set()).update(has)
    asked = SELECTOR.findall(expressions())
    assert len(asked) > 30
    for name, selector in asked:
        assert name in labels, name
        if what == "labels":
            used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector))
            assert used - FOREIGN <= labels[name], (name, selector)
