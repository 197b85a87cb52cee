# SPDX-License-Identifier: Apache-2.0
"""An outage longer than Prometheus keeps its log, where no hard links can be
made: segments are held by descriptors, systemd's store and copies."""

import pathlib
import shutil
import tempfile

import pytest

from conftest import Source
from rig import namespace
from rig.holding import NOBODY, Held, Log, flags, kill, restart
from rig.processes import wait_for

DELETED = 3  # Segments, at least, before the interruption.


@pytest.fixture
def other_disk():
    """A directory on another disk than that of the tests."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="walship-e2e-",
                                         dir="/dev/shm"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def truncating(directory, ended, request):
    """A Prometheus whose log is truncated every few seconds."""
    one = Source(directory, "truncating", flags(
        "8s" if request.config.getoption("--full") else "4s"))
    ended.append(one)
    return one


@pytest.fixture
def hold(directory, ended, truncating):
    """Starts walships that hold its log while their receivers fail."""
    def make(name, **options):
        one = Held(directory, truncating, name, **options)
        ended.append(one)
        return one.start()
    return make


def outlast(source, held, interrupt):
    """Have each of ${held} miss segments, be interrupted just after one was
    deleted, and miss more; then all must arrive."""
    log = Log(source)
    log.wait_until_deleted(log.segments()[-1] + DELETED - 1)
    interrupt(held)
    log.wait_until_deleted(log.segments()[-1])
    for one in held:
        one.fail(False)
    truth = source.read_after(2)
    for one in held:
        one.wait_delivered(truth)
        assert not one.opened_for_writing()
        one.receiver.must_be_clean()


def must_be_clean(one):
    """Nothing is kept of what is gone, and nothing was lost."""
    wait_for(lambda: not one.held_files(), 30, "its copies to be removed")
    if one.manager:
        wait_for(lambda: not one.manager.orphans(), 30,
                 "its descriptors to be given up")
    lost = one.walship.metrics()
    for reason in ("unbelieved", "missing", "max_bytes", "max_age",
                   "min_free"):
        assert lost.total("walship_spool_let_go_total", reason=reason) == 0
    assert "segments were deleted before they were read" not in (
        one.walship.log())


def test_a_kill_loses_nothing_where_systemd_keeps_descriptors(
        truncating, hold):
    one = hold("stored", spool={"mode": "fd"}, store=True)
    outlast(truncating, [one], kill)
    assert one.mode() == "fd"
    must_be_clean(one)


def test_a_stop_loses_nothing_where_no_link_can_be_made(
        truncating, hold, other_disk, mounts_allowed, ended):
    mounts = namespace.Mounts(
        f"mount --bind {truncating.data_dir} {truncating.data_dir}")
    ended.insert(0, mounts)  # To be closed after what runs in it.
    held = [hold("alone", spool={"mode": "fd"}),
            hold("stored", spool={"mode": "fd"}, store=True),
            hold("nobody", user=NOBODY),
            hold("elsewhere", spool={"dir": str(other_disk / "spool")}),
            hold("mounted", mounts=mounts)]
    for one in held:
        assert one.mode() == "fd"
    outlast(truncating, held, restart)
    for one in held:
        assert one.walship.total(
            "walship_spool_copies_total", result="copied") > 0
        must_be_clean(one)
    assert "protected_hardlinks" in held[2].walship.log()
    assert "ReadWritePaths" in held[4].walship.log()
