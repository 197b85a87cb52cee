# SPDX-License-Identifier: Apache-2.0
"""walship dump: what it prints of a log, of damage, and of itself."""

import collections
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from rig import binaries, compare, corpus
from rig.series import Store
from rig.walship import SANITIZER, SANITIZER_ENV

NOBODY = 65534
ALL = corpus.names()
LARGE = "p353-server-none-ooo"


def dump(*argv, binary=None, **options):
    """Run it to its end; return (status, standard output, standard error)."""
    done = subprocess.run(
        [binary or binaries.walship(), "dump", *map(str, argv)],
        stdin=subprocess.DEVNULL, stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE, env={**os.environ, **SANITIZER_ENV},
        timeout=120, check=False, **options)
    said = done.stderr.decode()
    assert not SANITIZER.search(said), said
    return done.returncode, done.stdout, said


def is_within(lines, others):
    """Whether all of ${lines} are among ${others}, in this order."""
    rest = iter(others)
    return all(line in rest for line in lines)


def told(said):
    """Where damage was told: (checkpoint or segment, number, offset)."""
    return [(kind, int(number), int(offset)) for kind, number, offset in
            re.findall(r"(?m)^(checkpoint|segment) (\d+) offset (\d+): \S",
                       said)]


def must_be_told(error, places):
    """What upstream found wrong was told: there, or where the record with
    that in it begins."""
    if error["kind"] == "list":
        assert places
        return
    words = error["file"].split("/")[0].split(".")
    kind = "checkpoint" if len(words) == 2 else "segment"
    assert any(place[:2] == (kind, int(words[-1]))
               and place[2] <= error["off"] for place in places), error


@pytest.mark.parametrize("name", ALL)
def test_a_log_is_printed_as_upstream_reads_it(name):
    case = corpus.Case(name)
    status, out, said = dump(case.wal)
    lines = out.splitlines()
    if case.empty():
        assert (status, out) == (1, b"")
        return
    if case.damage() and not case.gap:
        assert is_within(case.truth(), lines)
    else:
        assert lines == case.truth()
    assert bool(told(said)) == (status == 3), said
    for error in case.damage():
        must_be_told(error, told(said))
    if case.damage():
        assert status == 3
    elif not case.watch["errors"]:
        assert status in ((0, 3) if "frag" in name else (0,))


@pytest.mark.parametrize("name", ALL)
def test_the_data_directory_will_do_as_well(name):
    case = corpus.Case(name)
    status, out, said = dump(case.wal)
    for path in (case.data, f"{case.data}/", f"{case.wal}/"):
        assert dump(path)[:2] == (status, out)
    if status == 0:
        assert said == ""


@pytest.mark.parametrize("name", ALL)
def test_records_are_listed_with_place_type_and_sizes(name):
    case = corpus.Case(name)
    wanted = [(int(re.split(r"[./]", record["file"])[-1])
               if "/" not in record["file"] else None,
               record["end"], max(record["type"], 0), record["len"])
              for record in case.records()]
    _, out, _ = dump("--records", case.wal)
    listed = [json.loads(line) for line in out.splitlines()]
    got = [(None if one.get("cp") else one["seg"], one["end"], one["type"],
            one["plain"]) for one in listed]
    if case.damage() or case.gap:
        assert is_within(wanted, got)
    else:
        assert got == wanted
    for one in listed:
        assert one["end"] - one["off"] > one["stored"] >= 0
        assert one["codec"] in ("plain", "snappy", "zstd")
        if one["codec"] == "plain":
            assert one["stored"] == one["plain"]


class Table:
    """What --stats prints."""

    def __init__(self, text):
        head, types, *tops = text.split("\n\n")
        self.head = {line[:18].rstrip(): line[19:]
                     for line in head.splitlines()}
        self.types = {}
        for line in types.splitlines()[1:]:
            name, records, _, plain = line.split()
            self.types[name] = (int(records), int(plain))
        self.tops = [[(int(series), int(samples), name) for
                      series, samples, name in (
                          line.split(None, 2)
                          for line in top.splitlines()[2:])]
                     for top in tops]

    def number(self, name):
        return int(self.head[name].split()[0])


def count_truth(lines):
    """(lines by kind, refs by metric name, values by metric name)."""
    kinds, owner, values = collections.Counter(), {}, collections.Counter()
    for line in map(json.loads, lines):
        kinds[line["k"]] += 1
        name = (line["labels"] or {}).get("__name__", "")
        if line["k"] == "series":
            owner[line["ref"]] = name
        elif line["k"] in ("sample", "hist", "fhist"):
            if line["labels"] is not None:
                values[name] += 1
    return kinds, collections.Counter(owner.values()), values


@pytest.mark.parametrize("name", [
    name for name in ALL if not corpus.Case(name).damage()
    and corpus.Case(name).watch["segments"]])
def test_stats_count_what_is_there(name):
    case = corpus.Case(name)
    truth = case.truth()
    kinds, series, values = count_truth(truth)
    _, out, _ = dump("--stats", case.wal)
    table = Table(out.decode())
    assert table.number("series") == sum(series.values())
    assert table.number("samples") == kinds["sample"]
    assert table.number("histograms") == kinds["hist"] + kinds["fhist"]
    assert table.number("exemplars") == kinds["exemplar"]
    by_series, by_values = table.tops
    for top in table.tops:
        assert len(top) == min(20, int(table.head["metric names"]))
    shown = [(line[0], line[2]) for line in by_series]
    assert [count for count, _ in shown if count > 0] == [
        count for _, count in series.most_common(len(shown))]
    assert [line[1] for line in by_values][:len(values)] == [
        count for _, count in values.most_common(len(by_values))]
    for count, metric in shown:
        if not metric.startswith('"'):
            assert series[metric] == count


@pytest.mark.parametrize("name", [
    name for name in ALL if not corpus.Case(name).damage()
    and corpus.Case(name).watch["segments"]])
def test_stats_count_records_by_type(name):
    case = corpus.Case(name)
    wanted = collections.Counter()
    for kind, count in case.watch["records"].items():
        wanted["unknown" if kind.startswith("unknown") else kind] += count
    table = Table(dump("--stats", case.wal)[1].decode())
    assert {kind: count for kind, (count, _) in table.types.items()} == wanted
    assert (sum(plain for _, plain in table.types.values())
            == sum(record["len"] for record in case.records()))


def test_stats_tell_times_as_people_write_them():
    table = Table(dump("--stats", corpus.Case(LARGE).wal)[1].decode())
    for key in ("oldest", "newest"):
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                            table.head[key])
    assert table.head["oldest"] <= table.head["newest"]


def test_stats_are_the_same_each_time():
    path = corpus.Case(LARGE).wal
    assert len({dump("--stats", path)[1] for _ in range(3)}) == 1


def test_stats_count_damage():
    status, out, said = dump("--stats", corpus.Case("bad-bitflips-2").wal)
    assert status == 3
    assert Table(out.decode()).head["damage"].startswith("3 places, 0 torn")
    assert len(told(said)) == 3


def samples_of(lines):
    """The float samples among the lines of a dump."""
    store = Store()
    for line in map(json.loads, lines):
        if line["k"] == "sample" and line["labels"] is not None:
            store.add(tuple(sorted(line["labels"].items())), line["t"],
                      int(line["v"], 16))
    return store


def test_a_log_being_written_is_read_as_far_as_it_goes(source):
    truth = source.read_after(2)
    before = []
    for _ in range(3):
        status, out, said = dump(source.data_dir)
        assert (status, said) == (0, "")
        assert out.endswith(b"\n")
        lines = out.splitlines()
        assert lines[:len(before)] == before
        before = lines
        source.exporter.wait_for_scrapes(1)
    assert truth.count() > 0
    assert not compare.missing(truth, samples_of(before))


def test_nothing_is_written_where_it_reads(directory):
    path = directory / "wal"
    shutil.copytree(corpus.Case("p353-min").wal, path)

    def state():
        return [(one.name, one.stat().st_mtime_ns, one.read_bytes())
                for one in sorted(path.iterdir())]
    before = state()
    assert dump(path)[0] == 0
    assert state() == before


@pytest.mark.parametrize("restore", [True, False],
                         ids=["SIGPIPE kills", "SIGPIPE is ignored"])
def test_a_closed_pipe_ends_it(restore):
    child = subprocess.Popen(
        [binaries.walship(), "dump", str(corpus.Case(LARGE).wal)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
        env={**os.environ, **SANITIZER_ENV}, restore_signals=restore)
    assert child.stdout.read(9).startswith(b'{"k":')
    child.stdout.close()
    said = child.stderr.read().decode()
    status = child.wait(20)
    if restore:
        assert (status, said) == (-signal.SIGPIPE, "")
    else:
        assert status == 1
        assert "Broken pipe" in said
        assert len(said.splitlines()) == 1


def test_head_sees_a_whole_line():
    done = subprocess.run(
        ["sh", "-c", '"$0" dump "$1" | head -n 1', binaries.walship(),
         str(corpus.Case(LARGE).wal)],
        capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout)["k"] == "series"
    assert done.stderr == b""


@pytest.mark.parametrize("option", [[], ["--records"], ["--stats"]],
                         ids=["entries", "records", "stats"])
@pytest.mark.parametrize("name", ["p353-min", LARGE])
def test_a_full_device_is_told(option, name):
    with open("/dev/full", "wb") as full:
        status, _, said = dump(*option, corpus.Case(name).wal, stdout=full)
    assert status == 1
    assert "No space left on device" in said
    assert len(said.splitlines()) == 1


def test_a_closed_output_is_told():
    status, _, said = dump(corpus.Case(LARGE).wal, stdout=None,
                           preexec_fn=lambda: os.close(1))
    assert status == 1
    assert "Bad file descriptor" in said


@pytest.mark.parametrize("option", [[], ["--records"], ["--stats"]],
                         ids=["entries", "records", "stats"])
def test_an_empty_directory_holds_no_log(directory, option):
    status, out, said = dump(*option, directory)
    assert (status, out) == (1, b"")
    assert str(directory) in said and "no segment" in said


def test_a_directory_that_is_not_there_is_named(directory):
    status, out, said = dump(directory / "nowhere")
    assert (status, out) == (1, b"")
    assert str(directory / "nowhere") in said
    assert "no such directory" in said


def test_a_file_is_no_directory(directory):
    (directory / "file").write_text("{}")
    status, out, said = dump(directory / "file")
    assert (status, out) == (1, b"")
    assert str(directory / "file") in said and "Not a directory" in said


@pytest.mark.parametrize("closed", ["", "wal", "wal/00000000"],
                         ids=["data_dir", "wal", "segment"])
def test_what_may_not_be_read_is_told(directory, closed):
    binary, as_nobody = directory / "walship-for-all", {}
    shutil.copy(binaries.walship(), binary)
    binary.chmod(0o755)
    if os.getuid() == 0:
        as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    data = directory / "data"
    shutil.copytree(corpus.Case("p353-min").wal, data / "wal")
    (data / closed).chmod(0)
    try:
        status, out, said = dump(data, binary=binary, **as_nobody)
    finally:
        (data / closed).chmod(0o755)
    assert (status, out) == (1, b"")
    assert str(data) in said and "Permission denied" in said


def test_strange_things_in_the_directory_are_read_over(directory):
    case = corpus.Case("p353-min")
    wal = directory / "data" / "wal"
    shutil.copytree(case.wal, wal)
    (wal / "00000000.repair").write_bytes(b"x" * 100)
    (wal / "00000001.tmp").write_bytes(b"x" * 100)
    (wal / "checkpoint.00000003.tmp").mkdir()
    (wal / "notes").mkdir()
    assert dump(wal)[:2] == (0, b"\n".join(case.truth()) + b"\n")
    os.mkfifo(wal / "00000001")
    (wal / "00000002").symlink_to("nowhere")
    (wal / "00000003").mkdir()
    status, out, said = dump(wal)
    assert (status, out.splitlines()) == (3, case.truth())
    assert told(said) == [("segment", 1, 0), ("segment", 2, 0),
                          ("segment", 3, 0)]


@pytest.mark.parametrize("argv", [
    [], ["a", "b"], ["--bogus", "a"], ["--records"], ["-s"],
], ids=" ".join)
def test_a_wrong_command_line_is_status_2(argv):
    status, out, said = dump(*argv)
    assert (status, out) == (2, b"")
    assert "Usage: walship dump" in said


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_status_0(option):
    status, out, said = dump(option)
    assert (status, said) == (0, "")
    assert b"Usage: walship dump" in out


def test_short_options_are_the_long_ones():
    path = corpus.Case("p353-min").wal
    for short, long in (("-r", "--records"), ("-s", "--stats")):
        assert dump(short, path) == dump(long, path)
