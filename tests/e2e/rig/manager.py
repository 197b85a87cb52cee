# SPDX-License-Identifier: Apache-2.0
"""A service manager, as systemd is one: it listens to what a program says of
itself, and keeps the descriptors that it is given until the program is started
again."""

import fcntl
import os
import socket
import sys
import threading

FAR = 500  # Above all descriptors that are handed over.
TEXT_MAX = 4096
FDS_MAX = 16  # In one message.

# Puts the descriptors in their places, says whose they are, and becomes the
# program.
HANDOVER = """\
import os, sys
fds = [int(fd) for fd in sys.argv[1].split(",") if fd]
for place, fd in enumerate(fds, 3):
    os.dup2(fd, place)
for fd in fds:
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """Has ${process} think that systemd starts it.  ${room}: how many
    descriptors it keeps at most; what is beyond is closed, and nobody told."""

    def __init__(self, process, room=100):
        self.process = process
        self.argv = process.argv
        self.room = room
        self.kept = []  # (name, descriptor)
        self.said = []  # What else it was told, line by line.
        self.lock = threading.Lock()
        path = str(process.directory / f"{process.name}-notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        process.env = {**process.env, "NOTIFY_SOCKET": path,
                       "FDSTORE": str(room)}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(
                    self.socket, TEXT_MAX, FDS_MAX)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                self._hear(data.decode().splitlines(), fds)

    def _hear(self, lines, fds):
        said = dict(line.split("=", 1) for line in lines)
        name = said.get("FDNAME")
        if said.get("FDSTORE") == "1":
            for fd in fds:
                if len(self.kept) < self.room:
                    self.kept.append((name, fd))
                else:
                    os.close(fd)
            return
        for fd in fds:
            os.close(fd)  # BARRIER=1 waits for this.
        if said.get("FDSTOREREMOVE") == "1":
            for one in [one for one in self.kept if one[0] == name]:
                os.close(one[1])
                self.kept.remove(one)
            return
        self.said += lines

    def names(self):
        """Of the descriptors that are kept."""
        with self.lock:
            return [name for name, _ in self.kept]

    def orphans(self):
        """Those of files without any name."""
        with self.lock:
            return [name for name, fd in self.kept
                    if os.fstat(fd).st_nlink == 0]

    def start(self):
        """Start the program, handing it what is kept; return it."""
        with self.lock:
            names = [name for name, _ in self.kept]
            # Far from the places that they are to be put in.
            fds = [fcntl.fcntl(fd, fcntl.F_DUPFD, FAR)
                   for _, fd in self.kept]
        self.process.env.update(LISTEN_FDS=str(len(fds)),
                                LISTEN_FDNAMES=":".join(names))
        self.process.fds = fds
        self.process.argv = [
            sys.executable, "-c", HANDOVER, ",".join(map(str, fds)),
            *self.argv]
        try:
            return self.process.start()
        finally:
            for fd in fds:
                os.close(fd)

    def drop_all(self):
        """Forget what is kept, as at a stop of the service."""
        with self.lock:
            for _, fd in self.kept:
                os.close(fd)
            self.kept.clear()

    def close(self):
        self.socket.close()
        self.drop_all()
