# SPDX-License-Identifier: Apache-2.0
"""The extension on a machine whose package manager and systemd are real ones:
the zip as it would be published, and the commands of the guest agent."""

import json

import pytest

from rig import guest_agent, packages
from rig.installed import CONFIG, SECONDS, delivered
from rig.machine import PackagedPrometheus
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.walship import to_yaml

pytestmark = pytest.mark.xdist_group("machine")

HANDLER = "/var/lib/waagent/Example.Walship-1.0.0.0"
LOGS = "/var/log/azure/Example.Walship"


def unpack(host, deb, directory):
    """Lay the extension down there, as the agent does."""
    archive = guest_agent.pack_files(
        directory, "1.0.0.0", [packages.build_handler(deb), deb])
    host.path(HANDLER).mkdir(parents=True)
    guest_agent.unpack(archive, host.path(HANDLER))
    host.put(f"{HANDLER}/HandlerEnvironment.json", json.dumps([{
        "handlerEnvironment": {
            "logFolder": LOGS, "configFolder": f"{HANDLER}/config",
            "statusFolder": f"{HANDLER}/status",
            "heartbeatFile": f"{HANDLER}/heartbeat.log"}}]))
    host.run(f"mkdir {HANDLER}/config {HANDLER}/status")


def status(host):
    """What the extension says of its settings: the word, and the words."""
    report = json.loads(host.path(f"{HANDLER}/status/0.status").read_text())
    report = report[0]["status"]
    return report["status"], report["formattedMessage"]["message"]


def test_the_agents_commands_on_a_real_machine(host, deb, directory, ended):
    if guest_agent.why_not():
        pytest.skip(guest_agent.why_not())
    receiver = RecordingReceiver()
    ended.append(receiver)
    source = PackagedPrometheus(host)
    unpack(host, deb, directory)
    host.put(f"{HANDLER}/config/0.settings", json.dumps({"runtimeSettings": [{
        "handlerSettings": {"publicSettings": {"configuration": to_yaml({
            "prometheus": {"data_dir": PackagedPrometheus.DATA},
            "start": "oldest", "web": {"listen_address": ""},
            "remote_write": [{"url": receiver.url}]})}}}]}))
    for command in ("install", "enable", "enable"):
        host.run(f"cd {HANDLER} && bin/shim.sh {command}", seconds=600)
    assert host.says(f"stat -c %G:%a {CONFIG}") == "walship:640"
    delivered(source, receiver)
    wait_for(lambda: status(host)[0] == "success", SECONDS,
             "the samples to be known to have arrived")
    assert "1 of 1" in status(host)[1]
    beat = json.loads(host.path(f"{HANDLER}/heartbeat.log").read_text())
    assert beat[0]["heartbeat"]["status"] == "Ready"
    assert host.show("walship-extension", "NRestarts") == "0"

    host.run(f"cd {HANDLER} && bin/shim.sh disable && bin/shim.sh uninstall",
             seconds=300)
    for unit in ("walship", "walship-extension"):
        assert host.show(unit, "ActiveState") == "inactive"
    assert not host.path(CONFIG).exists()
    assert not host.path("/usr/bin/walship").exists()
    assert list(host.path("/var/lib/walship").glob("*.position"))
    log = host.path(f"{LOGS}/walship-extension.log").read_text()
    assert "level=error" not in log
    assert not receiver.faults
