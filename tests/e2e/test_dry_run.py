# SPDX-License-Identifier: Apache-2.0
"""walship run --dry-run: all that would be sent is counted, and nothing is
sent, saved or asked."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from rig.processes import Process, wait_for
from rig import binaries
from rig.walship import SANITIZER_ENV, Walship, run_to_end

LINE = re.compile(r"  (\S+): ([\d.]+(?: [kMG])?) series, ([\d.]+(?: [kMG])?) "
                  r"samples \(.* a second\), .* compressed in ([\d.]+) "
                  r"requests \(.* a minute\)(.*)")


@pytest.fixture
def dry(directory, frozen, receiver):
    """Makes a walship that is configured, and not started."""
    def make(data_dir=None, **entry):
        return Walship(directory, data_dir or frozen.data_dir, [
            {"url": receiver.url, "name": "r", **entry}],
            log={"level": "info"})
    return make


def number(text):
    """What people read as 12.3 k."""
    digits, _, unit = text.partition(" ")
    return float(digits) * {"": 1, "k": 1e3, "M": 1e6}[unit]


def told(text, title="in all"):
    """The line of the receiver below the last ${title}."""
    return LINE.match(text[text.rindex(title):].splitlines()[1])


def dry_run(walship, *more, **env):
    return run_to_end(["run", "--dry-run", "-c", walship.config, *more],
                      walship.directory, **env)


def test_all_is_counted_and_nothing_sent_or_saved(
        dry, frozen, receiver, directory):
    temporary = pathlib.Path(directory) / "temporary"
    temporary.mkdir()
    walship = dry()
    status, text = dry_run(walship, "--seconds", "3", TMPDIR=str(temporary))
    assert status == 0, text
    line = told(text)
    assert line[1] == "r"
    truth = frozen.truth.count()
    assert abs(number(line[3]) - truth) <= truth / 20
    assert float(line[4]) > 0
    assert line[5] == ""
    assert not receiver.requests
    assert not list(walship.state_dir.iterdir())
    assert not list(temporary.iterdir())
    assert "Metric packets published" not in text


def test_rules_are_applied_and_nobody_is_asked_for_a_token(
        dry, frozen, receiver):
    walship = dry(
        write_relabel_configs=[{
            "source_labels": ["__name__"], "regex": "rig_.*",
            "action": "drop"}],
        oauth2={"client_id": "c", "client_secret_file": "/nonexistent",
                "token_url": "http://127.0.0.1:1/token"},
        tls_config={"ca_file": "/nonexistent"},
        proxy_url="http://127.0.0.1:1")
    walship.configure(*walship.settings["remote_write"],
                      external_labels={"vm": "${vmId}"})
    status, text = dry_run(walship, "--seconds", "2")
    assert status == 0, text
    line = told(text)
    assert "(dropped_series)" in line[5]
    assert 0 < number(line[3]) < frozen.truth.count()
    assert "token" not in text.lower()
    assert not receiver.requests


def test_it_follows_until_it_is_told_to_stop(dry, source, receiver, ended):
    source.read_after(2)
    walship = dry(source.data_dir,
                  queue_config={"batch_send_deadline": "500ms"})
    process = Process("dry", [binaries.walship(), "run", "-n", "-c",
                              walship.config], walship.directory,
                      SANITIZER_ENV)
    ended.append(process)
    process.spawn()
    found = process.wait_for_log(r"in the last 1\d s would be sent:\n(.*)", 30)
    assert number(LINE.match(found[1])[3]) > 0
    process.child.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert number(told(process.log())[3]) > 0
    assert not receiver.requests


@pytest.mark.parametrize("how", ["hangup", "quit", "nobody reads"])
def test_nothing_is_left_however_it_ends(dry, directory, how):
    temporary = pathlib.Path(directory) / "temporary"
    temporary.mkdir()
    child = subprocess.Popen(
        [binaries.walship(), "run", "-n", "-c", dry().config],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, **SANITIZER_ENV, "TMPDIR": str(temporary)})
    wait_for(lambda: any(temporary.glob("*/*")), 30, "what is saved")
    if how == "nobody reads":
        child.stdout.close()
    child.send_signal({"hangup": signal.SIGHUP,
                       "quit": signal.SIGQUIT}.get(how, signal.SIGTERM))
    assert child.wait(30) == (1 if how == "nobody reads" else 0)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("more", [
    ["--seconds", "0"], ["--seconds", "x"], ["--seconds", "-1"], ["what"]])
def test_what_it_does_not_understand_it_says(dry, more):
    status, text = dry_run(dry(), *more)
    assert status == 2
    assert text.startswith("Usage: walship run")


def test_seconds_are_of_a_dry_run_alone(dry):
    walship = dry()
    status, text = run_to_end(["run", "-c", walship.config, "--seconds", "1"],
                              walship.directory)
    assert status == 2
    assert text.startswith("Usage: walship run")
