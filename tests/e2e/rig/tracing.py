# SPDX-License-Identifier: Apache-2.0
"""What a program does to files, by strace."""

import pathlib
import re
import shutil
import subprocess

import pytest

# All that opens a file, or changes something of one or of a directory.
CALLS = (
    "open,openat,openat2,creat,truncate,ftruncate,fallocate,"
    "chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,"
    "setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr,"
    "utime,utimes,utimensat,futimesat,"
    "link,linkat,symlink,symlinkat,mknod,mknodat,mkdir,mkdirat,rmdir,"
    "unlink,unlinkat,rename,renameat,renameat2,mount,bind,"
    "open_by_handle_at,ioctl")
LINE = re.compile(r"^\d+ +(\w+)\((.*)$")
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")
OPENS = ("open", "openat", "openat2")


def needed():
    """A program can be traced here, or the test is skipped."""
    if not shutil.which("strace"):
        pytest.skip("no strace")
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"strace: {done.stdout.strip()}")


class Trace:
    """Of all that ${process}, which has not been started yet, does to files;
    ${path}: where to write it."""

    def __init__(self, process, path):
        self.path = pathlib.Path(path)
        # Not the child, but what traces it, is in between: pid and signals
        # are the program's.  Leaks cannot be looked for in what is traced.
        process.argv = ["strace", "-D", "-f", "-qq", "-y", "-A", "-s", "4096",
                        "-o", str(path), "-e", f"trace={CALLS}",
                        *process.argv]
        process.env = {**process.env, "ASAN_OPTIONS": process.env[
            "ASAN_OPTIONS"].replace("detect_leaks=1", "detect_leaks=0")}

    def calls(self):
        """(name of the call, all behind it), in order."""
        found = (LINE.match(line)
                 for line in self.path.read_text(errors="replace").split("\n"))
        return [(one[1], one[2]) for one in found if one]

    def below(self, directory):
        """Those that name something below ${directory}."""
        return [(name, rest) for name, rest in self.calls()
                if f"{directory}/" in rest or f"{directory}\"" in rest
                or f"{directory}>" in rest]

    def changes(self, directory, links):
        """Those among them that can change something there, but for links
        from there into ${links}."""
        return [(name, rest) for name, rest in self.below(directory)
                if not self._is_read(name, rest)
                and not self._is_link(name, rest, directory, links)]

    @staticmethod
    def _is_read(name, rest):
        if name == "ioctl":  # To clone a file is one on the clone.
            return "FICLONE" in rest or "BTRFS_IOC_CLONE" in rest
        return name in OPENS and not WRITING.search(rest)

    @staticmethod
    def _is_link(name, rest, directory, links):
        """linkat(AT_FDCWD<...>, "<directory>/...", 7<links>, ...)"""
        return name == "linkat" and re.match(
            rf'AT_FDCWD(<[^>]*>)?, "{re.escape(str(directory))}/[^"]*", '
            rf'\d+<{re.escape(str(links))}>, ', rest)
