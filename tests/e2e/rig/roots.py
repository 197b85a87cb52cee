# SPDX-License-Identifier: Apache-2.0
"""Roots of Debian and Ubuntu in which programs run, but no systemd: in one the
deb is built, with nothing there but what building needs, in the other apt
installs it."""

import pathlib
import subprocess

from . import binaries


def suites():
    """Those whose roots tests/roots.sh has made."""
    return sorted(path.parent.name for path in
                  binaries.roots().glob("*/bare.holds"))


def provide():
    """Make the roots of this machine's own suite, and return its name; a
    RuntimeError tells why they cannot be made."""
    done = subprocess.run([binaries.TOP / "tests/roots.sh"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout)
    return pathlib.Path(done.stdout.splitlines()[-1]).name


class Root:
    """The root ${kind} of ${suite}, which stays as it is: what is written to
    it goes to ${directory}, and is gone when it is closed."""

    def __init__(self, suite, kind, directory):
        self.path = directory / f"{suite}-{kind}"
        self._layers = directory / f"{suite}-{kind}.layers"
        for path in (self.path, self._layers):
            path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", self._layers],
                       check=True)
        for name in ("upper", "work"):
            (self._layers / name).mkdir()
        subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={binaries.roots() / suite / kind},"
             f"upperdir={self._layers}/upper,workdir={self._layers}/work",
             self.path], check=True)

    def command(self, *words, network=True):
        """What runs the ${words} there, with the ${network} of this machine
        or with none."""
        return ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit",
                "--pipe", f"--directory={self.path}",
                "--setenv=DEBIAN_FRONTEND=noninteractive",
                "--setenv=LC_ALL=C.UTF-8",
                *([] if network else ["--private-network"]), *words]

    def run(self, command, seconds=300, **more):
        """What the shell ${command}, which must succeed, writes there."""
        done = subprocess.run(
            self.command("sh", "-c", command, **more),
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=seconds, check=False)
        if done.returncode != 0:
            raise AssertionError(
                f"{command}: status {done.returncode}\n"
                f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def close(self):
        for path in (self.path, self._layers):
            subprocess.run(["umount", "--lazy", path], check=False)
