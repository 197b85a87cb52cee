# SPDX-License-Identifier: Apache-2.0
"""walship-setup on a machine whose systemd is a real one: who may read, and
how segments are held, by what happens to a real link and a real descriptor."""

import pytest

from rig import outage
from rig.answers import Answer
from rig.installed import (CONFIG, SECONDS, configure, delivered, install,
                           main_pid, owners)
from rig.machine import PackagedPrometheus
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

pytestmark = pytest.mark.xdist_group("machine")

DATA = PackagedPrometheus.DATA
WAL = f"{DATA}/wal"
SPOOL = "/var/lib/walship-spool"
LINKS = "/var/lib/prometheus/walship-spool.metrics2"
DROPIN = "/etc/systemd/system/walship.service.d/50-walship-setup.conf"


@pytest.fixture
def receiver(ended):
    one = RecordingReceiver()
    ended.append(one)
    return one


def deny_others(host, umask):
    """From now on Prometheus lets others read as ${umask} says."""
    host.put("/etc/systemd/system/prometheus.service.d/umask.conf",
             f"[Service]\nUMask={umask}\n")
    mode = "g=u,o=" if umask == "0027" else "g=,o="
    host.run("systemctl daemon-reload && systemctl stop prometheus; "
             f"chmod -R {mode} {DATA}")


def lose_first_segment(host, source):
    """Prometheus begins another segment, and the first one is deleted, as it
    deletes what it has no use for; its number."""
    wal = host.path(WAL)
    first = outage.segments(wal)[0]
    source.read_more()
    host.run("systemctl restart prometheus")
    source.wait()
    wait_for(lambda: len(outage.segments(wal)) > 1, SECONDS,
             "another segment")
    host.run(f"rm {WAL}/{first:08d}")
    return first


def held(host, spool):
    return host.says(f"find {spool} -maxdepth 1 -type f -name '[0-9]*-*' "
                     "-printf '%f:%u:%n '").split()


def restarted(host, command):
    """Run ${command}, during which the unit was stopped and started."""
    old = main_pid(host)
    said = host.says(f"{command} 2>&1")
    assert main_pid(host) not in (0, old), said
    return said


def unchanged(host, command):
    """Run ${command}, which finds nothing to do."""
    def now():
        return (main_pid(host), host.path(DROPIN).read_text(),
                host.path(CONFIG).stat().st_mtime)
    before = now()
    host.run(command)
    assert now() == before


def test_nothing_of_prometheus_changes_where_it_can_be_read(host, receiver):
    install(host)
    source = PackagedPrometheus(host)
    before = owners(host)
    said = host.says("walship-setup 2>&1")
    assert f"data_dir: {DATA}" in said
    assert "Groups" not in host.path(DROPIN).read_text()
    assert "prometheus.service" in host.show("walship", "Before")
    assert before.items() <= owners(host).items()

    configure(host, receiver.url)
    host.run("systemctl start walship")
    delivered(source, receiver)
    unchanged(host, "walship-setup")

    # What is deleted unshipped is a descriptor in systemd's store, and at a
    # full stop a copy.
    receiver.answer = lambda request: Answer(503)
    lose_first_segment(host, source)
    wait_for(lambda: int(host.show("walship", "NFileDescriptorStore")) > 0,
             SECONDS, "systemd to keep a descriptor")
    host.run("systemctl stop walship")
    assert [f.split(":", 1)[1] for f in held(host, SPOOL)] == ["walship:1"]
    receiver.answer = lambda request: Answer()
    host.run("systemctl start walship")
    delivered(source, receiver)

    host.run("walship-setup --undo")
    assert not host.path(DROPIN).parent.exists()
    assert main_pid(host)
    status, said = host.run("walship-setup --undo", check=False)
    assert status == 1 and "nothing" in said


def test_by_the_group_where_that_may_read(host, receiver):
    install(host)
    deny_others(host, "0027")
    source = PackagedPrometheus(host)
    before = owners(host)
    configure(host, receiver.url)
    host.run("groupadd --system himds")  # As where Azure Arc's agent is.
    host.says("walship-setup")
    assert before.items() <= owners(host).items()
    host.run("systemctl start walship")
    delivered(source, receiver)
    groups = host.says(f"grep Groups /proc/{main_pid(host)}/status").split()
    for name in ("himds", "prometheus"):
        assert host.says(f"getent group {name}").split(":")[2] in groups[1:]


def test_by_a_list_only_when_told_to(host, receiver):
    install(host)
    deny_others(host, "0077")
    source = PackagedPrometheus(host)
    before = owners(host)
    configure(host, receiver.url)
    status, said = host.run("walship-setup", check=False)
    assert status == 1 and "--access acl" in said
    assert not host.path(DROPIN).exists()
    assert before.items() <= owners(host).items()

    # Of one that fails half way, nothing stays.
    host.put("/opt/fails/setfacl", '#!/bin/sh\n[ "$1 $2" != "-R -m" ] || '
             'exit 1\nexec /usr/bin/setfacl "$@"\n')
    status, said = host.run(
        "chmod +x /opt/fails/setfacl && "
        "PATH=/opt/fails:$PATH walship-setup --access acl", check=False)
    assert status == 1 and "taken back" in said, said
    assert host.says("getfacl -sp /var/lib/prometheus") == ""
    assert host.says(f"getfacl -Rsp {DATA}") == ""
    # Nor of one that is killed; the next one sees to that.
    host.put("/opt/fails/setfacl", '#!/bin/sh\n/usr/bin/setfacl "$@"\n'
             '[ "$1" != -R ] || { touch /tmp/granted; sleep 9; }\n')
    host.run("PATH=/opt/fails:$PATH walship-setup --access acl >/dev/null 2>&1 "
             "& until [ -e /tmp/granted ]; do sleep 0.1; done; kill -KILL $!")
    assert host.says(f"getfacl -Rsp {DATA}") != ""
    assert not host.path(DROPIN).exists()
    status, said = host.run("walship-setup", check=False)
    assert status == 1 and host.says(f"getfacl -Rsp {DATA}") == "", said

    host.says("walship-setup --access acl")
    host.run("systemctl start walship")
    delivered(source, receiver)
    unchanged(host, "walship-setup")
    # A segment that is made later can be read as well; by others it cannot.
    host.run("systemctl restart prometheus")
    source.wait()
    delivered(source, receiver)
    assert host.run(f"setpriv --reuid=nobody --clear-groups ls {WAL}",
                    check=False)[0] != 0

    host.run("systemctl stop walship")
    assert "# acl" in host.says("walship-setup --undo --dry-run")
    assert host.path(DROPIN).exists()
    # What others were given since stays.
    host.run(f"setfacl -m u:games:rx {DATA} && "
             f"setfacl -m u:games:r $(ls {WAL}/0* | head -n 1)")
    host.run("walship-setup --undo")
    lists = host.says(f"getfacl -Rcsp {DATA}")
    assert lists.count("user:games:") == 2 and "walship" not in lists, lists
    host.run(f"setfacl -x u:games {DATA} && setfacl -Rb {DATA}")
    assert before.items() <= owners(host).items()


def test_by_links_as_prometheus_and_back(host, receiver):
    install(host)
    source = PackagedPrometheus(host)
    configure(host, receiver.url)
    host.run("systemctl start walship")
    delivered(source, receiver)
    before = owners(host)

    receiver.answer = lambda request: Answer(503)
    assert LINKS in restarted(host, "walship-setup --link")
    assert host.says(f"ps -o user= -p {main_pid(host)}") == "prometheus"
    wait_for(lambda: "mode=link" in host.journal("walship"), SECONDS,
             "links to be made")
    segment = outage.segments(host.path(WAL))[0]
    wait_for(lambda: host.says(f"stat -c %h {WAL}/{segment:08d}") == "2",
             SECONDS, "the segment to have another name")
    unchanged(host, f"walship-setup --data-dir {DATA}")
    assert lose_first_segment(host, source) == segment
    host.run("systemctl restart walship")

    # What is held is held on when the mode changes, there and back.
    for command, spool, user in (("--undo", SPOOL, "walship"),
                                 ("--link", LINKS, "prometheus"),
                                 ("--undo", SPOOL, "walship")):
        restarted(host, f"walship-setup {command}")
        assert any(f"-{segment}:{user}:1" in f for f in held(host, spool))
    assert not host.path(LINKS).exists()
    assert LINKS not in host.path(CONFIG).read_text()
    # Nothing of Prometheus's has become another's.
    after = owners(host)
    for name in set(before) & set(after):
        assert before[name].split(":")[:3] == after[name].split(":")[:3]
    receiver.answer = lambda request: Answer()
    delivered(source, receiver)
    assert host.says("stat -c %U /var/lib/walship") == "walship"
    assert not receiver.faults
    # A mark that has lost its other one takes nothing else along.
    host.run(f"walship-setup --link && sed -i '$d' {CONFIG} && "
             f"echo '# mine' >>{CONFIG}")
    host.run("walship-setup --undo", check=False)
    text = host.path(CONFIG).read_text()
    assert "# mine" in text and "# From walship-setup" not in text


def test_an_instance_of_its_own_user(host, receiver):
    """Beside a walship for all, whose directories it passes through."""
    install(host)
    source = PackagedPrometheus(host)
    configure(host, receiver.url)
    host.run("systemctl start walship")
    configure(host, receiver.url, config="/etc/walship/two.yml", name="two")
    host.says(f"walship-setup --instance two --link --data-dir {DATA}")
    config = host.path("/etc/walship/two.yml").read_text()
    assert "state_dir: /var/lib/walship/two\n" in config
    assert f"spool: {{dir: {LINKS}}}\n" in config
    host.says("walship check-config /etc/walship/two.yml")
    host.run("systemctl start walship@two")
    delivered(source, receiver)
    wait_for(lambda: host.path("/var/lib/walship/two").exists()
             and "mode=link" in host.journal("walship@two"), SECONDS,
             "the instance to hold by links")
    assert host.says("stat -c %U /var/lib/walship /var/lib/walship/two"
                     ).split() == ["walship", "prometheus"]
    host.run("systemctl restart walship walship@two")
    delivered(source, receiver)
    # The package takes all of it along.
    host.run("apt-get -q -y purge walship")
    for name in ("/etc/systemd/system/walship@two.service.d", LINKS,
                 "/var/lib/walship"):
        assert not host.path(name).exists(), name


def test_asking_and_finding(host):
    install(host)
    status, said = host.run("walship-setup", check=False)
    assert status == 4 and "no Prometheus" in said
    PackagedPrometheus(host)
    assert host.says("walship-setup --find").split("\t") == [
        DATA, "prometheus.service", "running", "prometheus"]

    # One more, in mounts of its own, as in a container with a volume.
    host.run("mkdir /srv/volume && systemd-run -q --unit=contained "
             "-p BindPaths=/srv/volume:/prometheus prometheus "
             "--config.file=/etc/prometheus/prometheus.yml "
             "--storage.tsdb.path=/prometheus --web.listen-address=127.0.0.1:0")
    wait_for(lambda: "/srv/volume\tcontained.service\trunning\troot"
             in host.says("walship-setup --find"), SECONDS, "it to be found")
    status, said = host.run("walship-setup", check=False)
    assert status == 4 and "/srv/volume" in said and DATA in said

    # On a terminal each is asked for.
    host.run(f"printf '{DATA}\\ny\\n' | script -qec walship-setup /dev/null")
    assert "User=prometheus" in host.path(DROPIN).read_text()
    host.run("walship-setup --undo && systemctl stop contained prometheus")
    # One in agent mode, by a unit of its own, is seen as well.
    host.put("/etc/systemd/system/agent.service", "[Service]\n"
             "WorkingDirectory=/srv\nExecStart=/opt/prometheus --agent "
             "--storage.agent.path=agent/\n")
    host.run("mkdir -p /srv/agent/wal && systemctl daemon-reload")
    said = host.says("walship-setup --find")
    assert f"{DATA}\tprometheus.service\tstopped\tprometheus" in said
    assert "/srv/agent\tagent.service\tstopped\troot" in said

    # What cannot be is refused before anything is changed.
    for options, why in (
            ("--data-dir /srv", "holds no wal"),
            ("--data-dir '/srv/a b'", "blanks"),
            ("--data-dir relative", "absolute"),
            ("--data-dir /srv/volume --link", "root"),
            (f"--data-dir {DATA} --spool-dir {DATA}/spool", "inside"),
            (f"--data-dir {DATA} --link --spool-dir /dev/shm/spool",
             "filesystem"),
            (f"--data-dir {DATA} --link --spool-dir /spool", "in common")):
        status, said = host.run(f"walship-setup {options}", check=False)
        assert status == 1 and why in said, said
        assert not host.path(DROPIN).exists()
    assert host.run("walship-setup --access all", check=False)[0] == 2
