# SPDX-License-Identifier: Apache-2.0
"""The program under test: its configuration, life and end."""

import base64
import json
import pathlib
import re

from . import binaries, metrics
from .processes import Process, wait_for

SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error: .*")
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:exitcode=97:quarantine_size_mb=8:"
                    "thread_local_quarantine_size_kb=64",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}
STOP_SECONDS = 5
PAGES = ("/", "/metrics", "/-/ready", "/-/healthy", "/api/v1/status")


def _scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if "\n" in value:
        return json.dumps(value)
    return "'" + str(value).replace("'", "''") + "'"


def to_yaml(value, indent=0):
    """A dict of dicts, lists and scalars as block YAML, as people write it."""
    pad = "  " * indent
    if isinstance(value, list):
        return "".join(
            f"{pad}- {to_yaml(one, indent + 1).lstrip()}"
            if isinstance(one, (dict, list)) else f"{pad}- {_scalar(one)}\n"
            for one in value)
    lines = []
    for key, one in value.items():
        if isinstance(one, (dict, list)) and one:
            lines.append(f"{pad}{key}:\n{to_yaml(one, indent + 1)}")
        else:
            # Of what is empty, JSON is YAML.
            shown = (json.dumps(one) if isinstance(one, (dict, list))
                     else _scalar(one))
            lines.append(f"{pad}{key}: {shown}\n")
    return "".join(lines)


class Walship(Process):
    """${remotes}: URLs, or entries of remote_write.  ${env}: what it finds in
    its environment besides.  ${more}: further keys of the configuration."""

    def __init__(self, directory, data_dir, remotes, name="walship", env=None,
                 **more):
        self.directory = pathlib.Path(directory)
        self.config = self.directory / f"{name}.yml"
        self.state_dir = self.directory / f"{name}-state"
        self.state_dir.mkdir(exist_ok=True)
        self.settings = {
            "prometheus": {"data_dir": str(data_dir)},
            "state_dir": str(self.state_dir),
            "start": "oldest",
            "web": {"listen_address": "127.0.0.1:0"},
            "log": {"level": "debug"},
        }
        self.configure(*remotes, **more)
        super().__init__(name, [binaries.walship(), "run", "-c", self.config],
                         directory, {**SANITIZER_ENV, **(env or {})})
        self.address = None

    def configure(self, *remotes, **more):
        """Write its configuration, with these; what else it had stays."""
        self.settings["remote_write"] = [
            {"url": one} if isinstance(one, str) else one for one in remotes]
        self.settings.update(more)
        self.config.write_text(to_yaml(self.settings))

    def reload(self):
        """Have it read its configuration again; return (exit status, what
        was said)."""
        return run_to_end(["reload", "-c", self.config], self.directory)

    def start(self):
        """Start it and wait until it serves /metrics; return it."""
        before = self.log().count('msg="serving /metrics"')
        self.spawn()
        found = self.wait_for_log(
            r'msg="serving /metrics".* address="?([\d.:]+)', 30, before + 1)
        self.address = found[1]
        return self

    def wait_ready(self, seconds=60):
        """Wait for /-/ready to say 200."""
        wait_for(lambda: self.get("/-/ready")[0] == 200, seconds,
                 "walship to be ready")
        return self

    def get(self, path):
        """(status, text) of ${path} on its own server."""
        return metrics.get(f"http://{self.address}{path}")

    def metrics(self):
        return metrics.fetch(f"http://{self.address}/metrics")

    def total(self, name, **labels):
        """The sum of one of its metrics."""
        return self.metrics().total(name, **labels)

    def must_hide(self, *secrets):
        """None of ${secrets}, nor its base 64, is in its log, on a page of it
        while it runs, or in what it keeps."""
        shown = {self.log_path: self.log()}
        if self.running():
            shown.update((path, self.get(path)[1]) for path in PAGES)
        shown.update((path, path.read_bytes().decode(errors="replace"))
                     for path in self.state_dir.rglob("*")
                     if path.is_file())
        for secret in secrets:
            for text in (secret, base64.b64encode(secret.encode()).decode()):
                found = [path for path, page in shown.items() if text in page]
                assert not found, f"a secret is in {found}"

    def stop(self):
        """SIGTERM: it must end with status 0, within the time that is
        promised, without a word of a sanitizer.  Return the seconds."""
        self.must_run()
        status, seconds = self.terminate()
        self.must_be_clean()
        assert status == 0, f"exit status {status}, see {self.log_path}"
        assert seconds < STOP_SECONDS, f"{seconds:.1f} s to stop"
        return seconds

    def must_be_clean(self):
        """Neither leak nor fault was reported by a sanitizer."""
        found = SANITIZER.search(self.log())
        assert not found, f"{found[0]}, see {self.log_path}"


def run_to_end(argv, directory, seconds=20, **env):
    """Run walship with ${argv} until it ends by itself; return (exit status,
    all that it wrote).  Fault reports of sanitizers are errors."""
    process = Process("walship-once", [binaries.walship(), *argv], directory,
                      {**SANITIZER_ENV, **env})
    before = len(process.log())
    process.spawn()
    try:
        status = process.wait(seconds)
    finally:
        process.kill()
    text = process.log()[before:]
    assert not SANITIZER.search(text), text
    return status, text
