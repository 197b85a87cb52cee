# SPDX-License-Identifier: Apache-2.0
"""Lists of remote_write that Prometheus takes are taken, and those that it
refuses are refused; where walship differs, the table says so and why."""

import concurrent.futures
import dataclasses
import pathlib
import re
import subprocess

import pytest

from rig import binaries
from rig.binaries import TOP
from rig.processes import PATIENCE
from rig.walship import SANITIZER_ENV

TABLES = TOP / "tests" / "data" / "verdicts"
HEAD = re.compile(r"#: (?P<verdict>good|bad)(?:, since (?P<since>[\d.]+))?"
                  r"(?:, before (?P<before>[\d.]+) (?P<older>good|bad))?"
                  r"(?:, walship (?P<ours>good|bad))?: (?P<title>.*)")
# What Debian builds its later Prometheuses without.
LEFT_OUT = re.compile("field (azuread|google_iam) not found")
SECONDS = 60


@dataclasses.dataclass
class Case:
    """A list of remote_write: ${text} is as it stands in its table."""

    where: str
    head: dict
    text: str

    @property
    def ours(self):
        return self.head["ours"] or self.head["verdict"]

    def of(self, version):
        """What a Prometheus of ${version} says; None: it is not asked."""
        if self.head["since"] and version < numbers(self.head["since"]):
            return None
        if self.head["before"] and version < numbers(self.head["before"]):
            return self.head["older"]
        return self.head["verdict"]


def numbers(version):
    return tuple(int(one) for one in version.split(".")[:2])


def cases():
    """All of the tables."""
    found = []
    for path in sorted(TABLES.glob("*.yml")):
        head, lines = None, []
        for number, line in enumerate(path.read_text().splitlines() + ["#:"]):
            if not line.startswith("#:"):
                lines.append(line)
                continue
            if head:
                found.append(Case(head[0], head[1], "\n".join(lines) + "\n"))
            match = HEAD.fullmatch(line)
            assert match or line == "#:", f"{path}:{number + 1}: {line}"
            head = (f"{path.name}:{number + 1}", match and match.groupdict())
            lines = []
    return found


def verdicts(directory, argv, texts):
    """"good" or "bad" of each of ${texts}, by the exit status of ${argv} and a
    file that it is in; and what was said."""
    def judge(at):
        path = directory / f"{pathlib.Path(argv[0]).name}-{at}.yml"
        path.write_text(texts[at])
        done = subprocess.run([*argv, path], capture_output=True, text=True,
                              env=SANITIZER_ENV, check=False,
                              timeout=SECONDS * PATIENCE)
        said = done.stdout + done.stderr
        assert done.returncode in (0, 1), said
        return "bad" if done.returncode else "good", said
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(judge, range(len(texts))))


def indented(text):
    return "".join(f"  {line}\n" for line in text.splitlines())


def must_agree(cases_asked, wanted, got):
    wrong = [f"{case.where}: {want} is {verdict}: {said}"
             for case, want, (verdict, said) in zip(cases_asked, wanted, got)
             if want != verdict]
    assert not wrong, "\n".join(wrong)


def test_the_table_is_large():
    assert len(cases()) >= 80
    assert len({case.where for case in cases()}) == len(cases())


def test_walship_says_what_prometheus_says(directory):
    asked = cases()
    texts = ["prometheus: {data_dir: /data}\nremote_write:\n"
             + indented(case.text) for case in asked]
    must_agree(asked, [case.ours for case in asked], verdicts(
        directory, [binaries.walship(), "check-config"], texts))


def test_prometheus_itself_says_so(directory, suite):
    promtool = binaries.promtool(suite)
    version = numbers(re.search(r"version (\d+\.\d+)",
                                binaries.version(promtool))[1])
    asked = [case for case in cases() if case.of(version)]
    texts = ["remote_write:\n" + indented(case.text) for case in asked]
    got = verdicts(directory, [promtool, "check", "config", "--syntax-only"],
                   texts)
    answered = [(case, verdict) for case, verdict in zip(asked, got)
                if not LEFT_OUT.search(verdict[1])]
    assert len(answered) >= 60
    asked, got = zip(*answered)
    must_agree(asked, [case.of(version) for case in asked], got)
