# SPDX-License-Identifier: Apache-2.0
"""From Prometheus's own remote write to walship, and back, as README.md says:
nothing is missing, and what comes twice is no more than is said there."""

import json
import signal
import time

from rig import series
from rig.exporter import Exporter, Page
from rig.processes import wait_for
from rig.prometheus import Prometheus
from rig.receiver import RecordingReceiver

SOON = {"batch_send_deadline": "1s"}
BACK = 60000  # Milliseconds: "start: 1m".


def reload_with(prometheus, remotes):
    """Have Prometheus send to ${remotes} from now on."""
    config = json.loads(prometheus.config.read_text())
    config["remote_write"] = remotes
    prometheus.config.write_text(json.dumps(config))
    done = r'msg="Completed loading of configuration file"'
    before = len([line for line in prometheus.log().splitlines()
                  if "Completed loading" in line])
    prometheus.child.send_signal(signal.SIGHUP)
    prometheus.wait_for_log(done, 60, before + 1)


def newest(receiver):
    return max((times[-1] for times, _ in
                list(receiver.store.series.values())), default=0)


def now():
    return int(time.time() * 1000)


def missing(truth, stores, begin, end):
    """Samples of ${truth} in that time that none of ${stores} has."""
    def between(store):
        return {(key, at) for key in list(store.series)
                for at, _ in store.samples(key) if begin < at < end}
    return between(truth) - set().union(*map(between, stores))


def test_to_walship_and_back(directory, ended, make_walship):
    exporter = Exporter(Page(odd=False, churn=2))
    theirs, ours = RecordingReceiver(user_agent="Prometheus/"), (
        RecordingReceiver())
    ended += [exporter, theirs, ours]
    prometheus = Prometheus("source", directory, targets=[exporter.address],
                            flags=["--storage.remote.flush-deadline=5s"])
    remotes = [{"url": theirs.url, "queue_config": SOON,
                "metadata_config": {"send": False}}]
    config = json.loads(prometheus.config.read_text())
    prometheus.config.write_text(json.dumps(
        {**config, "remote_write": remotes}))
    ended.append(prometheus)
    prometheus.start()
    wait_for(lambda: theirs.store.count(), 60, "remote write to begin")
    begin = now()
    exporter.wait_for_scrapes(4)

    # To walship: first Prometheus's ends, then ours begins, a minute back.
    moved = now()
    reload_with(prometheus, [])
    walship = make_walship(prometheus.data_dir, {
        "url": ours.url, "queue_config": SOON}, start="1m")
    exporter.wait_for_scrapes(4)

    # And back: first Prometheus's begins, then ours ends.
    reload_with(prometheus, remotes)
    again = now()
    wait_for(lambda: newest(theirs) > again + 2000, 60,
             "remote write to go on")
    walship.stop()
    stopped = now()
    exporter.wait_for_scrapes(4)
    end = now()
    exporter.wait_for_scrapes(2)
    truth = prometheus.read_since(begin)
    prometheus.terminate(60)

    lost = missing(truth, [theirs.store, ours.store], begin, end)
    assert not lost, (len(lost), [(series.show(key), at)
                                  for key, at in sorted(lost)[:3]])
    # Only in these times did both send.
    oldest = min(times[0] for times, _ in ours.store.series.values())
    assert moved - BACK - 5000 < oldest
    assert not [at for key in list(theirs.store.series)
                for at, _ in theirs.store.samples(key)
                if moved + 5000 < at < again - 5000]
    assert newest(ours) <= stopped
    ours.must_be_clean()
