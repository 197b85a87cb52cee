# SPDX-License-Identifier: Apache-2.0
"""What can be wrong around it: directories, users, ports, another one."""

import os
import pwd
import re
import shutil
import socket

import pytest

from rig import binaries, compare
from rig.processes import Process, wait_for
from rig.deadends import dead_url
from rig.walship import SANITIZER_ENV, Walship

NOBODY = 65534


def ends_with_1(walship):
    """Run it until it ends by itself with status 1; return what it said."""
    walship.spawn()
    try:
        status = walship.wait(20)
    finally:
        walship.kill()
    walship.must_be_clean()
    assert status == 1, walship.log()
    assert len(walship.log().splitlines()) < 40
    return walship.log()


def test_a_data_dir_that_is_missing_is_named(directory):
    missing = directory / "nowhere"
    said = ends_with_1(Walship(directory, missing, [dead_url()]))
    assert str(missing) in said
    assert "level=error" in said


def test_a_data_dir_that_is_a_file_is_named(directory):
    file = directory / "file"
    file.write_text("not a directory")
    said = ends_with_1(Walship(directory, file, [dead_url()]))
    assert str(file) in said


class AsNobody(Walship):
    """A walship that runs as another user, if the tests run as root."""

    def __init__(self, directory, data_dir):
        super().__init__(directory, data_dir, [dead_url()])
        if os.getuid() == 0:
            binary = directory / "walship-for-all"
            shutil.copy(binaries.walship(), binary)
            binary.chmod(0o755)
            os.chown(self.state_dir, NOBODY, NOBODY)
            self.argv = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                         "--clear-groups", str(binary), *self.argv[1:]]

    @staticmethod
    def user():
        """A pattern of the user's name or number."""
        number = NOBODY if os.getuid() == 0 else os.getuid()
        return rf"\b({pwd.getpwuid(number).pw_name}|{number})\b"


@pytest.mark.parametrize("closed", ["", "wal"], ids=["data_dir", "wal"])
def test_what_may_not_be_read_is_named_with_the_user_and_what_to_do(
        directory, closed):
    data_dir = directory / "data"
    (data_dir / "wal").mkdir(parents=True)
    (data_dir / closed).chmod(0)
    try:
        said = ends_with_1(AsNobody(directory, data_dir))
    finally:
        (data_dir / closed).chmod(0o755)
    assert str(data_dir / closed) in said
    assert re.search(AsNobody.user(), said)
    assert "Permission denied" in said or "may not" in said
    # What to do: some change of user, group or mode.
    assert re.search(r"(?i)user|group|chmod|setfacl", said)


def test_a_state_dir_that_cannot_be_written_is_named(directory):
    (directory / "data" / "wal").mkdir(parents=True)
    walship = AsNobody(directory, directory / "data")
    os.chown(walship.state_dir, 0, 0)
    walship.state_dir.chmod(0o555)
    said = ends_with_1(walship)
    assert str(walship.state_dir) in said


def test_a_state_dir_in_use_by_another_walship_is_refused(
        directory, source, make_walship):
    first = make_walship(source.data_dir, dead_url())
    second = Walship(directory, source.data_dir, [dead_url()], name="second",
                     state_dir=str(first.state_dir))
    said = ends_with_1(second)
    assert str(first.state_dir) in said
    assert re.search(r"(?i)another|in use", said)
    first.stop()


def test_a_state_dir_is_free_again_after_kill(directory, source,
                                              make_walship):
    walship = make_walship(source.data_dir, dead_url())
    walship.kill()
    walship.start().stop()


def test_a_listen_address_in_use_is_retried_and_shipping_goes_on(
        directory, source, receiver, ended):
    taken = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{taken.getsockname()[1]}"
    walship = Walship(directory, source.data_dir, [receiver.url],
                      web={"listen_address": address})
    ended.append(walship)
    walship.spawn()
    truth = source.read_after(4)
    compare.delivered(truth, lambda: receiver.store, 60)
    assert re.search(rf"level=(warn|error) .*{address}", walship.log())
    assert walship.log().count(address) < 4
    taken.close()
    walship.wait_for_log('msg="serving /metrics"', 20)
    walship.address = address
    assert walship.get("/-/healthy")[0] == 200


def test_a_name_that_does_not_resolve_is_retried(source, receiver,
                                                 make_walship):
    walship = make_walship(
        source.data_dir, "http://walship-test.invalid/write", receiver.url)
    truth = source.read_after(3)
    compare.delivered(truth, lambda: receiver.store, 60)
    assert "walship-test.invalid" in walship.log()


def test_ready_is_told_to_the_service_manager(directory, source, receiver,
                                              ended):
    path = directory / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(30)
        walship = Process("walship", Walship(
            directory, source.data_dir, [receiver.url]).argv, directory,
            {**SANITIZER_ENV, "NOTIFY_SOCKET": str(path)})
        ended.append(walship)
        walship.spawn()
        wait_for(lambda: b"READY=1" in manager.recv(4096), 30,
                 "READY=1")
        status, _ = walship.terminate()
    assert status == 0
