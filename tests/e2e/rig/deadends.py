# SPDX-License-Identifier: Apache-2.0
"""Receivers that are none."""

import socket
import threading

from .processes import free_port


def dead_url():
    """An address at which nobody listens."""
    return f"http://127.0.0.1:{free_port()}/api/v1/write"


class BlackHole:
    """Takes connections and bytes, and never answers."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.taken = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.getsockname()[1]}/write"

    def _take(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.taken.append(connection)
            threading.Thread(target=self._swallow, args=(connection,),
                             daemon=True).start()

    @staticmethod
    def _swallow(connection):
        try:
            while connection.recv(1 << 16):
                pass
        except OSError:
            pass

    def close(self):
        self.server.close()
        for connection in self.taken:
            connection.close()


class SilentNames:
    """A name server that takes questions and never answers: an address of
    this machine, port 53.  OSError if that port may not be taken."""

    def __init__(self):
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Any of 127/8 is this machine, and others may have the usual ones.
        self.address = f"127.53.{free_port() % 256}.{free_port() % 254 + 1}"
        self.server.bind((self.address, 53))

    def asked(self):
        """Whether a question has come since the last call."""
        try:
            return bool(self.server.recv(4096, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False

    def close(self):
        self.server.close()
