# SPDX-License-Identifier: Apache-2.0
"""walship-setup among users who would turn root's hands to their own ends: by
programs that only look like a Prometheus, and by symbolic links."""

import pytest

from rig.installed import SECONDS, configure, install
from rig.machine import PackagedPrometheus
from rig.processes import wait_for

pytestmark = pytest.mark.xdist_group("machine")

DATA = PackagedPrometheus.DATA
HOME = "/home/mallory"
DROPIN = "/etc/systemd/system/walship.service.d/50-walship-setup.conf"


def found(host):
    """What is found: the lines of a Prometheus, and what else is said."""
    lines = host.says("walship-setup --find").splitlines()
    return ([line for line in lines if line.startswith("/")],
            " ".join(line for line in lines if not line.startswith("/")))


def mallorys(host):
    """The same once both of his programs are at work."""
    lines, said = found(host)
    return (lines, said) if said.count("user mallory") == 2 else None


def run_as(host, user, program, segment):
    """Have ${user} run ${program} with the ${segment} open."""
    host.run(f"cd / && setsid setpriv --reuid={user} --regid={user} "
             f"--clear-groups sh -c 'exec 3<{segment}; exec {program} 600' "
             "</dev/null >/dev/null 2>&1 &")


def test_what_only_looks_like_a_prometheus_is_left_out(host):
    install(host)
    PackagedPrometheus(host)
    host.run(f"useradd -m -u 2000 mallory && mkdir -p {HOME}/d/wal /opt/bin && "
             f"touch {HOME}/d/wal/00000000 && cp /usr/bin/sleep "
             f"{HOME}/prometheus && cp /usr/bin/sleep /opt/bin/prometheus && "
             f"chown -R mallory: {HOME}")
    real = f"{DATA}\tprometheus.service\trunning\tprometheus"
    # A program that he could have made himself; another's log.
    run_as(host, "mallory", f"{HOME}/prometheus", f"{HOME}/d/wal/00000000")
    run_as(host, "mallory", "/opt/bin/prometheus", f"{DATA}/wal/00000000")
    lines, said = wait_for(lambda: mallorys(host), SECONDS, "his programs")
    assert lines == [real]
    assert "user mallory" in said and "not root's alone" in said
    assert "its wal/ belongs to prometheus" in said
    said = host.says("walship-setup 2>&1")
    assert f"reads {DATA} as walship" in said
    # What runs as a unit of the system is what root meant.
    host.run(f"systemd-run -q --unit=his -p User=mallory sh -c "
             f"'exec 3<{HOME}/d/wal/00000000; exec {HOME}/prometheus 600'")
    his = f"{HOME}/d\this.service\trunning\tmallory"
    wait_for(lambda: sorted(found(host)[0]) == [his, real], SECONDS,
             "his unit to be found")


def test_links_that_prometheus_planted_are_not_followed(host):
    install(host)
    PackagedPrometheus(host)
    configure(host, "http://127.0.0.1:1/write")
    host.run("chown prometheus /var/lib/prometheus && "
             "mkdir /srv/target && touch /srv/target/0-0 && "
             "runuser -u prometheus -- "
             "ln -s /srv/target /var/lib/prometheus/walship-spool.metrics2")

    def target():
        return host.says("stat -c %U:%a /srv/target /srv/target/0-0")
    before = target()
    status, said = host.run("walship-setup --link", check=False)
    assert status == 1 and "symbolic link" in said, said
    assert not host.path(DROPIN).exists() and target() == before
    host.run("rm /var/lib/prometheus/walship-spool.metrics2 && "
             "walship-setup --link")

    # The state is Prometheus's now, and so is what is beside an instance's.
    host.run("runuser -u prometheus -- ln -s /srv/target /var/lib/walship/two")
    status, said = host.run(
        f"walship-setup --instance two --link --data-dir {DATA} "
        "--spool-dir /var/lib/prometheus/other", check=False)
    assert status == 1 and "symbolic link" in said, said
    assert target() == before
    # A directory of another is not taken over either.
    host.run("rm /var/lib/walship/two && install -d -o games "
             "/var/lib/walship/two")
    status, said = host.run(
        f"walship-setup --instance two --link --data-dir {DATA} "
        "--spool-dir /var/lib/prometheus/other", check=False)
    assert status == 1 and "belongs to games" in said, said
    # Lists are only added to as who owns what they are of.
    host.run(f"walship-setup --undo && touch {DATA}/wal/roots && "
             f"chmod 600 {DATA}/wal/roots")
    status, said = host.run("walship-setup --access acl", check=False)
    assert status == 1 and "not permitted" in said, said
    assert host.says(f"getfacl -Rsp {DATA}") == ""
    assert not host.path(DROPIN).parent.exists()

    # What was noted by a path that he can turn is left, with what to do.
    host.run(f"rm {DATA}/wal/roots && walship-setup --access acl && "
             "runuser -u prometheus -- ln -s metrics2 /var/lib/prometheus/link "
             f"&& sed -i '/^# acl/s/metrics2/link/' {DROPIN}")
    said = host.says("walship-setup --undo 2>&1")
    mends = [line.strip() for line in said.splitlines()
             if line.startswith("    setfacl ")]
    assert [mend.split()[-1] for mend in mends] == [DATA, f"{DATA}/wal"], said
    host.run(" && ".join(mends))
    assert "walship" not in host.says(f"getfacl -Rsp {DATA}")
