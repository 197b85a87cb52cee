# SPDX-License-Identifier: Apache-2.0
"""Its own server: /metrics in Prometheus's words, health, readiness."""

import re
import urllib.error
import urllib.request

import pytest

from rig import compare, metrics
from rig.deadends import dead_url
from rig.processes import wait_for

QUEUE = [
    "samples_total", "samples_failed_total", "samples_retried_total",
    "bytes_total", "samples_pending",
]
WATCHER = ["records_read_total", "current_segment"]


def test_the_metrics_have_the_names_and_labels_of_prometheus(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir,
                           {"url": receiver.url, "name": "north"})
    truth = source.read_after(3)
    compare.delivered(truth, lambda: receiver.store, 60)
    page = walship.metrics()
    for name in QUEUE:
        assert page.values(f"prometheus_remote_storage_{name}",
                           remote_name="north", url=receiver.url), name
    for name in WATCHER:
        assert page.values(f"prometheus_wal_watcher_{name}",
                           consumer="north"), name
    assert page.total("prometheus_wal_watcher_records_read_total",
                      type="samples") > 0
    assert re.search(r"^# TYPE prometheus_remote_storage_samples_total "
                     r"counter$", page.text, re.M)


def test_the_counters_agree_with_the_receiver(
        make_prometheus, exporter, receiver, make_walship):
    source = make_prometheus(targets=[exporter.address])
    walship = make_walship(source.data_dir, receiver.url)
    exporter.wait_for_scrapes(4)
    begin = int(source.config.stat().st_mtime * 1000)
    truth = source.read_since(begin)
    source.terminate()
    compare.delivered(truth, lambda: receiver.store, 60)

    def agree():
        page = walship.metrics()
        return (page.total("prometheus_remote_storage_samples_total")
                == receiver.store.count()
                and page.total("prometheus_remote_storage_bytes_total")
                == sum(one.size for one in receiver.requests)
                and page.total("prometheus_remote_storage_samples_pending")
                == 0)
    wait_for(agree, 30, "metrics to be what the receiver counted")


def test_prometheus_can_scrape_it(source, receiver, make_walship,
                                  make_prometheus):
    walship = make_walship(source.data_dir, receiver.url)
    other = make_prometheus("other", targets=[walship.address])
    wait_for(lambda: 'health":"up' in page_of_targets(other, walship), 30,
             "the target to be up")


def page_of_targets(prometheus, walship):
    """What Prometheus says of the target that walship is."""
    _, text = metrics.get(prometheus.url + "/api/v1/targets?state=active")
    at = text.find(f'"scrapeUrl":"http://{walship.address}/metrics"')
    return text[at:at + 400] if at >= 0 else ""


@pytest.mark.parametrize("path, status", [
    ("/-/healthy", 200), ("/-/ready", 200), ("/metrics", 200), ("/", 200),
    ("/nothing", 404),
])
def test_it_answers(source, receiver, make_walship, path, status):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    assert walship.get(path)[0] == status


def test_secrets_of_a_url_are_shown_nowhere(source, make_walship):
    url = dead_url().replace("//", "//user:hunter2@") + "?sig=hunter3"
    walship = make_walship(source.data_dir, url)
    source.read_after(3)
    walship.must_hide("hunter2", "hunter3")


def post(walship, path, **headers):
    """(status, text) of a POST to it."""
    request = urllib.request.Request(
        f"http://{walship.address}{path}", method="POST", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_reloads_by_http_only_if_it_may(source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url)
    assert post(walship, "/-/reload")[0] == 403
    web = {"listen_address": "127.0.0.1:0", "enable_lifecycle": True}
    walship.configure(receiver.url, web=web)
    assert walship.reload()[0] == 0
    code, text = post(walship, "/-/reload")
    assert code == 200 and "1 unchanged" in text
    assert post(walship, "/-/reload", Origin="http://evil.example")[0] == 403
    walship.config.write_text("remote_write: [\n")
    code, text = post(walship, "/-/reload")
    assert code == 500 and "nothing was changed" in text
