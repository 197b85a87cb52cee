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
