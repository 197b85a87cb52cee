# SPDX-License-Identifier: Apache-2.0
"""The deb on a machine whose systemd is a real one, beside the distribution's
own Prometheus: from its installation to its being purged."""

import re
import shutil

import pytest

from rig import outage, packages
from rig.answers import Answer
from rig.installed import (CONFIG, SECONDS, configure, delivered, install,
                           main_pid, owners)
from rig.machine import PackagedPrometheus
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

pytestmark = pytest.mark.xdist_group("machine")

EXPOSURE_MAX = 2.0  # As systemd-analyze security rates the unit.
MEMORY_MAX = 8 << 20  # Of its own, with little to ship.


def test_from_installation_to_purge(host, ended):
    receiver = RecordingReceiver()
    ended.append(receiver)
    install(host)
    # Without a configuration there is nothing to do, and that is no failure.
    assert host.says("systemctl is-enabled walship") == "enabled"
    host.run("systemctl start walship")
    assert host.show("walship", "ActiveState") == "inactive"

    source = PackagedPrometheus(host)
    before = owners(host)
    # A label that only the unit's environment knows, and that is not sent.
    host.put("/etc/default/walship", "SITE=north\n")
    configure(host, receiver.url,
              more={"external_labels": {"site": "${SITE}"}},
              write_relabel_configs=[{"action": "labeldrop", "regex": "site"}])
    host.run("systemctl start walship")
    delivered(source, receiver)
    assert host.says(f"ps -o user= -p {main_pid(host)}") == "walship"
    assert host.says("stat -c %U:%a /var/lib/walship") == "walship:711"
    anonymous = host.says(f"grep RssAnon /proc/{main_pid(host)}/status")
    assert int(anonymous.split()[1]) * 1024 < MEMORY_MAX

    # An upgrade goes on as the new version, and loses nothing.
    old = main_pid(host)
    install(host, "new.deb")
    assert main_pid(host) not in (0, old)
    delivered(source, receiver)

    # One that does not take the configuration leaves the old one at work.
    old = main_pid(host)
    host.run(f"sed -i 's/^start:/strat:/' {CONFIG}")
    said = install(host)
    assert "strat" in said and "systemctl restart walship" in said
    assert main_pid(host) == old
    delivered(source, receiver)
    host.run(f"sed -i 's/^strat:/start:/' {CONFIG}")
    host.run("systemctl restart walship")

    # Removed, it leaves its state and its configuration; put back, it goes on.
    host.run("apt-get -q -y remove walship")
    assert host.show("walship", "ActiveState") in ("inactive", "failed")
    assert host.path(CONFIG).exists()
    assert list(host.path("/var/lib/walship").glob("*.position"))
    install(host)
    host.run("systemctl start walship")
    delivered(source, receiver)
    assert not receiver.faults

    host.run("apt-get -q -y purge walship")
    for name in (CONFIG, "/var/lib/walship", "/var/lib/walship-spool"):
        assert not host.path(name).exists(), name
    after = owners(host)
    assert before.items() <= after.items()


def test_a_downgrade_goes_on_or_changes_nothing(host, deb, ended):
    receiver = RecordingReceiver()
    ended.append(receiver)
    shutil.copy(packages.as_later(deb), host.path("/root/later.deb"))
    install(host, "new.deb")
    source = PackagedPrometheus(host)
    configure(host, receiver.url)
    host.run("systemctl start walship")
    delivered(source, receiver)
    # Of the same form.
    old = main_pid(host)
    install(host)
    assert main_pid(host) not in (0, old)
    delivered(source, receiver)

    # Of a later one: it says so, and leaves the positions alone.
    install(host, "later.deb")
    delivered(source, receiver)
    said = install(host)
    assert "later version" in said, said
    positions = "sha256sum /var/lib/walship/*.position"
    before = host.says(positions)
    wait_for(lambda: int(host.show("walship", "NRestarts")) > 1, SECONDS,
             "it to be tried again")
    assert host.says(positions) == before
    install(host, "later.deb")
    host.run("systemctl restart walship")
    delivered(source, receiver)
    assert not receiver.faults


def test_a_reload_and_a_kill_lose_nothing(host, ended):
    receiver = RecordingReceiver()
    ended.append(receiver)
    install(host)
    source = PackagedPrometheus(host)
    configure(host, receiver.url)
    host.run("systemctl start walship")
    delivered(source, receiver)

    configure(host, receiver.url, name="north")
    host.run("systemctl reload walship")
    wait_for(lambda: "remote=north" in host.journal("walship"), SECONDS,
             "the reload to be seen")
    host.run(f"echo 'colour: blue' >>{CONFIG}")
    status, _ = host.run("systemctl reload walship", check=False)
    assert status != 0
    assert host.show("walship", "ActiveState") == "active"
    configure(host, receiver.url, name="north")

    old = main_pid(host)
    host.run(f"kill -KILL {old}")
    wait_for(lambda: main_pid(host) not in (0, old), SECONDS,
             "systemd to start it again")
    delivered(source, receiver)

    # At a shutdown Prometheus is stopped first.
    assert "prometheus.service" in host.show("walship", "Before")
    assert not receiver.faults


def test_segments_are_held_by_systemd_while_walship_is_killed(host, ended):
    receiver = RecordingReceiver()
    ended.append(receiver)
    install(host)
    source = PackagedPrometheus(
        host, "--storage.tsdb.min-block-duration=4s "
        "--storage.tsdb.max-block-duration=4s")
    configure(host, receiver.url)
    host.run("systemctl start walship")
    delivered(source, receiver)

    receiver.answer = lambda request: Answer(503)
    wal = host.path(f"{PackagedPrometheus.DATA}/wal")

    def outlast(deleted):
        last = outage.segments(wal)[-1]
        wait_for(lambda: outage.segments(wal)[0] > last + deleted - 1, 120,
                 f"{deleted} segments to be deleted")

    outlast(2)
    assert int(host.show("walship", "NFileDescriptorStore")) > 0
    assert "mode=fd" in host.journal("walship")
    old = main_pid(host)
    host.run(f"kill -KILL {old}")
    wait_for(lambda: main_pid(host) not in (0, old), SECONDS,
             "systemd to start it again")
    outlast(1)
    receiver.answer = lambda request: Answer()
    delivered(source, receiver)
    assert not receiver.faults
    wait_for(lambda: int(host.show("walship", "NFileDescriptorStore")) <= 2,
             SECONDS, "what was shipped to be let go of")


def test_the_unit_may_do_what_it_must_and_no_more(host):
    install(host)
    said = host.says("systemd-analyze security --no-pager walship")
    exposure = float(re.search(r"level for walship.service: ([\d.]+)",
                               said)[1])
    assert exposure <= EXPOSURE_MAX
    assert host.says("systemd-analyze verify --man=no walship.service "
                     "walship@one.service") == ""


def test_what_fails_again_and_again_waits_longer_each_time(host):
    install(host)
    data_dir = PackagedPrometheus(host).DATA
    configure(host, "http://127.0.0.1:1/", "/nowhere")
    host.run("systemctl start walship", check=False)
    wait_for(lambda: host.run("pgrep -fx 'sleep 4'", check=False)[0] == 0,
             SECONDS, "the third wait")
    assert host.show("walship", "NRestarts") == "3"
    # Who mends it has not to wait.
    configure(host, "http://127.0.0.1:1/", data_dir)
    host.run("systemctl restart walship", seconds=30)
    assert host.show("walship", "NRestarts") == "0"
    host.run("test -d /run/walship && test ! -e /run/walship/pause")
    # What is long ago does not count any more.
    host.run("echo 32 >/run/walship/pause && chown walship /run/walship/pause "
             "&& touch -d '11 minutes ago' /run/walship/pause && "
             f"kill -KILL {main_pid(host)}")
    wait_for(lambda: host.show("walship", "NRestarts") == "1"
             and host.show("walship", "ActiveState") == "active", SECONDS,
             "systemd to start it again")
    assert host.says("cat /run/walship/pause") == "1"


def test_lintian_finds_no_fault(deb):
    assert deb.stat().st_size < packages.DEB_MAX
    packages.must_be_lintian_clean(deb)
