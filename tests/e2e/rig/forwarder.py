# SPDX-License-Identifier: Apache-2.0
"""Passes remote write on to a real receiver, and may lose its answers."""

import time
import types
import urllib.error
import urllib.request

from .answers import Answer
from .serving import Handler, Server

_HOP = {"host", "content-length", "connection"}


class Forwarder:
    """Passes requests on to ${target}, a URL.

    hold      a function that returns the seconds for which a request is held
              before; if its sender has gone by then, it is not passed on
    change    a function of the Answer of the target that returns the one to
              give; the default returns it as it is
    statuses  of the target's answers, in order
    """

    def __init__(self, target):
        self.target = target
        self.hold = lambda: 0
        self.change = lambda answer: answer
        self.statuses = []
        self.server = Server(0, _handler_for(self))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.port}/api/v1/write"

    def interrupt(self, _):
        return None

    def connected(self, *_):
        pass

    def handle(self, request, body):
        """Pass it on; return the Answer."""
        time.sleep(self.hold())
        if request.gone():
            return Answer(500, drop=True)
        out = urllib.request.Request(self.target, body, {
            name: value for name, value in request.headers.items()
            if name.lower() not in _HOP})
        try:
            with urllib.request.urlopen(out, timeout=60) as answer:
                answer.read()
                found = Answer(answer.status)
        except urllib.error.HTTPError as error:
            found = Answer(error.code, body=error.read())
        except OSError:
            return Answer(500, drop=True)
        self.statuses.append(found.status)
        return self.change(found)

    def close(self):
        self.server.stop()


def _handler_for(forwarder):

    class Passer(Handler):
        """Gives it headers."""

        def make_request(self, size):
            return types.SimpleNamespace(headers=dict(self.headers), time=0,
                                         gone=self.gone)

    Passer.receiver = forwarder
    return Passer
