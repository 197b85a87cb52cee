# SPDX-License-Identifier: Apache-2.0
"""WAL directories whose contents are known; see tests/data/README.md."""

import gzip
import json
import os
import pathlib

from . import binaries

# Errors of upstream's reader that are none to us: a tail not yet written, and
# what upstream reads over as well.
HARMLESS = ("short", "ignored")


def _root():
    return pathlib.Path(os.environ.get("WALSHIP_TEST_CORPUS")
                        or binaries.TOP / "tests" / "data" / "corpus")


def names():
    """Of all cases; WALSHIP_TEST_CORPUS names a directory of others."""
    return sorted(path.parent.name for path in _root().glob("*/case.json"))


class Case:
    """One directory, and what is in it."""

    def __init__(self, name):
        self.name = name
        self.path = _root() / name
        self.data = self.path / "data"
        self.wal = self.data / "wal"
        self.watch = json.loads((self.path / "case.json").read_text())["watch"]
        # Reading over a gap, which upstream does not do, is a truth apart.
        self.gap = (self.path / "truth.loose.ndjson.gz").exists()

    def _lines(self, name):
        return gzip.decompress((self.path / name).read_bytes()).splitlines()

    def truth(self):
        """The lines that a reader yields, as bytes."""
        return self._lines("truth.loose.ndjson.gz" if self.gap
                           else "truth.ndjson.gz")

    def records(self):
        """What is known of each record that upstream reads."""
        return [json.loads(line) for line in
                self._lines("records.ndjson.gz")]

    def damage(self):
        """What upstream's reader found wrong, and we must."""
        return [error for error in self.watch["errors"]
                if error["kind"] not in HARMLESS]

    def short(self):
        """Whether some segment ends before its last record does."""
        return any(error["kind"] == "short"
                   for error in self.watch["errors"])

    def empty(self):
        """Whether there is nothing at all to read."""
        return not any(self.wal.iterdir())
