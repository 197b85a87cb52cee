# SPDX-License-Identifier: Apache-2.0
"""However segments are held, nothing of Prometheus's is changed."""

import pytest

from conftest import Source
from rig import tracing
from rig.holding import Held, Log, flags, restart
from rig.outage import owners

MODES = ["link", "fd", "off"]


@pytest.fixture
def truncating(directory, ended):
    """A Prometheus whose log is truncated every few seconds."""
    one = Source(directory, "truncating", flags("2s"))
    ended.append(one)
    return one


def traced(directory, source, mode):
    """A walship that is to hold the log of ${source}, and its trace."""
    held = Held(directory, source, mode, spool={"mode": mode})
    return held, tracing.Trace(held.walship, directory / f"{mode}.trace")


def must_have_changed_nothing(held, trace, data_dir):
    """It has read there; links into its own directory are all else."""
    assert any(name == "openat" for name, _ in trace.below(data_dir))
    assert not trace.changes(data_dir, held.spool_dir)


def test_nothing_of_prometheus_is_changed(directory, ended, truncating):
    tracing.needed()
    before = owners(truncating.data_dir)
    walships = [traced(directory, truncating, mode) for mode in MODES]
    for held, _ in walships:
        ended.append(held)
        held.start()
    for held, _ in walships[:2]:
        assert held.mode() == held.walship.name
    log = Log(truncating)
    log.wait_until_deleted(log.segments()[-1])
    restart([held for held, _ in walships])
    log.wait_until_deleted(log.segments()[-1])
    for held, _ in walships:
        held.fail(False)
    truth = truncating.read_after(2)
    for held, _ in walships[:2]:  # The last one holds nothing.
        held.wait_delivered(truth)
        held.receiver.must_be_clean()
    for held, trace in walships:
        held.walship.stop()
        must_have_changed_nothing(held, trace, truncating.data_dir)
    assert any(name == "linkat" for name, _ in walships[0][1].calls())
    after = owners(truncating.data_dir)
    assert all(before[path] == after[path]
               for path in before if path in after)
