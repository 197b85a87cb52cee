# SPDX-License-Identifier: Apache-2.0
"""Programs that see other mounts than the rest of the machine."""

import subprocess


def why_not():
    """Why nothing can be mounted here, or None if it can."""
    try:
        Mounts("mount -t tmpfs none /mnt").close()
    except (OSError, RuntimeError) as error:
        return str(error)
    return None


class Mounts:
    """A mount namespace in which the shell ${commands} were run; it lives,
    whatever runs in it, until close()."""

    def __init__(self, commands):
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec",
             f"{commands}\necho done\nexec cat"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "done\n":
            self.close()
            raise RuntimeError(self.holder.stderr.read().strip())

    def inside(self, argv):
        """The words that run ${argv} in it; the process is then ${argv}'s."""
        return ["nsenter", "--mount", f"--target={self.holder.pid}",
                *map(str, argv)]

    def run(self, commands):
        """Run the shell ${commands} in it; return their status."""
        return subprocess.run(self.inside(["sh", "-c", commands]),
                              timeout=60, check=False).returncode

    def close(self):
        self.holder.stdin.close()  # The end of cat.
        self.holder.wait()


class Processes:
    """A namespace whose processes see none but each other in /proc; all of
    them end with close()."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", "echo done; exec cat"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "done\n"
        pid = self.holder.pid
        with open(f"/proc/{pid}/task/{pid}/children",
                  encoding="ascii") as file:
            self.first = file.read().split()[0]

    def inside(self, argv):
        """The words that run ${argv} in it, as a child of the process."""
        return ["nsenter", "--mount", "--pid", f"--target={self.first}",
                *map(str, argv)]

    def close(self):
        self.holder.stdin.close()  # The end of cat, and of all.
        self.holder.wait()


def name_server(directory, address):
    """Mounts in which names are asked of ${address} alone."""
    file = directory / "resolv.conf"
    file.write_text(f"nameserver {address}\n")
    return Mounts(f"mount --bind {file} /etc/resolv.conf")


def small_disk(path, size):
    """Mounts with a disk of ${size}, as mount(8) writes it, at ${path}."""
    return Mounts(f"mount -t tmpfs -o size={size} none {path}")
