# SPDX-License-Identifier: Apache-2.0
"""walship init: whatever remote_write Prometheus takes and walship does, is
moved over, says the same, and passes check-config."""

import concurrent.futures
import json
import subprocess

import pytest

try:
    import yaml
except ImportError:  # What is moved is then only checked, not compared.
    yaml = None

from rig import binaries
from rig.walship import SANITIZER_ENV, run_to_end
from test_verdicts_table import cases, indented

PATIENCE = 60


def init(directory, text, *options):
    """(exit status, what was printed, what was said) of a Prometheus with the
    configuration ${text}."""
    theirs = directory / "prometheus.yml"
    theirs.write_text(text)
    done = subprocess.run(
        [binaries.walship(), "init", "--from", theirs, "--data-dir", "/data",
         *options], capture_output=True, text=True, timeout=PATIENCE,
        check=False, env=SANITIZER_ENV)
    return done.returncode, done.stdout, done.stderr


def move(directory, case):
    """Move ${case}, and have what comes of it judged."""
    place = directory / case.where.replace(":", "-")
    place.mkdir()
    text = "remote_write:\n" + indented(case.text)
    status, printed, said = init(place, text)
    assert status == 0, f"{case.where}: {said}\n{printed}"
    assert same(text, printed), case.where
    ours = place / "walship.yml"
    ours.write_text(printed)
    status, said = run_to_end(["check-config", ours], place)
    assert status == 0, f"{case.where}: {said}\n{printed}"


def same(before, after):
    """Whether the two say the same under remote_write, but that ${after} may
    have a name where ${before} has none."""
    if yaml is None:
        return True
    before, after = (yaml.safe_load(text)["remote_write"]
                     for text in (before, after))
    return len(before) == len(after) and all(
        {**({"name": new["name"]} if "name" in new else {}), **old} == new
        for old, new in zip(before, after))


def test_all_that_walship_does_is_moved_and_passes(directory):
    taken = [case for case in cases()
             if case.head["verdict"] == case.ours == "good"]
    assert len(taken) > 60
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for moved in [pool.submit(move, directory, case) for case in taken]:
            moved.result()


def test_the_rest_of_the_file_does_not_matter(directory):
    status, printed, said = init(directory, json.dumps({
        "global": {"scrape_interval": "15s",
                   "external_labels": {"site": "one"}},
        "rule_files": ["x"], "alerting": {"odd": [1, {"a": None}]},
        "scrape_configs": [{"job_name": "x"}],
        "remote_write": [{"url": "http://h/w", "name": "kept"}]}))
    assert status == 0, said
    assert '"site": "one"' in printed and '"kept"' in printed
    assert "data_dir: /data\n" in printed


@pytest.mark.parametrize("argv, status, word", [
    (["init", "--help"], 0, "Usage: walship init"),
    (["init", "x"], 2, "what is x?"),
    (["init", "--bogus"], 2, "Usage: walship init"),
    (["init", "--data-dir", "relative"], 1, "must be an absolute path"),
    (["init", "--from", "/none.yml"], 1, "cannot be read"),
])
def test_its_command_line(directory, argv, status, word):
    if "--from" in argv:
        argv = [*argv, "--data-dir", "/data"]
    got, said = run_to_end(argv, directory)
    assert got == status and word in said, said
