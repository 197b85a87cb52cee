# SPDX-License-Identifier: Apache-2.0
"""Programs started on free ports, waited for, measured, and surely ended."""

import ctypes
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)

# Deadlines are for a busy machine with two cores; this widens them.
PATIENCE = float(os.environ.get("WALSHIP_TEST_PATIENCE", "1"))


# Ports below those that the kernel hands out.
PORTS = range(12000, 32000)


def _ports():
    """Those PORTS that no other worker of this run takes."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return PORTS[worker::count]


def free_port():
    """A port free on 127.0.0.1 now, which stays this run's, so that a program
    that is restarted finds it free again."""
    for _ in range(200):
        port = random.SystemRandom().choice(_ports())
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port in {PORTS}")


def wait_for(condition, seconds, what, every=0.1):
    """Return the first true value of ${condition}(); a TimeoutError naming
    ${what} after ${seconds}."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        # Asked once more after the deadline: this process may have stood still.
        late = time.monotonic() > end
        value = condition()
        if value:
            return value
        if late:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(every)


def _die_with_parent():
    """Runs in the child: no program outlives a killed test run."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program with a log of its own: ${directory}/${name}.log, to which a
    restart appends."""

    def __init__(self, name, argv, directory, env=None):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.directory = pathlib.Path(directory)
        self.env = env or {}
        self.fds = ()  # Descriptors that it inherits.
        self.log_path = self.directory / f"{name}.log"
        self.child = None

    def spawn(self):
        """Start it, and do not wait for anything."""
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory, env={**os.environ, **self.env},
                start_new_session=True, preexec_fn=_die_with_parent,
                pass_fds=self.fds)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def log(self):
        """All that it has written."""
        try:
            return self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def wait_for_log(self, pattern, seconds, count=1):
        """Wait until ${pattern} has been written ${count} times; return the
        last match.  A program that ended first is an error at once."""
        def found():
            matches = list(re.finditer(pattern, self.log()))
            if len(matches) >= count:
                return matches[-1]
            self.must_run()
            return None
        return wait_for(found, seconds, f"{pattern!r} in {self.log_path}")

    def must_run(self):
        """Raise if it has ended, with the end of its log."""
        if not self.running():
            tail = "\n".join(self.log().splitlines()[-20:])
            raise RuntimeError(f"{self.name} ended with status "
                               f"{self.child.returncode}:\n{tail}")

    def wait(self, seconds):
        """Wait for its end; return the exit status, negative of a signal."""
        return self.child.wait(seconds * PATIENCE)

    def terminate(self, seconds=30):
        """SIGTERM, and wait.  Return (exit status, seconds it took)."""
        begin = time.monotonic()
        if self.running():
            self.child.send_signal(signal.SIGTERM)
        status = self.wait(seconds)
        return status, time.monotonic() - begin

    def kill(self):
        """kill -9, and wait.  Nothing to one that does not run."""
        if self.running():
            self.child.kill()
            self.child.wait()

    def cpu_seconds(self):
        """User and system time spent so far."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        fields = stat.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, field):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1])

    def rss_kib(self):
        """Resident memory."""
        return self._status("VmRSS")

    def peak_kib(self):
        """The most that it ever was."""
        return self._status("VmHWM")

    def descriptors(self):
        """How many file descriptors are open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))
