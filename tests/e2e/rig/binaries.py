# SPDX-License-Identifier: Apache-2.0
"""Where the programs are: a variable names them, PATH has them, or the cache
that packaging/deps.sh fills."""

import functools
import os
import pathlib
import re
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[3]
# Where the Prometheuses come from that tests are run with: the one of every
# test, and the later releases of Debian that packaging/deps.sh knows.
RELEASES = [None, "trixie", "forky"]


class Missing(Exception):
    """A program that is not on this machine; the text says how to get it."""


def _cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "walship"


def _executable(path):
    return path.is_file() and os.access(path, os.X_OK)


def _cached(name):
    path = _cache() / name / "usr" / "bin" / name
    return str(path) if _executable(path) else None


def _named(variable):
    """The program that ${variable} names, made absolute, or None."""
    value = os.environ.get(variable)
    if not value:
        return None
    path = pathlib.Path(value).resolve()
    if not _executable(path):
        raise Missing(f"{variable}={value} is not a program")
    return str(path)


def prometheus():
    """The Prometheus whose WAL is read: PROMETHEUS_BIN, PATH, the cache."""
    found = (_named("PROMETHEUS_BIN") or shutil.which("prometheus")
             or _cached("prometheus"))
    if not found:
        raise Missing("no Prometheus: run packaging/deps.sh, or set "
                      "PROMETHEUS_BIN to a binary")
    return found


def prometheus_receiver():
    """The Prometheus that receives: a known one, whatever the source is."""
    return (_cached("prometheus") or shutil.which("prometheus")
            or prometheus())


def release(suite):
    """The Prometheus of ${suite}, a later release of Debian; None: the one
    whose WAL is read in every test."""
    if suite is None:
        return prometheus()
    path = _cache() / f"prometheus-{suite}" / "usr" / "bin" / "prometheus"
    if not _executable(path):
        raise Missing(f"no Prometheus of {suite}: packaging/deps.sh has none "
                      "for this system, or said why it could not be fetched")
    return str(path)


def promtool(suite=None):
    """The promtool that came with a Prometheus, or with that of ${suite}."""
    found = ([release(suite)] if suite
             else [prometheus_receiver(), prometheus()])
    for one in found:
        path = pathlib.Path(one).resolve().parent / "promtool"
        if _executable(path):
            return str(path)
    raise Missing("no promtool beside Prometheus: run packaging/deps.sh")


def victoria_metrics():
    """A single-node VictoriaMetrics."""
    found = (_named("VICTORIA_METRICS_BIN") or shutil.which("victoria-metrics")
             or shutil.which("victoria-metrics-prod")
             or _cached("victoria-metrics"))
    if not found:
        raise Missing("no VictoriaMetrics: run packaging/deps.sh, or set "
                      "VICTORIA_METRICS_BIN to a binary")
    return found


def walship():
    """The walship under test: WALSHIP_BIN, else the one built in the tree."""
    found = _named("WALSHIP_BIN")
    if not found and _executable(TOP / "walship"):
        found = str(TOP / "walship")
    if not found:
        raise Missing("no walship: build it (packaging/build.sh build), or "
                      "set WALSHIP_BIN")
    return found


def machine_root():
    """The files of a machine that can be booted, or None."""
    path = _cache() / "root"
    return path if _executable(path / "usr/lib/systemd/systemd") else None


def roots():
    """Where tests/roots.sh keeps the roots of suites."""
    return _cache() / "roots"


@functools.lru_cache(maxsize=None)
def has_flag(binary, flag):
    """Whether ${binary} --help speaks of ${flag}."""
    done = subprocess.run([binary, "--help"], capture_output=True, text=True,
                          timeout=30, check=False)
    return flag in done.stdout + done.stderr


def major(binary):
    """The first number of ${binary}'s version."""
    return int(re.search(r"version (\d+)\.", version(binary))[1])


@functools.lru_cache(maxsize=None)
def version(binary):
    """The first line of ${binary} --version."""
    done = subprocess.run([binary, "--version"], capture_output=True,
                          text=True, timeout=30, check=False)
    return (done.stdout + done.stderr).strip().split("\n")[0]
