# SPDX-License-Identifier: Apache-2.0
"""To an Azure Monitor workspace, or what is known of one, over HTTPS: from a
real Prometheus, with the profile's defaults."""

import pytest

from rig.exporter import Page
from rig.processes import wait_for
from rig.tls import Authority
from rig.workspace import VALUE, Workspace, path_of

DROPPED = "prometheus_remote_storage_samples_dropped_total"
QUICK = {"batch_send_deadline": "500ms", "max_backoff": "500ms"}


class LongPage(Page):
    """One series has a label that no workspace takes."""

    def render(self, turn, now):
        return super().render(turn, now) + (
            f'rig_long{{text="{"x" * (VALUE + 1)}"}} {turn}\n')


@pytest.fixture
def authority(directory):
    return Authority(directory)


@pytest.fixture
def workspace(ended, authority):
    """A workspace, which must have had nothing to drop in the end."""
    one = Workspace(authority.server())
    ended.append(one)
    yield one
    one.must_be_clean()


@pytest.fixture
def prometheus(make_prometheus, exporter):
    return make_prometheus(targets=[exporter.address])


@pytest.fixture
def ship(prometheus, workspace, authority, make_walship):
    """Starts a walship, its entry with ${more}."""
    def start(labels=True, limits=None, **more):
        entry = {"url": workspace.url, "name": "azure",
                 "profile": "azuremonitor", "queue_config": QUICK,
                 "tls_config": {"ca_file": str(authority.ca_file)}, **more}
        settings = {"limits": limits} if limits else {}
        if labels:
            settings["external_labels"] = {"host": "${HOSTNAME}"}
        return make_walship(prometheus.data_dir, entry, **settings)
    return start


def arrived(workspace, metric):
    """Samples of ${metric} at the workspace."""
    return sum(len(list(workspace.store.samples(key)))
               for key in list(workspace.store.series)
               if ("__name__", metric) in key)


def test_what_a_prometheus_scrapes_arrives(ship, exporter, workspace):
    walship = ship()
    wait_for(lambda: arrived(workspace, "rig_gauge") > 60, 60, "samples")
    assert workspace.statuses() == {200}
    assert {one.path for one in workspace.requests} == {path_of()}
    said = walship.wait_for_log(
        r'profile azuremonitor.*defaults="([^"]*)"', 5)[1]
    assert "sample_age_limit=19m" in said and "max_lag=5m" in said
    assert "batch_send_deadline" not in said
    assert "no external label" not in walship.log()
    assert walship.total(DROPPED) == 0


def test_without_a_label_for_the_host_there_is_a_warning(ship, workspace):
    walship = ship(labels=False)
    walship.wait_for_log(r"no external label tells this host from others", 5)
    wait_for(lambda: workspace.requests, 60, "a request")


def test_a_rule_that_is_not_there_holds(ship, workspace, authority):
    walship = ship(url=workspace.base + path_of(version="2021-01-01"),
                   hold_on_status=[401, 403, 404])
    wait_for(lambda: len(workspace.requests) > 1, 60, "two requests")
    assert workspace.statuses() == {404}
    walship.configure({"url": workspace.url, "name": "azure",
                       "profile": "azuremonitor", "queue_config": QUICK,
                       "tls_config": {"ca_file": str(authority.ca_file)}})
    assert walship.reload()[0] == 0
    wait_for(lambda: arrived(workspace, "rig_gauge") > 60, 60, "samples")
    assert walship.total(DROPPED) == 0


def test_a_role_that_comes_late_costs_nothing(ship, prometheus, workspace):
    workspace.forbidden = True
    walship = ship()
    wait_for(lambda: workspace.requests, 60, "a request")
    walship.wait_for_log(r"status=403", 30)
    workspace.forbidden = False
    wait_for(lambda: arrived(workspace, "rig_gauge") > 60, 90, "samples")
    assert walship.total(DROPPED) == 0
    assert walship.total(
        "prometheus_remote_storage_samples_failed_total") == 0


def test_what_is_too_large_or_too_often_is_sent_all_the_same(
        ship, workspace):
    workspace.body_max = 1000
    workspace.requests_max = 40
    walship = ship()
    wait_for(lambda: {413, 429, 200} <= {
        one.status for one in workspace.requests}, 90, "413 and 429")
    workspace.body_max, workspace.requests_max = 1 << 20, 1 << 20
    wait_for(lambda: arrived(workspace, "rig_gauge") > 60, 60, "samples")
    assert walship.total(
        "prometheus_remote_storage_samples_failed_total") == 0


def test_labels_beyond_its_limits_are_dropped_here(
        ship, exporter, workspace):
    exporter.page = LongPage()
    walship = ship()
    wait_for(lambda: walship.total(DROPPED, reason="label_limits") > 0, 60,
             "a series to be dropped")
    assert "metrics=rig_long" in walship.log()
    assert arrived(workspace, "rig_long") == 0


def test_beyond_max_series_new_ones_are_dropped_and_named(
        ship, exporter, workspace):
    walship = ship(limits={"max_series": 50})
    wait_for(lambda: walship.total(DROPPED, reason="series_limit") > 0, 60,
             "series to be dropped")
    assert walship.total("walship_series") <= 50
    assert walship.total("walship_series_over_limit_total") > 0
    assert walship.total("walship_series_memory_bytes") > 0
    walship.wait_for_log(r"no room for new series.*metrics=", 10)
    wait_for(lambda: workspace.store.count() > 100, 60, "the others")
