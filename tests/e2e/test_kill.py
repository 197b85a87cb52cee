# SPDX-License-Identifier: Apache-2.0
"""kill -9 at any moment, of walship, of Prometheus, of both, with answers
lost on top: every sample that the source has is in every receiver, and what
is sent twice was on its way when walship was killed.

The long form, with --full, is 100 kills in ten minutes under 5,000 series.
WALSHIP_TEST_SEED repeats the moments of a run that failed."""

import contextlib
import os
import random
import time

import pytest

from rig import compare
from rig.answers import Answer
from rig.exporter import Exporter, Page
from rig.forwarder import Forwarder
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.walship import Walship

# settle: the seconds until all is there after the last kill.
SHORT = {"series": 500, "kills": 6, "source_kills": 2, "seconds": 18,
         "settle": 120}
LONG = {"series": 5000, "kills": 100, "source_kills": 50, "seconds": 600,
        "settle": 1200}
LOST = 0.2         # Of the answers, where they are lost.
FAILED = 0.1       # Of the requests, which makes for a backlog.
AIMED = 0.7        # Of the kills, while a request is on its way.
FICKLE = 0.5       # Of them are not taken if walship dies meanwhile.
DELAY = 0.4        # Seconds that an answer may take, so that kills hit it.
UNSAVED = 0.5      # Seconds within which an answer may not have been saved.
RICH = 5           # Scrapes that are worth the trial.
SCRAPE = 1500      # Milliseconds from one to the next, at most.
QUICK = {"min_backoff": "30ms", "max_backoff": "500ms",
         "batch_send_deadline": "500ms"}


@pytest.fixture
def chance():
    """Random numbers of a seed that is printed."""
    seed = os.environ.get("WALSHIP_TEST_SEED") or str(time.time_ns())
    print(f"WALSHIP_TEST_SEED={seed}")
    return random.Random(seed)


class Trial:
    """A source, a walship, a recording receiver and a Prometheus that
    receives without an out-of-order window."""

    def __init__(self, size, chance, made):
        self.size = size
        self.chance = chance
        self.ended = made["ended"]
        self.exporter = Exporter(Page(gauges=size["series"], churn=20))
        self.recorder = RecordingReceiver(keep_entries=False)
        self.recorder.answer = lambda request: self.answer()
        self.ended += [self.exporter, self.recorder]
        self.prometheus = made["make_receiver"]()
        self.forwarder = Forwarder(self.prometheus.write_url)
        self.forwarder.hold = self.seconds_before
        self.forwarder.change = self.later
        self.ended.append(self.forwarder)
        self.begin = int(time.time() * 1000)
        self.source = made["make_prometheus"](
            targets=[self.exporter.address])
        self.walship = Walship(
            made["directory"], self.source.data_dir,
            [{"url": self.recorder.url, "name": "recorder",
              "queue_config": QUICK},
             {"url": self.forwarder.url, "name": "prometheus",
              "queue_config": QUICK}], log={"level": "info"})
        self.ended.append(self.walship)
        self.lives = []  # The number of the first request of each.
        self.hits = 0     # Kills while a request was on its way.
        self.floors = []  # What may be repeated after each kill: from there.

    def answer(self):
        """The recorder's answer to a request."""
        return Answer(500 if self.chance.random() < FAILED else 204,
                      delay=self.chance.uniform(0, DELAY),
                      fickle=self.chance.random() < FICKLE)

    def seconds_before(self):
        """Seconds for which the Prometheus does not see a request."""
        return self.chance.choice([0, self.chance.uniform(0, DELAY)])

    def later(self, answer):
        """${answer} of the Prometheus, after a while."""
        time.sleep(self.chance.uniform(0, DELAY))
        return answer

    def live(self):
        """Start a walship, and do not wait for it."""
        self.lives.append(len(self.recorder.requests))
        self.walship.spawn()

    def kill_walship(self):
        """Kill it, and start another once its connections have ended."""
        self.walship.must_run()
        self.walship.kill()
        at = time.monotonic()
        self.recorder.sender_died()
        self.floors.append(self._floor(at))
        self.live()

    def _floor(self, at):
        """The oldest sample that may be sent again after a kill at ${at}: of
        the range of the first request that was on its way then.  A range is
        no longer than the samples of one of its requests are apart."""
        requests = [one for one in self.recorder.requests[self.lives[-1]:]
                    if one.samples]
        if not requests:
            return self.floors[-1] if self.floors else 0
        flying = [one for one in requests if not one.taken
                  or one.answered > at - UNSAVED] + requests[-1:]
        longest = max(one.newest - one.oldest for one in requests)
        return min(one.oldest for one in flying) - longest - SCRAPE

    def kill_prometheus(self):
        """Kill the source, and start it again."""
        self.source.kill()
        self.source.start()

    def pause(self):
        """Wait until the next kill: now and then it comes at once, and as
        often as not while a request is on its way to the recorder."""
        mean = self.size["seconds"] / self.size["kills"]
        time.sleep(self.chance.uniform(0, 0.5) if self.chance.random() < 0.3
                   else self.chance.uniform(0.3, 2) * mean)
        if self.chance.random() < AIMED:
            with contextlib.suppress(TimeoutError):
                wait_for(self.recorder.order.in_flight, 5, "a request", 0.01)
            time.sleep(self.chance.uniform(0, DELAY / 2))
        self.hits += bool(self.recorder.order.in_flight())

    def run(self, kill, count="kills"):
        """Call ${kill}() as often as the size says of ${count}, at random
        moments."""
        self.live()
        self.exporter.wait_for_scrapes(2)
        for _ in range(self.size[count]):
            self.pause()
            kill()
        self.exporter.wait_for_scrapes(3)

    def must_be_whole(self):
        """Both receivers have all that the source has."""
        truth = self.source.read_since(self.begin)
        assert truth.count() > self.size["series"] * RICH
        settle = self.size["settle"]
        count = compare.delivered(truth, lambda: self.recorder.store, settle)
        compare.delivered(
            truth, lambda: self.prometheus.read_since(self.begin), settle)
        self.walship.stop()
        self.recorder.must_be_clean()
        print(f"{count} samples, {self.hits} kills hit a request, "
              f"{self.recorder.repeated} sent twice, "
              f"{len(self.recorder.requests)} requests, "
              f"{self.forwarder.statuses.count(400)} rolled back")

    def must_repeat_little(self):
        """What came again had been on its way when walship was killed, or
        its answer was lost."""
        requests, repeated = self.recorder.requests, 0
        ends = self.lives[2:] + [len(requests)]
        for begin, end, floor in zip(self.lives[1:], ends, self.floors):
            repeated += sum(one.repeated for one in requests[begin:end]
                            if one.repeated and one.oldest_repeated < floor)
        lost = sum(one.samples for one in requests
                   if one.taken and one.status is None)
        assert repeated <= lost, f"{repeated} samples came again for no reason"


@pytest.fixture(params=[SHORT, pytest.param(LONG, marks=pytest.mark.full)],
                ids=["short", "long"])
def trial(request, chance, directory, ended, make_prometheus, make_receiver):
    return Trial(request.param, chance, {
        "directory": directory, "ended": ended,
        "make_prometheus": make_prometheus, "make_receiver": make_receiver})


def test_nothing_is_lost_when_walship_is_killed(trial):
    trial.run(trial.kill_walship)
    trial.must_be_whole()
    trial.must_repeat_little()


def test_nothing_is_lost_when_prometheus_is_killed(trial):
    trial.run(trial.kill_prometheus, "source_kills")
    trial.must_be_whole()


def test_nothing_is_lost_when_both_are_killed(trial):
    def kill():
        both = [trial.kill_walship, trial.kill_prometheus]
        trial.chance.shuffle(both)
        for one in both[:trial.chance.choice([1, 2, 2])]:
            one()
    trial.run(kill, "source_kills")
    trial.must_be_whole()
    trial.must_repeat_little()


def test_nothing_is_lost_when_answers_are_lost_as_well(trial):
    def lose(answer):
        answer.reset = trial.chance.random() < LOST
        return answer
    trial.recorder.answer = lambda request: lose(trial.answer())
    trial.forwarder.change = lambda answer: lose(trial.later(answer))
    trial.run(trial.kill_walship)
    trial.must_be_whole()
    trial.must_repeat_little()
