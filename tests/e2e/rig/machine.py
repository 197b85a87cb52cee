# SPDX-License-Identifier: Apache-2.0
"""A machine of its own: a Debian or Ubuntu whose systemd is booted in a
container, with the network of this one."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time
import uuid

from . import binaries, metrics, remote_read
from .processes import Process, free_port, wait_for


def why_not(directory):
    """Why no machine can be booted here, or None if one was, in ${directory}."""
    if os.geteuid() != 0:
        return "only root can boot a machine"
    if not binaries.machine_root():
        return "packaging/deps.sh could not make a root"
    try:
        one = Machine(directory)
        try:
            one.start()
        finally:
            one.kill()
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"no machine boots here: {error}"
    return None


class Machine(Process):
    """Its files lie over those of the root that packaging/deps.sh made, which
    stay as they are."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.name_there = f"walship-{uuid.uuid4().hex[:8]}"
        self.root = directory / "root"
        self._layers = directory / "layers"
        for path in (self.root, self._layers):
            path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", self._layers],
                       check=True)
        for name in ("upper", "work"):
            (self._layers / name).mkdir()
        subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={binaries.machine_root()},"
             f"upperdir={self._layers}/upper,workdir={self._layers}/work",
             self.root], check=True)
        super().__init__("machine", [
            "systemd-nspawn", "--quiet", "--boot", "--register=no",
            "--keep-unit", "--link-journal=no", "--console=pipe",
            f"--machine={self.name_there}", f"--directory={self.root}"],
            directory)
        self._leader = None

    def start(self):
        """Boot it, and wait until that is done; return it."""
        self.spawn()
        self._leader = wait_for(self._find_leader, 60, "the machine's init")
        wait_for(self._is_up, 120, f"the machine to boot, see {self.log_path}",
                 0.5)
        return self

    def _find_leader(self):
        """The process that is the machine's first; on the way to it there is
        another."""
        self.must_run()
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children")
        for pid in children.read_text().split():
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                    return pid
        return None

    def _is_up(self):
        self.must_run()
        return self.run("systemctl is-system-running", check=False)[1].strip() \
            in ("running", "degraded")

    def run(self, command, check=True, seconds=120):
        """Run the shell ${command} there; (status, what it wrote)."""
        done = subprocess.run(
            ["nsenter", f"--target={self._leader}", "--all", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
             "DEBIAN_FRONTEND=noninteractive", "sh", "-c", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=seconds, check=False)
        if check and done.returncode != 0:
            raise AssertionError(
                f"{command}: status {done.returncode}\n{done.stdout}")
        return done.returncode, done.stdout

    def says(self, command):
        """What the shell ${command}, which must succeed, writes."""
        return self.run(command)[1].strip()

    def path(self, name):
        """Where the file ${name} of the machine is for us."""
        return self.root / name.lstrip("/")

    def put(self, name, text):
        """Write ${text} to its file ${name}."""
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text)

    def show(self, unit, what):
        """The property ${what} of its ${unit}."""
        return self.says(f"systemctl show --value -p {what} {unit}")

    def journal(self, unit):
        return self.says(f"journalctl --no-pager -o cat -u {unit}")

    def kill(self):
        """Switch it off, and take its files away."""
        if self._leader is not None:
            with contextlib.suppress(OSError):
                # With the first process go all others of the machine.
                os.kill(int(self._leader), signal.SIGKILL)
        super().kill()
        for path in (self.root, self._layers):
            subprocess.run(["umount", "--lazy", path], check=False)


class PackagedPrometheus:
    """The Prometheus of the machine's distribution, from now on scraping
    itself."""

    DATA = "/var/lib/prometheus/metrics2"

    def __init__(self, machine, flags=""):
        self.machine = machine
        self._seen = 0
        self.begin = int(time.time() * 1000) - 1000
        self.url = f"http://127.0.0.1:{free_port()}"
        address = self.url.removeprefix("http://")
        machine.put("/etc/default/prometheus",
                    f'ARGS="--web.listen-address={address} {flags}"\n')
        machine.put("/etc/prometheus/prometheus.yml", "\n".join([
            "global: {scrape_interval: 1s}", "scrape_configs:",
            "- job_name: itself", f"  static_configs: [{{targets: ['{address}']}}]",
            ""]))
        machine.run("systemctl restart prometheus")
        self.wait()

    def wait(self):
        """Until it is ready."""
        wait_for(lambda: metrics.get(self.url + "/-/ready")[0] == 200, 60,
                 "the packaged Prometheus to be ready")

    def read_more(self):
        """All its samples since then, when there are more than last time."""
        def more():
            store = remote_read.read_since(self.url, self.begin)
            return store if store.count() > self._seen else None
        store = wait_for(more, 60, "the packaged Prometheus to scrape", 0.5)
        self._seen = store.count()
        return store
