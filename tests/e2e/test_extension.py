# SPDX-License-Identifier: Apache-2.0
"""The handler of the Azure VM extension, by the commands of the guest agent."""

import json
import re
import subprocess
import zipfile

import pytest

from rig import guest_agent
from rig.guest_agent import Handler, System
from rig.processes import wait_for

SECONDS = 60
URL = ("http://127.0.0.1:9/dataCollectionRules/dcr-1/streams/"
       "Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24")
DATA = "/var/lib/prometheus"
PUBLIC = {"ingestionUrl": URL, "dataDir": DATA}
IDS = [f"{digit}0000000-0000-0000-0000-000000000000" for digit in "12"]
SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The extension in two versions."""
    why = guest_agent.why_not()
    if why:
        pytest.skip(why)
    directory = tmp_path_factory.mktemp("extension")
    return {version: guest_agent.pack(directory, version)
            for version in ("1.0.0.0", "1.1.0.0")}


@pytest.fixture
def system(directory):
    return System(directory)


@pytest.fixture
def make(system, archives):
    def make_handler(version="1.0.0.0"):
        return Handler(system, archives[version], version)
    return make_handler


@pytest.fixture
def handler(make):
    """One that was installed."""
    one = make()
    assert one.run("install", 0) == (0, "")
    return one


def must_fail(handler, number, code, *words):
    """Enabling ${number} fails with ${code}, and the ${words} are said where
    an operator looks."""
    status, said = handler.run("enable", number)
    report = handler.status(number)
    message = report["formattedMessage"]["message"]
    assert status == code, said
    assert (report["status"], report["code"]) == ("error", code)
    assert handler.applied() != str(number)
    for word in words:
        assert word in message and word in said.splitlines()[-1], message
    assert "level=error" in handler.log().splitlines()[-1]


def test_the_zip_holds_what_the_agent_needs(archives):
    with zipfile.ZipFile(archives["1.0.0.0"]) as file:
        names = set(file.namelist())
        manifest = json.loads(file.read("HandlerManifest.json"))[0]
    assert {"bin/x86_64/walship-extension", "bin/aarch64/walship-extension",
            "packages/walship_1.0.0.0_amd64.deb", "manifest.xml",
            "packages/walship_1.0.0.0_arm64.deb"} <= names
    for what in ("install", "uninstall", "update", "enable", "disable"):
        command = manifest["handlerManifest"][f"{what}Command"]
        assert command.split()[0] in names and not command.startswith("/")
    assert manifest["version"] == 1.0
    for what in ("rebootAfterInstall", "reportHeartbeat"):
        assert isinstance(manifest["handlerManifest"][what], bool)


def test_packed_twice_it_is_the_same(tmp_path):
    one, two = (guest_agent.pack(tmp_path / name, "1.0.0.0")
                for name in ("one", "two") if not (tmp_path / name).mkdir())
    assert one.read_bytes() == two.read_bytes()


def test_from_installation_to_uninstallation(system, handler):
    assert system.installed() == "1.0.0.0"
    assert handler.heartbeat()[0] == "Installing"
    handler.settings(0, {**PUBLIC, "clientId": IDS[0], "externalLabels": {
        "host": "${HOSTNAME}", "site": "north: \"1\""}})
    assert handler.run("enable", 0) == (0, "")
    config = system.config.read_text()
    for line in (f'  - url: "{URL}"', f'        client_id: "{IDS[0]}"',
                 f'  data_dir: "{DATA}"', '  "site": "north: \\"1\\""'):
        assert line in config.splitlines(), config
    assert handler.status(0)["status"] == "transitioning"
    assert handler.applied() == "0"
    assert system.ran("walship-setup") == [f"--data-dir {DATA}"]
    assert system.ran("systemctl") == [
        "enable walship.service", "restart walship.service", "daemon-reload",
        "restart walship-extension.service"]
    assert "command=enable" in handler.log()

    # At each boot, and whenever another extension changes, it comes again.
    before = system.config.stat()
    assert handler.run("enable", 0) == (0, "")
    assert system.config.stat() == before
    assert system.ran("systemctl") == [
        "enable walship.service", "start walship.service",
        "start walship-extension.service"]

    # New settings.
    handler.settings(1, {**PUBLIC, "clientId": IDS[1]})
    assert handler.run("enable", 1) == (0, "")
    assert IDS[1] in system.config.read_text()
    assert handler.applied() == "1"
    assert "restart walship.service" in system.ran("systemctl")
    assert handler.watcher()[1:4] == ["watch", "1", "10"]

    assert handler.run("disable") == (0, "")
    assert handler.watcher() is None
    assert {"disable walship.service", "stop walship.service",
            "stop walship-extension.service"} <= set(system.ran("systemctl"))
    assert handler.heartbeat()[0] == "NotReady"
    assert handler.run("uninstall") == (0, "")
    assert system.installed() is None
    assert not system.config.exists()
    assert not (system.root / "var/lib/walship-extension").exists()
    assert system.ran("walship-setup")[-1] == "--undo"
    assert len(system.ran("apt-get")) == 2  # Installed once, removed once.


def test_what_was_never_there_is_disabled_and_uninstalled(system, make):
    one = make()
    system.flag("systemctl.fails")
    assert one.run("disable") == (0, "")
    assert one.run("uninstall") == (0, "")


def test_settings_are_found_without_the_agents_number(system, handler):
    handler.settings(7, {**PUBLIC, "clientId": IDS[0]})
    handler.settings(3, {**PUBLIC, "clientId": IDS[1]})  # Written last.
    assert handler.run("enable") == (0, "")
    assert IDS[1] in system.config.read_text()
    assert handler.applied() == "3"


@pytest.mark.parametrize("cipher", ["-aes128", "-aes256", "-des3"])
def test_protected_settings(system, handler, cipher):
    thumbprint = system.make_certificate()
    handler.settings(
        0, {**PUBLIC, "clientId": IDS[0], "tenantId": IDS[1]},
        system.protect({"clientSecret": SECRET}, cipher), thumbprint.lower())
    assert handler.run("enable", 0) == (0, "")
    assert "client_secret_file: extension-secret" in system.config.read_text()
    secret = system.config.parent / "extension-secret"
    assert secret.read_text() == SECRET
    assert secret.stat().st_mode & 0o777 == 0o640
    secret_is_nowhere(system, handler)
    assert handler.run("uninstall") == (0, "")
    assert not secret.exists()


def secret_is_nowhere(system, handler):
    """But in the file that walship reads."""
    assert SECRET not in handler.log()
    for folder in (handler.dir, system.state, handler.logs):
        for path in folder.rglob("*"):
            if path.is_file():
                assert SECRET.encode() not in path.read_bytes(), path


def test_a_protected_configuration_is_not_quoted(system, handler):
    thumbprint = system.make_certificate()
    handler.settings(0, None, system.protect(
        {"configuration": f"prometheus:\n  data_dir: {DATA}\n  {SECRET}: 1\n"
                          f"remote_write: [{{url: '{URL}'}}]\n"}), thumbprint)
    must_fail(handler, 0, 53, "4:3")
    assert SECRET not in handler.run("enable", 0)[1]
    secret_is_nowhere(system, handler)
    assert not system.config.exists()
    # A public one is, with what walship says of it.
    handler.settings(1, {"configuration": "prometheus:\n  color: blue\n"})
    must_fail(handler, 1, 53, "data_dir: missing")


@pytest.mark.parametrize("public, words", [
    (None, ["ingestionUrl"]),
    ({"clientId": "x"}, ["ingestionUrl"]),
    ({"ingestionUrl": 5}, ["ingestionUrl", "text"]),
    ({**PUBLIC, "colour": "blue"}, ["colour"]),
    ({**PUBLIC, "clientSecret": SECRET}, ["clientSecret", "protected"]),
    ({**PUBLIC, "configuration": "x"}, ["configuration"]),
    ({**PUBLIC, "warnAfterMinutes": 0}, ["warnAfterMinutes"]),
    ({**PUBLIC, "access": "all"}, ["auto, group, acl or none"]),
    ({**PUBLIC, "tenantId": IDS[0]}, ["clientSecret", "managed identity"]),
    ({"ingestionUrl": "ftp://x", "dataDir": DATA}, ["url"]),
    ({"ingestionUrl": URL}, ["dataDir"]),
])
def test_settings_that_cannot_be_used(system, handler, public, words):
    handler.settings(0, public)
    must_fail(handler, 0, 53, *words)
    assert SECRET not in handler.log()
    assert not system.config.exists()
    assert system.ran("systemctl") == []


def test_no_settings_at_all(system, handler):
    handler.write_settings(0, "")
    must_fail(handler, 0, 53, "ingestionUrl")
    # An operator's own configuration will do, and is left alone.
    system.config.write_text("prometheus: {data_dir: /x}\n")
    assert handler.run("enable", 0) == (0, "")
    assert handler.run("uninstall") == (0, "")
    assert system.config.exists()


@pytest.mark.parametrize("text", [
    "{", "[]", "\0\0", '{"runtimeSettings":[]}', "[" * 100000,
    '{"runtimeSettings":[{"handlerSettings":{"publicSettings":[]}}]}',
    '{"runtimeSettings":[{"handlerSettings":{"protectedSettings":"AAAA"}}]}',
    '{"runtimeSettings":[{"handlerSettings":{"protectedSettings":"AAAA",'
    '"protectedSettingsCertThumbprint":"../../etc/x"}}]}',
])
def test_corrupt_settings(handler, text):
    handler.write_settings(0, text)
    must_fail(handler, 0, 53)


def test_the_wrong_certificate(system, handler):
    thumbprint = system.make_certificate()
    protected = system.protect({"clientSecret": SECRET})
    missing = "0" * 40
    handler.settings(0, PUBLIC, protected, missing)
    must_fail(handler, 0, 53, "certificate", "not on this machine")
    system.make_certificate(missing)  # Of another key.
    must_fail(handler, 0, 53, "not encrypted for that certificate")
    (system.waagent / f"{thumbprint}.prv").unlink()
    handler.settings(0, PUBLIC, protected, thumbprint)
    must_fail(handler, 0, 53, "no key")


def test_bad_new_settings_leave_the_old_ones_at_work(system, handler):
    handler.settings(0, PUBLIC)
    assert handler.run("enable", 0)[0] == 0
    before = system.config.read_text()
    system.ran("systemctl")
    handler.settings(1, {**PUBLIC, "ingestionUrl": "nonsense"})
    must_fail(handler, 1, 53)
    assert system.config.read_text() == before
    assert system.ran("systemctl") == []
    # A boot later, the settings before are still in force.
    assert handler.run("enable", 0)[0] == 0


def test_a_foreign_configuration_is_kept_and_put_back(system, handler):
    system.config.write_text("# mine\n")
    handler.settings(0, PUBLIC)
    assert handler.run("enable", 0)[0] == 0
    kept = system.config.with_name("walship.yml.before-extension")
    assert kept.read_text() == "# mine\n"
    assert URL in system.config.read_text()
    assert handler.run("uninstall")[0] == 0
    assert system.config.read_text() == "# mine\n" and not kept.exists()
    # What was edited since is left, with what was there before; it is said.
    handler.settings(1, PUBLIC)
    for command in ("install", "enable"):
        assert handler.run(command, 1)[0] == 0
    with system.config.open("a") as file:
        file.write("# edited\n")
    assert handler.run("uninstall")[0] == 0
    assert system.config.read_text().endswith("# edited\n")
    assert kept.read_text() == "# mine\n"
    assert "level=warn" in handler.log() and "stays" in handler.log()


def test_it_is_checked_as_the_unit_would_and_access_is_asked_for(
        system, handler):
    """By the package's own program, since labels may name variables that only
    the unit has."""
    system.check_config.write_text(
        '#!/bin/sh\n[ "$1" = walship.service ] || exit 1\n'
        'SITE=north exec walship check-config "$2"\n')
    handler.settings(0, {**PUBLIC, "access": "acl",
                         "externalLabels": {"site": "${SITE}"}})
    assert handler.run("enable", 0) == (0, "")
    assert system.ran("walship-setup") == [f"--data-dir {DATA} --access acl"]


@pytest.mark.parametrize("old, new", [("1.0.0.0", "1.1.0.0"),
                                      ("1.1.0.0", "1.0.0.0")])
def test_update_and_downgrade(system, make, old, new):
    one = make(old)
    one.settings(0, PUBLIC)
    for command in ("install", "enable"):
        assert one.run(command, 0)[0] == 0
    state = system.root / "var/lib/walship/position"
    state.parent.mkdir(parents=True)
    state.write_text("7")
    before = system.config.read_text()

    other = make(new)
    other.settings(0, PUBLIC)
    assert guest_agent.replace(one, other, 0) == [0] * 5
    assert system.installed() == new
    assert system.config.read_text() == before and state.read_text() == "7"
    assert not any("remove" in line for line in system.ran("apt-get"))
    assert str(other.dir) in other.watcher()[0]
    assert system.ran("systemctl")[-1] == "restart walship-extension.service"
    # It was an update, and now it is none.
    assert other.run("disable")[0] == 0
    assert other.run("uninstall")[0] == 0
    assert system.installed() is None
    assert state.read_text() == "7"


def test_a_package_that_was_there_before_stays(system, make):
    system.flag("installed", "1.0.0.0")
    one = make()
    assert one.run("install", 0)[0] == 0
    assert one.run("uninstall")[0] == 0
    assert system.installed() == "1.0.0.0"


def test_the_package_managers_lock_is_waited_for(system, make):
    lock = system.flag("apt-get.locked")
    assert make().run("install", 0)[0] == 0
    assert not lock.exists() and system.installed() == "1.0.0.0"
    assert len(system.ran("apt-get")) == 2


def test_what_stops_an_installation_is_said(system, make):
    one = make()
    system.flag("apt-get.fails", "E: No space left on device\n")
    status, said = one.run("install", 0)
    assert (status, "No space left" in said) == (52, True)
    system.flag("apt-get.fails", "E: Something else\n")
    assert one.run("install", 0)[0] == 1
    for package in (one.dir / "packages").iterdir():
        package.unlink()
    assert one.run("install", 0)[0] == 51


@pytest.mark.parametrize("environment", [
    {}, [], [{"handlerEnvironment": {}}], "x",
    [{"handlerEnvironment": {"logFolder": "log", "configFolder": "config",
                             "statusFolder": "status"}}],
])
def test_an_environment_that_cannot_be_used(handler, environment):
    handler.write_environment(environment)
    status, said = handler.run("enable", 0)
    assert status == 1 and "HandlerEnvironment.json" in said


def test_an_environment_that_is_no_array(handler):
    path = handler.dir / "HandlerEnvironment.json"
    handler.write_environment(json.loads(path.read_text())[0])
    handler.settings(0, PUBLIC)
    assert handler.run("enable", 0) == (0, "")


def test_killed_once_the_package_is_there_it_is_known_to_be_ours(
        system, make):
    one = make()
    flag = system.flag("apt-get.slow-at-last")
    child = one.begin("install", 0)
    wait_for(system.installed, SECONDS, "the package to be installed")
    one.kill(child)
    flag.unlink()
    assert one.run("uninstall") == (0, "")
    assert system.installed() is None
    # An operator who had it, or put another in the place of ours, keeps it.
    for before, after in (("0.9", None), (None, "2.0")):
        if before:
            system.flag("installed", before)
        assert one.run("install", 0) == (0, "")
        if after:
            system.flag("installed", after)
        assert one.run("uninstall") == (0, "")
        assert system.installed() == (after or "1.0.0.0")
        (system.state / "installed").unlink()


@pytest.mark.parametrize("slow", ["apt-get", "systemctl"])
def test_it_is_killed_and_goes_on(system, handler, slow):
    system.flag("installed", "0.9")  # So that there is something to install.
    handler.settings(0, PUBLIC)
    flag = system.flag(f"{slow}.slow")
    log = system.state / slow
    before = len(system.ran(slow))
    child = handler.begin("enable", 0)
    wait_for(lambda: log.exists(), SECONDS, f"{slow} to be run")
    handler.kill(child)
    assert handler.status(0)["status"] == "transitioning"
    assert handler.applied() is None and before >= 0
    flag.unlink()
    assert handler.run("enable", 0) == (0, "")
    assert handler.applied() == "0" and system.installed() == "1.0.0.0"
    assert URL in system.config.read_text()
    # What ran before may have been killed before the service was told.
    assert "restart walship.service" in system.ran("systemctl")


def test_a_service_that_does_not_start(system, handler):
    handler.settings(0, PUBLIC)
    system.flag("systemctl.fails")
    must_fail(handler, 0, 1, "systemctl", "failed")


def one_receiver(level, delivered, sentence):
    return json.dumps({"destinations": [{
        "name": "azure", "level": level, "delivered": delivered,
        "sentence": sentence}]})


def test_success_is_reported_once_samples_are_acknowledged(
        system, handler, ended):
    handler.settings(0, PUBLIC)
    assert handler.run("enable", 0)[0] == 0
    system.flag("status", "walship status: no walship runs\n")
    watcher = subprocess.Popen(handler.watcher(), env=system.env)
    ended.append(watcher)

    def reports(kind, beat, words):
        def found():
            report = handler.status(0)
            message = report["formattedMessage"]["message"]
            return report["status"] == kind and re.search(words, message) \
                and handler.heartbeat() == (beat, message)
        wait_for(found, SECONDS, f"{kind}: {words}", 0.5)

    reports("transitioning", "Installing", "no walship runs")
    system.flag("status", one_receiver("trouble", 0, "refused with 403"))
    reports("transitioning", "Installing", "azure: refused with 403")
    system.flag("status", one_receiver("ok", 12, "delivers"))
    reports("success", "Ready", "acknowledged by 1 of 1")
    assert "configurationAppliedTime" in handler.status(0)
    # Another extension changed: what was reported stays.
    assert handler.run("enable", 0)[0] == 0
    assert handler.status(0)["status"] == "success"
