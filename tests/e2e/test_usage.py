# SPDX-License-Identifier: Apache-2.0
"""The command line and the configuration file: faults end it with status 2,
each with its place."""

import pytest

from rig.walship import run_to_end

GOOD = """\
prometheus:
  data_dir: /nonexistent
state_dir: /tmp
remote_write:
  - url: http://127.0.0.1:1/write
"""


@pytest.mark.parametrize("argv", [
    [], ["--bogus"], ["frobnicate"], ["run", "--bogus"], ["run", "-c"],
    ["run", "extra"], ["reload", "--bogus"], ["reload", "extra"],
    ["check-config", "--bogus"], ["check-config", "one", "two"],
    ["doctor", "--bogus"], ["doctor", "extra"], ["doctor", "--hosts", "0"],
    ["doctor", "--hosts", "many"], ["doctor", "--query-url", "nonsense"],
], ids=" ".join)
def test_a_wrong_command_line_is_status_2_and_says_why(directory, argv):
    status, text = run_to_end(argv, directory)
    assert status == 2
    assert text.strip() and len(text.splitlines()) < 40


@pytest.mark.parametrize("argv", [
    ["--help"], ["run", "--help"], ["reload", "--help"],
    ["check-config", "--help"], ["doctor", "--help"],
], ids=" ".join)
def test_help_is_status_0(directory, argv):
    status, text = run_to_end(argv, directory)
    assert status == 0
    assert " ".join(["walship", *argv[:-1]]) in text


def test_version_names_itself(directory):
    status, text = run_to_end(["--version"], directory)
    assert status == 0
    assert text.startswith("walship ")


def config_error(directory, text):
    """Run with ${text} as configuration, which must be refused; return what
    it wrote and the path of the file."""
    path = directory / "faulty.yml"
    path.write_text(text)
    status, said = run_to_end(["run", "-c", path], directory)
    assert status == 2, said
    return said, path


FAULTS = {
    "an unknown key": (GOOD + "colour: blue\n", 6, 1, "colour"),
    "an unknown key within": (
        GOOD.replace("data_dir:", "datadir:"), 2, 3, "datadir"),
    "a key that is not there yet": (
        GOOD + "    google_iam: {}\n", 6, 5, "google_iam"),
    "an expression that RE2 does not have": (
        GOOD + "    write_relabel_configs:\n      - action: drop\n"
        "        regex: a(?=b)\n", 8, 16, "at character 2: RE2 has no such"),
    "a key that comes twice": (GOOD + "state_dir: /var\n", 6, 1,
                               "same key as in line 3"),
    "a number that is none": (
        GOOD + "    queue_config:\n      max_shards: many\n", 7, 19,
        "max_shards"),
    "a duration that is none": (
        GOOD + "    remote_timeout: soon\n", 6, 21, "soon"),
    "a list where a value belongs": (
        GOOD.replace("/tmp", "[1, 2]"), 3, 12, "state_dir"),
    "no YAML": (GOOD + "a: [1, 2\n", None, None, ""),
    "a tab": (GOOD + "\tx: 1\n", 6, 1, ""),
    "a URL that is none": (
        GOOD.replace("http://127.0.0.1:1/write", "nonsense"), 5, 10, "url"),
    "a URL of another kind": (
        GOOD.replace("http://127.0.0.1:1", "ftp://127.0.0.1"), 5, 10,
        "http"),
    "a URL without a host": (
        GOOD.replace("http://127.0.0.1:1/write", "http:///write"), 5, 10,
        "host"),
    "a label name that is none": (
        GOOD + "external_labels:\n  '': c\n", 7, 3, "label's name"),
    "a start that is none": (GOOD + "start: yesterday\n", 6, 8,
                             "yesterday"),
    "no remote_write": (GOOD[:GOOD.index("remote_write")], None, None,
                        "remote_write"),
    "no data_dir": (GOOD.replace("  data_dir: /nonexistent\n",
                                 "  {}\n"), None, None, "data_dir"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_configuration_has_line_and_column(directory, fault):
    text, line, column, word = FAULTS[fault]
    said, path = config_error(directory, text)
    place = f"{path}:" + (f"{line}:{column}:" if line else "")
    assert place in said
    assert word in said


@pytest.mark.parametrize("option", [["-c"], []], ids=["option", "operand"])
def test_a_configuration_is_checked_without_being_run(directory, option):
    path = directory / "good.yml"
    path.write_text(GOOD.replace("http://", "http://user:hunter2@") +
                    "    queue_config: {capacity: 5000}\n")
    status, said = run_to_end(["check-config", *option, path], directory)
    assert status == 0
    assert f"{path}:6:20: remote_write[0].queue_config.capacity" in said
    assert "good" in said and "http://127.0.0.1:1/write" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_says_what_a_run_says(directory, fault):
    said, path = config_error(directory, FAULTS[fault][0])
    assert run_to_end(["check-config", path], directory) == (1, said)


def test_all_faults_are_told_at_once(directory):
    said, _ = config_error(directory, GOOD + "colour: 1\nshape: 2\n"
                           "start: yesterday\n")
    assert all(word in said for word in ("colour", "shape", "yesterday"))


def test_a_configuration_that_is_not_there_is_named(directory):
    path = directory / "none.yml"
    status, said = run_to_end(["run", "-c", path], directory)
    assert status == 2
    assert str(path) in said


def test_the_end_of_a_huge_configuration_is_refused(directory):
    config_error(directory, GOOD + "#" * (2 << 20) + "\n")


def test_random_bytes_are_refused(directory):
    path = directory / "random.yml"
    path.write_bytes(bytes(range(256)) * 40)
    status, said = run_to_end(["run", "-c", path], directory)
    assert status == 2
    assert "\x1b" not in said and "\0" not in said


def test_a_secret_in_a_url_is_not_told(directory):
    said, _ = config_error(directory, GOOD.replace(
        "http://127.0.0.1:1", "ftp://user:hunter2@127.0.0.1") +
        "colour: blue\n")
    assert "hunter2" not in said


def test_what_has_no_effect_is_said_at_the_start(
        frozen, receiver, make_walship):
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": {"capacity": 5000}})
    found = walship.wait_for_log(
        r'level=warn msg="about the configuration" note="?(\S+): .*capacity: '
        r'has no effect', 10)
    assert found[1].startswith(f"{walship.config}:")
