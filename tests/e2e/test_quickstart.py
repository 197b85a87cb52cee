# SPDX-License-Identifier: Apache-2.0
"""packaging/quickstart.sh, as a newcomer runs it, and pulled apart."""

import pathlib
import re
import subprocess

import pytest

from rig import binaries
from rig.processes import Process

SCRIPT = binaries.TOP / "packaging" / "quickstart.sh"
BUILD = 300  # Seconds for the first build.


def start(directory, *argv):
    """Start it in another working directory than the tree's."""
    one = Process("quickstart", [SCRIPT, *argv], directory)
    one.spawn()
    return one


def left_behind(text):
    """Processes that name the directory that ${text} speaks of."""
    path = re.search(r"files +(\S+)", text)[1]
    found = []
    for proc in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.encode() in proc.read_bytes():
                found.append(proc)
        except OSError:
            pass
    return found


@pytest.mark.parametrize("argv", [
    ["--bogus"], ["--seconds"], ["--seconds", "x"], ["--seconds", "1"],
], ids=" ".join)
def test_a_wrong_option_is_status_2(directory, argv):
    done = subprocess.run([SCRIPT, *argv], cwd=directory, timeout=30,
                          capture_output=True, check=False)
    assert done.returncode == 2


@pytest.mark.full
def test_it_ends_with_status_0_though_receiver_and_source_are_restarted(
        directory, ended):
    one = start(directory, "--seconds", "75")
    ended.append(one)
    one.wait_for_log(r"\n +9 s", BUILD)
    for command in re.findall(r"^  (kill .*)$", one.log(), re.M):
        subprocess.run(["sh", "-c", command], check=True, timeout=60)
    assert one.wait(300) == 0, one.log()
    assert "equal bit for bit" in one.log()
    samples = re.search(r"^([\d,]+) samples of", one.log(), re.M)[1]
    assert int(samples.replace(",", "")) > 10_000
    assert not left_behind(one.log())


@pytest.mark.full
def test_it_cleans_up_on_a_signal(directory, ended):
    one = start(directory)
    ended.append(one)
    one.wait_for_log(r"\n +6 s", BUILD)
    status, _ = one.terminate()
    assert status == 0
    assert not left_behind(one.log())
