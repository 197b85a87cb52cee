# SPDX-License-Identifier: Apache-2.0
"""A clock that is set, and a disk that stalls, for a walship alone; and the
service manager that it reports to."""

import contextlib
import pathlib
import socket
import struct
import threading
import time

from . import binaries


class Shim:
    """Preloaded into ${walship}, which is not started yet.

    ahead    seconds that its clock is ahead
    stalled  its disk does not answer
    """

    library = pathlib.Path(binaries.walship()).parent / "tests/e2e/shim.so"

    def __init__(self, directory, walship):
        self.file = directory / "shim"
        self.ahead = 0
        self.stalled = False
        self.apply()
        options = walship.env.get("ASAN_OPTIONS", "")
        walship.env = {**walship.env, "WALSHIP_SHIM": str(self.file),
                       "LD_PRELOAD": str(self.library),
                       "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0"}

    def apply(self):
        """Have what was set be so."""
        orders = struct.pack("=qq", self.ahead, self.stalled)
        if not self.file.exists():
            self.file.write_bytes(orders)
        with open(self.file, "r+b") as file:  # It is mapped: write in place.
            file.write(orders)

    @contextlib.contextmanager
    def stall(self):
        """Its disk does not answer within this."""
        self.stalled = True
        self.apply()
        try:
            yield
        finally:
            self.stalled = False
            self.apply()


class Manager:
    """Keeps when a walship, not started yet, said what, as systemd would; with
    a watchdog of so many ${seconds}."""

    def __init__(self, directory, walship, seconds):
        self.said = []  # (monotonic seconds, text)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = str(directory / "notify")
        self.socket.bind(path)
        walship.env = {**walship.env, "NOTIFY_SOCKET": path,
                       "WATCHDOG_USEC": str(int(seconds * 1e6))}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError):
            while True:
                text = self.socket.recv(4096).decode()
                self.said.append((time.monotonic(), text))

    def longest(self, since):
        """The longest time without WATCHDOG=1, from ${since} to now."""
        times = [at for at, text in self.said
                 if at > since and "WATCHDOG=1" in text]
        times = [since, *times, time.monotonic()]
        return max(two - one for one, two in zip(times, times[1:]))

    def has(self, text):
        return any(text in one for _, one in self.said)

    def close(self):
        self.socket.close()
