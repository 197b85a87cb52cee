# SPDX-License-Identifier: Apache-2.0
"""walship doctor, and a host on which all is well until a test says not."""

import dataclasses
import json
import os
import pathlib
import subprocess

from . import binaries
from .answers import Answer
from .tls import Authority
from .tokens import Imds, Issuer
from .walship import SANITIZER, SANITIZER_ENV, to_yaml
from .workspace import Workspace

CLIENT = "11111111-2222-3333-4444-555555555555"
SECONDS = 120


@dataclasses.dataclass
class Step:
    """What it says of one."""

    step: str
    result: str
    found: str
    do: str = ""
    destination: str = ""


class Findings:
    """All that it said; ${status}, that it ended with."""

    def __init__(self, status, text):
        self.status = status
        self.text = text
        said = json.loads(text)
        self.result = said["result"]
        self.steps = [Step(**one) for one in said["steps"]]

    def first(self):
        """The first that is not as it should be, or None."""
        return next((one for one in self.steps
                     if one.result in ("warn", "fail")), None)

    def of(self, step):
        return next(one for one in self.steps if one.step == step)


class Host:
    """A host whose Prometheus writes to ${data_dir}, with an identity and a
    workspace that takes its samples.

    settings  what its walship.yml says
    argv      what is put before the program
    env       what is in its environment
    """

    def __init__(self, directory, data_dir):
        self.directory = pathlib.Path(directory)
        self.config = self.directory / "walship.yml"
        self.authority = Authority(directory)
        self.workspace = Workspace(self.authority.server())
        self.issuer = Issuer()
        self.imds = Imds(self.issuer, identities=[CLIENT])
        self.decide = self.workspace.answer
        self.workspace.answer = self._judge
        self.env = {**SANITIZER_ENV, **self.imds.env}
        self.argv = []
        for name in ("state", "spool"):
            (self.directory / name).mkdir(mode=0o700, exist_ok=True)
        self.settings = {
            "prometheus": {"data_dir": str(data_dir)},
            "state_dir": str(self.directory / "state"),
            "spool": {"dir": str(self.directory / "spool"),
                      "min_free": 0},
            "external_labels": {"host": "${HOSTNAME}"},
            "remote_write": [{
                "url": self.workspace.url, "name": "azure",
                "azuread": {"managed_identity": {"client_id": CLIENT}},
                "tls_config": {"ca_file": str(self.authority.ca_file)}}],
        }

    @property
    def entry(self):
        return self.settings["remote_write"][0]

    def _judge(self, request):
        kind, _, token = request.headers.get("authorization", "").partition(
            " ")
        if kind != "Bearer" or not self.issuer.good(token):
            return Answer(401, body=b'{"error":{"code":"InvalidToken"}}')
        return self.decide(request)

    def write(self):
        """Write its configuration; return the path."""
        self.config.write_text(to_yaml(self.settings))
        return self.config

    def run(self, *options):
        """Run doctor; return (exit status, what it wrote)."""
        done = subprocess.run(
            [*map(str, self.argv), binaries.walship(), "doctor", "-c",
             str(self.write()), *options],
            env={**os.environ, **self.env}, cwd=self.directory,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        text = done.stdout.decode()
        assert not SANITIZER.search(text), text
        assert not any(secret in text for secret in self.issuer.secrets)
        return done.returncode, text

    def examine(self, *options):
        """Its Findings."""
        return Findings(*self.run("--json", *options))

    def close(self):
        self.imds.close()
        self.workspace.close()
