# SPDX-License-Identifier: Apache-2.0
"""install.sh on machines of a scale set: with a Prometheus of a package, of a
tarball, with none and with two, and with what its arguments can be wrong in."""

import functools
import hashlib
import http.server
import shutil
import threading
import time

import pytest

from rig import compare, packages
from rig.installed import CONFIG, SECONDS, main_pid, owners
from rig.machine import Machine, PackagedPrometheus
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

pytestmark = pytest.mark.xdist_group("machine")

LOG = "/var/log/walship-install.log"


@pytest.fixture
def clean(machines, directory, ended):
    """A machine without walship, that has install.sh in its /root."""
    one = Machine(directory)
    ended.append(one)
    one.start()
    shutil.copy(packages.TOP / "packaging/azure/install.sh", one.path("/root"))
    return one


@pytest.fixture
def receiver(ended):
    one = RecordingReceiver()
    ended.append(one)
    return one


def install(host, arguments, status):
    """Run it; its last line."""
    is_status, said = host.run(f"sh /root/install.sh {arguments}", check=False)
    last = said.strip().splitlines()[-1]
    assert is_status == status, said
    assert last.startswith("install.sh: done" if status == 0
                           else f"install.sh: failed ({status}): "), said
    return last


def delivered(host, source, receiver):
    """From now on all that ${source} writes reaches ${receiver}, with the label
    of the ${host}."""
    source.begin = int(time.time() * 1000)
    name = host.says("uname -n")
    compare.delivered(
        source.read_more().relabelled(lambda labels: {"host": name, **labels}),
        lambda: receiver.store, SECONDS)


def test_beside_the_package_and_again_at_each_boot(clean, deb, receiver):
    shutil.copy(deb, clean.path("/root"))
    source = PackagedPrometheus(clean)
    before = owners(clean)
    # As of an installation in the middle of which the machine was switched off.
    clean.run("touch /var/lib/dpkg/updates/0000")
    install(clean, f"--url {receiver.url}", 0)
    assert "host: '${HOSTNAME}'" in clean.path(CONFIG).read_text()
    assert "- name: '127.0.0.1'\n" in clean.path(CONFIG).read_text()
    assert clean.says(f"stat -c %U:%G:%a {CONFIG}") == "root:walship:640"
    assert clean.says("systemctl is-enabled walship") == "enabled"
    delivered(clean, source, receiver)

    def state():
        return (main_pid(clean), clean.path(CONFIG).stat().st_mtime,
                clean.says("stat -c %Y /usr/bin/walship"))
    was = state()
    install(clean, f"--url {receiver.url}", 0)
    assert state() == was
    assert before.items() <= owners(clean).items()

    # What is there is left, also with another URL, and that is said; but not
    # with --force.
    assert "not what these say" not in install(
        clean, f"--url {receiver.url}", 0)
    assert "not what these say: --url --client-id;" in install(
        clean, "--url http://127.0.0.1:1/write --client-id a-0", 0)
    assert state() == was
    # If the restart does not come about, or we are killed before, it is due.
    clean.put("/opt/fails/systemctl", '#!/bin/sh\n[ "$1" != restart ] || '
              'exit 1\nexec /usr/bin/systemctl "$@"\n')
    dead = "--url http://127.0.0.1:1/write --force"
    clean.run("chmod +x /opt/fails/systemctl")
    status, said = clean.run("PATH=/opt/fails:$PATH sh /root/install.sh "
                             + dead, check=False)
    assert status == 8 and main_pid(clean) == was[0], said
    assert receiver.url in clean.path(f"{CONFIG}.old").read_text()
    said = install(clean, dead, 9)
    assert "connection" in said and "127.0.0.1 port 1" in said
    pid = main_pid(clean)
    assert pid not in (0, was[0])
    install(clean, dead, 9)
    assert main_pid(clean) == pid
    clean.run(f"echo 'colour: blue' >>{CONFIG}")
    assert "colour" in install(clean, f"--url {receiver.url}", 7)
    install(clean, f"--url {receiver.url} --force", 0)
    delivered(clean, source, receiver)
    # One that cannot start says why.
    clean.run("systemctl stop walship && touch /var/lib/not && "
              f"echo 'state_dir: /var/lib/not' >>{CONFIG}")
    assert "/var/lib/not" in install(clean, f"--url {receiver.url}", 8)


def test_beside_a_tarball_and_two_of_them(clean, deb, receiver, ended):
    shutil.copy(deb, clean.path("/root"))
    packaged = PackagedPrometheus(clean)
    clean.run("systemctl stop prometheus && mkdir -m 710 /srv/disk && "
              "mv /var/lib/prometheus/metrics2 /srv/disk/real && "
              "ln -s disk/real /srv/data && chgrp prometheus /srv/disk && "
              "mkdir /opt/prometheus && "
              "cp /usr/bin/prometheus /opt/prometheus")
    address = packaged.url.removeprefix("http://")
    clean.put("/etc/systemd/system/metrics.service", "\n".join([
        "[Service]", "User=prometheus", "WorkingDirectory=/srv", "UMask=0077",
        "ExecStart=/opt/prometheus/prometheus \\",
        "  --config.file=/etc/prometheus/prometheus.yml \\",
        f"  --storage.tsdb.path=data/ --web.listen-address={address}", ""]))
    # By its unit, though it does not run yet.
    clean.run("systemctl daemon-reload && chmod -R go= /srv/disk/real")
    assert "--access acl" in install(clean, f"--url {receiver.url}", 4)
    install(clean, f"--url {receiver.url} --access acl", 0)
    assert "data_dir: /srv/data\n" in clean.path(CONFIG).read_text()
    clean.run("systemctl start metrics")
    packaged.wait()
    delivered(clean, packaged, receiver)
    # It runs by another name than its unit gives it.
    assert clean.says("walship-setup --find") == \
        "/srv/disk/real\tmetrics.service\trunning\tprometheus"
    assert "metrics.service" in clean.show("walship", "Before")
    pid = main_pid(clean)
    install(clean, f"--url {receiver.url} --access acl", 0)
    assert main_pid(clean) == pid

    # Of two, none is guessed; each can have its own.
    clean.run(f"install -d -o prometheus {PackagedPrometheus.DATA}")
    other = PackagedPrometheus(clean)
    clean.run(f"systemctl stop walship && rm {CONFIG}")
    said = install(clean, f"--url {receiver.url}", 4)
    assert "/srv/disk/real" in said and PackagedPrometheus.DATA in said
    second = RecordingReceiver()
    ended.append(second)
    install(clean, f"--url {second.url} --instance two "
            f"--data-dir {PackagedPrometheus.DATA}", 0)
    delivered(clean, other, second)
    assert main_pid(clean, "walship@two")


def serve(directory, ended):
    """The URL at which the files of ${directory} can be had."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(
            http.server.SimpleHTTPRequestHandler, directory=directory))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ended.append(server.socket)
    return f"http://127.0.0.1:{server.server_port}"


def test_what_is_wrong_is_the_last_line_and_the_status(clean, deb, receiver,
                                                       ended):
    url = f"--url {receiver.url}"
    for arguments, why in (
            ("", "--url"), ("--url ftp://x", "--url"),
            (f"{url} --colour", "--colour"), (f"{url} --log", "--log"),
            (f"{url} --client-id x", "--client-id"),
            (f"{url} --client-id a0 --system-assigned", "either"),
            (f"{url} --package http://127.0.0.1:1/x.deb", "--sha256"),
            (f"{url} --instance ../x", "--instance"),
            (f"{url} --access all", "--access"),
            (f"{url} --access acl --link", "--link")):
        assert why in install(clean, arguments, 2)
    assert "/absent/log" in install(clean, f"{url} --log /absent/log", 3)
    assert "no package" in install(clean, url, 5)
    assert "absent.deb" in install(clean, f"{url} --package absent.deb", 5)

    served = serve(deb.parent, ended)
    package = f"{url} --package {served}/{deb.name}"
    right = hashlib.sha256(deb.read_bytes()).hexdigest()
    assert right in install(clean, f"{package} --sha256 {'0' * 64}", 5)
    assert not clean.path("/usr/bin/walship").exists()
    # It is the right one, but there is nothing that it could ship.
    assert "no Prometheus" in install(clean, f"{package} --sha256 {right}", 4)
    assert clean.path("/usr/bin/walship").exists()
    assert "no Prometheus" in clean.path(LOG).read_text()
    PackagedPrometheus(clean)
    # What is installed is not fetched again, as root has noted, by itself.
    assert clean.says("find /etc/walship -name '*.sha256' -printf '%u:%g '; "
                      "find /var/lib/walship -user root") == "root:root"
    install(clean, f"{url} --package {served}/gone.deb --sha256 {right}", 0)
    wait_for(lambda: receiver.store.count(), SECONDS, "samples")

    shutil.copy(packages.as_version(deb, "9.2", needs="gold"),
                clean.path("/root/greedy.deb"))
    clean.put("/root/walship_99_amd64.deb", "no package at all")
    assert "walship_99" in install(clean, url, 5)
    assert "held broken" in install(
        clean, f"{url} --package /root/greedy.deb", 6)
