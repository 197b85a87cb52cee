# SPDX-License-Identifier: Apache-2.0
"""The deb, built from what "make dist" packs."""

import pathlib
import re
import shutil
import subprocess

from . import binaries


def why_not():
    """Why no deb can be built here, or None if it can."""
    if not shutil.which("dpkg-buildpackage"):
        return "debs are built on Debian and Ubuntu"
    if not (_tree() / "Makefile").is_file():
        return "the walship under test does not lie where it was built"
    return None


def _tree():
    return pathlib.Path(binaries.walship()).parent


def _run(argv, **more):
    done = subprocess.run(
        [str(word) for word in argv], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        timeout=900, **more)
    if done.returncode != 0:
        raise AssertionError(f"{argv}:\n{done.stdout[-4000:]}")


def build_deb(directory):
    """Build the deb in ${directory}; return its path."""
    _run(["make", "-C", _tree(), "dist"])
    tarball = next(_tree().glob("walship-*.tar.xz"))
    _run([binaries.TOP / "packaging" / "deb" / "build.sh", tarball, directory])
    return next(pathlib.Path(directory).glob("walship_*.deb"))


def as_version(deb, version):
    """A copy of ${deb}, beside it, that says to be ${version}."""
    made = deb.with_name(f"walship-{version}.deb")
    if made.exists():
        return made
    work = deb.with_suffix(".tree")
    _run(["dpkg-deb", "--raw-extract", deb, work])
    control = work / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^Version: .*", f"Version: {version}",
                              control.read_text()))
    _run(["dpkg-deb", "--build", "--root-owner-group", work, made])
    shutil.rmtree(work)
    return made
