# SPDX-License-Identifier: Apache-2.0
"""An outage that lasts until Prometheus has deleted what was not shipped, and
walships that hold it."""

import os
import pathlib
import re
from concurrent.futures import ThreadPoolExecutor

from . import compare
from .answers import Answer
from .manager import Manager
from .processes import wait_for
from .receiver import RecordingReceiver
from .walship import Walship

NOBODY = 65534
QUICK = {"min_backoff": "30ms", "max_backoff": "500ms",
         "batch_send_deadline": "300ms"}


def flags(blocks="8s"):
    """Prometheus's, so that its log is truncated every few seconds."""
    return [f"--storage.tsdb.min-block-duration={blocks}",
            f"--storage.tsdb.max-block-duration={blocks}",
            "--storage.tsdb.wal-segment-size=10MB"]


class Log:
    """The log of the Prometheus ${source}."""

    def __init__(self, source):
        self.path = pathlib.Path(source.data_dir) / "wal"

    def segments(self):
        """The numbers of those that are there, in order."""
        return sorted(int(one.name) for one in self.path.iterdir()
                      if one.name.isdigit())

    def wait_until_deleted(self, number, seconds=120):
        """Wait until segment ${number} and all before it are deleted."""
        wait_for(lambda: self.segments()[0] > number, seconds,
                 f"segment {number} to be deleted", 0.3)


class Held:
    """A walship whose receiver fails, which holds the log of ${source}.
    ${spool}: its configuration.  ${store}: systemd keeps its descriptors.
    ${user}: it runs as that.  ${mounts}: it sees those.  ${queue}: more of its
    queue_config."""

    def __init__(self, directory, source, name, spool=None, store=False,
                 user=None, mounts=None, queue=None):
        self.source = source
        self.receiver = RecordingReceiver()
        self.fail(True)
        self.spool_dir = pathlib.Path(directory) / f"{name}-spool"
        self.walship = Walship(
            directory, source.data_dir,
            [{"url": self.receiver.url, "name": name,
              "queue_config": {**QUICK, **(queue or {})}}],
            name=name, spool={"dir": str(self.spool_dir), **(spool or {})})
        self.spool_dir = pathlib.Path(self.walship.settings["spool"]["dir"])
        if user is not None:
            self.spool_dir.mkdir(mode=0o700, exist_ok=True)
            os.chown(self.spool_dir, user, user)
            os.chown(self.walship.state_dir, user, user)
            self.walship.argv = [
                "setpriv", f"--reuid={user}", f"--regid={user}",
                "--clear-groups", *self.walship.argv]
        if mounts is not None:
            self.walship.argv = mounts.inside(self.walship.argv)
        self.manager = Manager(self.walship) if store else None

    def fail(self, does):
        """Have the receiver fail, or take all."""
        self.receiver.answer = lambda request: Answer(503 if does else 204)

    def start(self):
        """Start it, as it may have been before."""
        (self.manager or self.walship).start()
        self.walship.wait_ready()
        return self

    def mode(self):
        """How it holds segments."""
        return next(mode for mode in ("link", "fd", "off")
                    if self.walship.total("walship_spool_mode", mode=mode))

    def wait_delivered(self, truth, seconds=90):
        """Wait until all of ${truth} is with the receiver."""
        compare.delivered(truth, lambda: self.receiver.store, seconds)

    def held_files(self):
        """What is in spool.dir."""
        try:
            return sorted(one.name for one in self.spool_dir.iterdir()
                          if re.fullmatch(r"\d+-\d+(\.tmp)?", one.name))
        except FileNotFoundError:
            return []

    def opened_for_writing(self):
        """Files of Prometheus that it has open for more than reading."""
        return [str(path) for path, flags_ in self._open_files()
                if str(path).startswith(str(self.source.data_dir))
                and flags_ & os.O_ACCMODE]

    def _open_files(self):
        process = pathlib.Path(f"/proc/{self.walship.pid}")
        for fd in os.listdir(process / "fd"):
            try:
                path = os.readlink(process / "fd" / fd)
                text = (process / "fdinfo" / fd).read_text()
            except FileNotFoundError:
                continue
            yield path, int(re.search(r"flags:\s+(\d+)", text)[1], 8)

    def close(self):
        """End all of it."""
        if self.walship.running():
            self.walship.stop()
        self.walship.kill()
        if self.manager:
            self.manager.close()
        self.receiver.close()


def kill(held):
    """kill -9 all of ${held}, and start them again."""
    for one in held:
        one.walship.kill()
        one.receiver.sender_died()
        one.start()


def restart(held):
    """Stop all of ${held} cleanly and start them again; what systemd keeps is
    lost."""
    # Started by this thread: with another they would end.
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: one.walship.stop(), held))
    for one in held:
        if one.manager:
            one.manager.drop_all()
        one.start()
