# SPDX-License-Identifier: Apache-2.0
"""The deb and the rpm, built from what "make dist" packs."""

import functools
import pathlib
import re
import shutil
import subprocess

from . import binaries


TOP = binaries.TOP
RPM_DB = "/var/lib/rpm"
DEB_MAX = 500_000  # Bytes.


def why_not(tool="dpkg-buildpackage"):
    """Why no package can be built by ${tool} here, or None if it can."""
    if not shutil.which(tool):
        return f"there is no {tool} here"
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
    return done.stdout


@functools.lru_cache(maxsize=None)
def tarball():
    """What "make dist" packs."""
    _run(["make", "-C", _tree(), "dist"])
    return next(_tree().glob("walship-*.tar.xz"))


def build_deb(directory):
    """Build the deb in ${directory}; return its path."""
    _run([TOP / "packaging/deb/build.sh", tarball(), directory])
    return next(pathlib.Path(directory).glob("walship_*.deb"))


def build_rpms(directory):
    """Build the rpm in ${directory}, and another release of the same; return
    their paths."""
    directory = pathlib.Path(directory)
    build = [TOP / "packaging/rpm/build.sh", tarball(), directory,
             "--buildroot", directory / "root"]
    _run([*build, "--noclean"])
    _run([*build, "--short-circuit", "--define", "walship_release 2"])
    return [next(directory.glob(f"walship-[0-9]*-{release}.*.rpm"))
            for release in (1, 2)]


def deb_files(deb):
    """Mode, owner and group by path, of what ${deb} holds."""
    found = {}
    for line in _run(["dpkg-deb", "--contents", deb]).splitlines():
        mode, owner, _, _, _, path = line.split(None, 5)
        found[path.split(" -> ")[0].lstrip(".").rstrip("/")] = \
            (mode, *owner.split("/"))
    return found


def deb_content(deb, work):
    """The bytes of the files of ${deb} by path, unpacked in ${work}.  Left out
    is what programs say of their debug symbols: these differ with the headers
    of the system."""
    _run(["dpkg-deb", "--extract", deb, work])
    _run(["strip", "--remove-section=.note.gnu.build-id",
          "--remove-section=.gnu_debuglink", work / "usr/bin/walship"])
    return {path.relative_to(work): path.read_bytes()
            for path in pathlib.Path(work).rglob("*") if path.is_file()}


def must_be_lintian_clean(deb):
    _run(["lintian", "--allow-root", "--fail-on", "error,warning",
          # What runs is asked for by name, so as to be restarted with care.
          "--suppress-tags", "maintainer-script-calls-systemctl", deb])


def rpm_files(rpm):
    """The same of ${rpm}."""
    lines = _run(["rpm", "-qp", "--dbpath", RPM_DB, "--queryformat",
                  "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME} "
                  "%{FILEGROUPNAME}\n]", rpm]).splitlines()
    return {path: tuple(rest) for path, *rest in map(str.split, lines)}


def build_handler(deb):
    """Build the extension's handler, linked statically, where ${deb} was
    built; return its path."""
    tree = next(deb.parent.glob("walship-*/Makefile")).parent
    handler = "packaging/azure/extension/static/walship-extension"
    _run(["make", "-C", tree, handler])
    return tree / handler


def as_version(deb, version, program=None, needs=None):
    """A copy of ${deb}, beside it, that says to be ${version}; its walship is
    the ${program}, and it needs the package ${needs}, if these are not
    None."""
    made = deb.with_name(f"walship-{version}.deb")
    if made.exists():
        return made
    work = deb.with_suffix(".tree")
    _run(["dpkg-deb", "--raw-extract", deb, work])
    if program:
        shutil.copy(program, work / "usr/bin/walship")
    control = work / "DEBIAN" / "control"
    text = re.sub(r"(?m)^Version: .*", f"Version: {version}",
                  control.read_text())
    if needs:
        text = re.sub(r"(?m)^Depends: ", f"Depends: {needs}, ", text)
    control.write_text(text)
    _run(["dpkg-deb", "--build", "--root-owner-group", work, made])
    shutil.rmtree(work)
    return made


def as_later(deb):
    """The same of one that writes positions in a form that ${deb}'s does not
    know, built where that was."""
    tree = next(path for path in deb.parent.glob("walship-*") if path.is_dir())
    for path in (*tree.glob("agent/position/*place.o"),
                 *tree.glob("**/libposition.a")):
        path.unlink()
    _run(["make", "-C", tree, "walship", "CPPFLAGS=-DPOSITION_VERSION=2u"])
    return as_version(deb, "9.1", tree / "walship")
