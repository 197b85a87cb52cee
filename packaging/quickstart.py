# SPDX-License-Identifier: Apache-2.0
"""quickstart.py SECONDS: the part of quickstart.sh that runs the programs and
compares.  SECONDS is 0 to run until Ctrl-C."""

import os
import pathlib
import shlex
import shutil
import signal
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from rig import binaries, compare, remote_read, series  # noqa: E402
from rig.exporter import Exporter, Page  # noqa: E402
from rig.prometheus import Prometheus, Receiver  # noqa: E402
from rig.walship import Walship  # noqa: E402

TICK = 3           # Seconds between lines.
REPORT = 60        # Seconds between comparisons that are told.
SETTLED = 10       # A sample this old (s) is surely readable at the source.
PATIENCE = 120     # Seconds for a stopped program to come back at the end.
WINDOW = 300_000   # Milliseconds that are compared at once.


def now_ms():
    return int(time.time() * 1000)


def say(text=""):
    print(text, flush=True)


class Stage:
    """The three programs and the exporter, in a directory of their own."""

    def __init__(self):
        self.directory = pathlib.Path(
            tempfile.mkdtemp(prefix="walship-quickstart-"))
        self.exporter = Exporter(Page(gauges=100, counters=100, churn=20))
        self.source = Prometheus("source", self.directory,
                                 targets=[self.exporter.address])
        self.receiver = Receiver("receiver", self.directory)
        self.walship = None
        self.begin = now_ms() - 1000

    def start(self):
        self.source.start()
        self.receiver.start()
        self.walship = Walship(self.directory, self.source.data_dir,
                               [self.receiver.write_url],
                               log={"level": "info"})
        self.walship.start()
        for one in (self.source, self.receiver):
            self._write_starter(one)

    def _write_starter(self, one):
        """A command by which a person can start it again."""
        path = self.directory / f"start-{one.name}"
        words = " ".join(shlex.quote(word) for word in one.argv)
        path.write_text(f"#!/bin/sh\nsetsid {words} </dev/null "
                        f">>{shlex.quote(str(one.log_path))} 2>&1 &\n"
                        f'echo "{one.name}: pid $!"\n')
        path.chmod(0o755)

    def introduce(self):
        source, receiver = self.source, self.receiver
        say(f"""
  source    {source.url}   {binaries.version(source.binary)[:26]}, without \
remote_write
  walship   http://{self.walship.address}   its page; reads \
{source.wal}
  receiver  {receiver.url}   a second Prometheus, which scrapes nothing
  files     {self.directory}   (configurations, logs)

Pull it apart from another terminal, if you like; it shall not matter:
  kill {receiver.pid}; sleep 15; {self.directory}/start-receiver
  kill -9 {source.pid}; {self.directory}/start-source
""")

    def end(self):
        """End every program whose command line names the directory: also
        those that a person started again."""
        try:
            if self.walship and self.walship.running():
                self.walship.terminate()
        finally:
            for one in (self.source, self.receiver):
                one.kill()
            self._kill_restarted()
            self.exporter.close()

    def _kill_restarted(self):
        for proc in pathlib.Path("/proc").iterdir():
            try:
                words = (proc / "cmdline").read_bytes().split(b"\0")
            except (OSError, ValueError):
                continue
            mine = any(one.argv[:3] == [os.fsdecode(word)
                                        for word in words[:3]]
                       for one in (self.source, self.receiver))
            if mine:
                os.kill(int(proc.name), signal.SIGKILL)


class Progress:
    """What has been compared so far.  Samples before `until` are equal and
    are not read again until the end."""

    def __init__(self, stage):
        self.stage = stage
        self.until = stage.begin
        self.equal = 0

    def _read(self, one, end):
        """Its samples since `until`, or None while it is down."""
        try:
            return remote_read.read(one.url, self.until, end)
        except OSError:
            return None

    def step(self):
        """Read both, and move `until` as far as they agree.  Return the
        texts of (written, received, lag)."""
        end = now_ms()
        settled = end - SETTLED * 1000
        source = self._read(self.stage.source, end)
        receiver = self._read(self.stage.receiver, end)
        texts = (self._text(source), self._text(receiver), lag(receiver))
        if source is None or receiver is None or settled <= self.until:
            return texts
        lost = [one for one in compare.missing(source, receiver)
                if one.timestamp <= settled]
        if not lost:
            self.equal += sum(1 for key in source.series
                              for at, _ in source.samples(key)
                              if at <= settled)
            self.until = settled + 1
        return texts

    def _text(self, store):
        return "down" if store is None else f"{self.equal + store.count():,}"


def lag(store):
    """How long before now the newest sample of ${store} is."""
    newest = [held[0][-1] for held in store.series.values()] if store else []
    return f"{(now_ms() - max(newest)) / 1000:.1f} s" if newest else "-"


def read_patiently(one, begin, end):
    """Read from a program that may be down for a while."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return remote_read.read(one.url, begin, end)
        except OSError as error:
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"{one.name} does not answer: {error}") from error
            time.sleep(1)


class Sum:
    """What the final comparison saw."""

    def __init__(self):
        self.samples = self.stale = self.nan = 0
        self.series = set()

    def add(self, store):
        self.samples += store.count()
        self.series.update(store.series)
        for key in store.series:
            for _, bits in store.samples(key):
                self.stale += bits == series.STALE
                self.nan += series.is_nan(bits) and bits != series.STALE

    def __str__(self):
        return (f"{self.samples:,} samples of {len(self.series):,} series, "
                f"among them {self.stale:,} stale markers and {self.nan:,} "
                "other NaN")


def verify(stage):
    """Compare everything from the beginning until now; wait for what is
    under way.  Return the Sum; an AssertionError names what is missing."""
    total = Sum()
    end = now_ms()
    for begin in range(stage.begin, end, WINDOW):
        until = min(begin + WINDOW - 1, end)
        source = read_patiently(stage.source, begin, until)
        if source.count():
            compare.delivered(source, lambda: read_patiently(
                stage.receiver, begin, until), PATIENCE)
        total.add(source)
    assert total.samples > 0, "the source has no samples at all"
    return total


def run(stage, seconds):
    """Show what happens until the time is over, then verify."""
    begin = time.monotonic()
    progress = Progress(stage)
    report_at = REPORT
    while not seconds or time.monotonic() - begin < seconds:
        time.sleep(TICK)
        passed = time.monotonic() - begin
        written, received, behind = progress.step()
        say(f"{passed:5.0f} s   written {written:>10}   received "
            f"{received:>10}   newest received {behind:>7} ago")
        stage.walship.must_run()
        if passed >= report_at:
            report_at += REPORT
            say(f"\n  so far {progress.equal:,} samples compared: equal bit "
                "for bit at source and receiver\n")
    say("\nthe end: comparing everything ...")
    total = verify(stage)
    status, took = stage.walship.terminate()
    say(f"\n{total}:\nevery one arrived, equal bit for bit.")
    assert status == 0, f"walship ended with status {status}"
    say(f"walship stopped in {took:.1f} s.")


def interrupted(number, _):
    raise KeyboardInterrupt(number)


def main(seconds):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    stage = Stage()
    keep = True
    try:
        stage.start()
        stage.introduce()
        run(stage, seconds)
        keep = False
        return 0
    except KeyboardInterrupt:
        keep = False
        say("\nended by hand; cleaning up")
        return 130 if seconds else 0
    except (AssertionError, RuntimeError, TimeoutError,
            binaries.Missing) as error:
        say(f"\nquickstart: {error}\nlogs are left in {stage.directory}")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stage.end()
        if not keep:
            shutil.rmtree(stage.directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
