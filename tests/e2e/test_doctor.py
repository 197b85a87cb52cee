# SPDX-License-Identifier: Apache-2.0
"""walship doctor: each fault of a host is the first that it names, and doing
what it says mends it."""

import base64
import json
import os
import pathlib
import shutil
import socket
import time

import pytest

from rig import namespace
from rig.deadends import dead_url
from rig.doctor import Host
from rig.exporter import Exporter, Page
from rig.processes import Process, free_port, wait_for
from rig.prometheus import Prometheus
from rig.proxying import HttpProxy
from rig.shim import Shim
from rig.walship import Walship, run_to_end, to_yaml
from rig.workspace import path_of

NOBODY = 65534


@pytest.fixture
def host(directory, ended, source):
    wait_for(lambda: source.exporter.turn > 1, 60, "a scrape")
    one = Host(directory, source.data_dir)
    ended.append(one)
    return one


def must_be_well(host, *options):
    """It finds nothing; return the findings."""
    findings = host.examine(*options)
    assert findings.first() is None, findings.text
    assert (findings.status, findings.result) == (0, "ok"), findings.text
    return findings


def must_name(host, step, result, words, mend, *options):
    """The first that it finds is ${step}, in these ${words}, to be mended as
    ${mend} says; return that step."""
    findings = host.examine(*options)
    first = findings.first()
    assert first, findings.text
    assert (first.step, first.result) == (step, result), findings.text
    assert words in first.found and mend in first.do, first
    assert findings.status == (1 if result == "fail" else 0)
    return first


def test_where_all_is_well_it_finds_nothing(host):
    findings = must_be_well(host)
    assert "application" not in findings.of("token").found
    assert "hard links" in findings.of("spool").found
    assert "this host itself" in findings.of("address").found
    assert "samples a minute" in findings.of("samples").found
    assert len(host.workspace.requests) == 1
    (key, _, _), = host.workspace.requests[0].entries
    assert dict(key)["__name__"] == "walship_doctor_probe"
    assert dict(key)["host"] == os.uname().nodename
    host.workspace.must_be_clean()


def test_the_probe_is_found_again(directory, ended, source, make_receiver):
    receiver = make_receiver()
    config = directory / "walship.yml"
    config.write_text(to_yaml({
        "prometheus": {"data_dir": str(source.data_dir)},
        "state_dir": str(directory / "state"),
        "spool": {"dir": str(directory / "spool"), "min_free": 0},
        "remote_write": [{"url": receiver.write_url}]}))
    status, text = run_to_end(["doctor", "-c", config, "--query-url",
                               receiver.url], directory)
    assert status == 0, text
    assert "ok    read-back       the probe was found again" in text, text


def test_as_text_there_is_a_line_for_each_step(host):
    status, text = host.run()
    assert status == 0
    lines = [line.split()[:2] for line in text.splitlines() if line]
    assert ["ok", "names"] in lines and ["ok", "role"] in lines
    assert "azure" in text.splitlines()
    assert text.splitlines()[-1].endswith(" 0 warn, 0 fail, 1 skipped")


def test_a_fault_of_the_configuration(host):
    host.settings["colour"] = "blue"
    must_name(host, "configuration", "fail", "colour", "")
    del host.settings["colour"]
    must_be_well(host)


def test_the_wrong_user(host, source):
    for name in ("state", "spool"):
        os.chown(host.directory / name, NOBODY, NOBODY)
    must_be_well(host)  # The owner of the state directory is looked as.
    os.chmod(source.data_dir, 0o700)
    try:
        step = must_name(host, "permission", "fail", "as the user nobody",
                         "give this user the right to read it")
        assert "walship is stopped, and the groups" in step.found
        must_name(host, "permission", "fail", "as the user nobody",
                  "give this user the right to read it", "--user", "nobody")
    finally:
        os.chmod(source.data_dir, 0o755)
    must_be_well(host)


def test_a_link_is_refused(host, mounts_allowed, ended, directory):
    other = directory / "other"
    other.mkdir(mode=0o700)
    mounts = namespace.small_disk(other, "1m")
    ended.append(mounts)
    host.argv = mounts.inside([])
    mounts.run(f"chmod 700 {other}")
    host.settings["spool"].update(mode="link", dir=str(other))
    must_name(host, "spool", "fail", "cannot be linked",
              "a directory on the filesystem of prometheus.data_dir")
    host.settings["spool"].update(dir=str(directory / "spool"))
    must_be_well(host)


def test_no_space(host, mounts_allowed, ended):
    state = host.settings["state_dir"]
    mounts = namespace.small_disk(state, "64k")
    ended.append(mounts)
    host.argv = mounts.inside([])
    mounts.run(f"dd if=/dev/zero of={state}/filler bs=4k 2>/dev/null")
    must_name(host, "disk", "fail", "No space left", "make room there")
    mounts.run(f"mount -o remount,size=1m {state}")
    must_be_well(host)


def test_less_space_than_is_to_be_left(host):
    host.settings["spool"]["min_free"] = "99%"
    must_name(host, "disk", "warn", "min_free", "lower spool.min_free")


def test_a_name_without_an_address(host):
    host.entry["url"] = host.workspace.url.replace("localhost",
                                                   "nowhere.invalid")
    must_name(host, "names", "fail", "nowhere.invalid has no address",
              "the host in the url")
    host.entry["url"] = host.workspace.url
    must_be_well(host)


def test_a_port_that_refuses(host):
    host.entry["url"] = host.workspace.url.replace(
        str(host.workspace.port), str(free_port()))
    must_name(host, "connection", "fail", "Failed to connect",
              "the receiver runs")
    host.entry["url"] = host.workspace.url
    must_be_well(host)


def test_another_name_in_the_certificate(host):
    server = host.workspace.server
    server.context.load_cert_chain(*host.authority.issue(
        "elsewhere", "subjectAltName=DNS:metrics.example"))
    must_name(host, "connection", "fail", "host",
              "write the host as the certificate has it")
    host.entry["tls_config"]["server_name"] = "metrics.example"
    must_be_well(host)


def test_a_clock_that_is_ten_minutes_ahead(host, directory):
    shim = Shim(directory, host)
    shim.ahead = 600
    shim.apply()
    must_name(host, "clock", "fail", "ahead of the receiver's",
              "set the clock of this host")
    shim.ahead = 0
    shim.apply()
    must_be_well(host)


def test_no_identity(host):
    host.entry["azuread"] = {"managed_identity": {}}
    host.imds.identities, host.imds.with_own = [], False
    must_name(host, "token", "fail", "this machine has no identity",
              "az vm identity assign")
    host.imds.with_own = True
    must_be_well(host)


def test_a_wrong_client_id(host):
    right = host.entry["azuread"]
    host.entry["azuread"] = {"managed_identity": {
        "client_id": "99999999-2222-3333-4444-555555555555"}}
    must_name(host, "token", "fail", "knows no identity 99999999",
              "check the id")
    host.entry["azuread"] = right
    must_be_well(host)


def test_the_role_is_missing(host):
    host.workspace.forbidden = True
    must_name(host, "role", "fail", "may not write (status 403)",
              "Monitoring Metrics Publisher")
    host.workspace.forbidden = False
    must_be_well(host)


def test_a_wrong_data_collection_rule(host):
    host.entry["url"] = host.workspace.base + path_of("dcr-" + "f" * 32)
    must_name(host, "role", "fail", "no such data collection rule",
              "copy the url")
    host.entry["url"] = host.workspace.url
    must_be_well(host)


def test_throttled_always(host):
    host.workspace.requests_max = 0
    must_name(host, "role", "fail", "takes no more", "limits raised")
    host.workspace.requests_max = 1000
    must_be_well(host)


def test_remote_write_is_still_on(host, make_prometheus, exporter):
    prometheus = make_prometheus(
        "sending", targets=[exporter.address],
        remote_write=[host.workspace.url])
    wait_for(prometheus.appended, 30, "samples")
    host.settings["prometheus"]["data_dir"] = str(prometheus.data_dir)
    step = must_name(host, "other senders", "warn",
                     "sends the same samples", "out of its remote_write")
    assert str(prometheus.config) in step.found
    settings = json.loads(prometheus.config.read_text())
    del settings["remote_write"]
    prometheus.config.write_text(json.dumps(settings))
    must_be_well(host)


def test_by_a_proxy(host, ended):
    proxy = HttpProxy(user=("u", "hush-hush"))
    proxy.reach["azure.example"] = ("127.0.0.1", host.workspace.port)
    ended.append(proxy)
    host.entry["url"] = host.workspace.url.replace("localhost",
                                                   "azure.example")
    host.entry["tls_config"]["server_name"] = "localhost"
    right = proxy.url.replace("//", "//u:hush-hush@")
    host.entry["proxy_url"] = proxy.url
    must_name(host, "connection", "fail", "407", "user and password")
    host.entry["proxy_url"] = f"http://127.0.0.1:{free_port()}"
    must_name(host, "connection", "fail", "", "the proxy is there")
    host.entry["proxy_url"] = right
    findings = must_be_well(host)
    assert "hush-hush" not in findings.text
    assert findings.of("proxy").found == proxy.url
    # For the connection and the probe; never for the token.
    assert set(proxy.asked) == {f"azure.example:{host.workspace.port}"}


def name_in_tokens(issuer):
    """Have the tokens of ${issuer} say whose they are."""
    claims = base64.urlsafe_b64encode(json.dumps({
        "appid": "app-1", "oid": "obj-1", "tid": "ten-1",
        "aud": "https://monitor.azure.com/"}).encode()).decode().rstrip("=")
    secret = issuer.issue().split(".")[1]
    token = f"eyJ0eXAiOiJKV1QifQ.{claims}.{secret}"
    issuer.issued[token] = time.time() + 3600
    issuer.secrets.append(secret)
    issuer.issue = lambda: token


def test_whose_token_it_is(host):
    name_in_tokens(host.issuer)
    findings = must_be_well(host)
    whose = ("application app-1, object obj-1, tenant ten-1, for "
             "https://monitor.azure.com/")
    assert findings.of("token").found == f"had one: {whose}"
    host.workspace.forbidden = True
    must_name(host, "role", "fail", f"may not write (status 403): {whose}",
              "Monitoring Metrics Publisher")


class LatePage(Page):
    """One series says that it is half an hour old."""

    def render(self, turn, now):
        return super().render(turn, now) + (
            f"rig_late {turn} {int((now - 1800) * 1000)}\n")


def test_samples_that_are_too_old(host, make_prometheus, ended):
    exporter = Exporter(LatePage())
    ended.append(exporter)
    prometheus = make_prometheus("late", targets=[exporter.address])
    host.settings["prometheus"]["data_dir"] = str(prometheus.data_dir)
    exporter.wait_for_scrapes(2)
    must_name(host, "samples", "warn", "as of rig_late, were too old",
              "honor_timestamps: false")
    prometheus.kill()
    shutil.rmtree(prometheus.data_dir)
    text = prometheus.config.read_text().replace(
        '"honor_labels": true', '"honor_timestamps": false')
    prometheus.config.write_text(text)
    prometheus.start()
    exporter.wait_for_scrapes(2)
    must_be_well(host)


def test_no_label_for_the_host(host):
    del host.settings["external_labels"]
    must_name(host, "host label", "warn", "no external label",
              "external_labels: {host: '${HOSTNAME}'}")
    host.settings["external_labels"] = {"host": "${HOSTNAME}"}
    must_be_well(host)


def test_labels_that_only_azure_knows(host):
    host.settings["external_labels"] = {"vm": "${vmId}"}
    findings = must_be_well(host)
    assert host.imds.compute["resourceId"] in findings.of("machine").found
    (key, _, _), = host.workspace.requests[0].entries
    assert dict(key)["vm"] == host.imds.compute["vmId"]


def test_a_name_server_that_never_answers(host, directory, ended,
                                          mounts_allowed):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.99", 53))
        mounts = namespace.name_server(directory, "127.0.0.99")
        ended.append(mounts)
        host.argv = mounts.inside([])
        host.entry["url"] = host.workspace.url.replace("localhost",
                                                       "elsewhere.example")
        must_name(host, "names", "fail", "elsewhere.example has no address",
                  "name servers")


@pytest.fixture
def apart(directory, ended, mounts_allowed):
    """Processes that see none but each other."""
    one = namespace.Processes()
    ended.append(one)
    return one


@pytest.fixture
def start_apart(directory, ended, apart, exporter):
    """Starts Prometheuses there."""
    def start(*names):
        made = [Prometheus(name, directory, targets=[exporter.address])
                for name in names]
        for one in made:
            one.argv = apart.inside(one.argv)
            ended.append(one)
            one.spawn()
        for one in made:
            one.wait_ready()
            wait_for(one.appended, 30, "samples")
        return made
    return start


def test_the_wrong_data_dir(host, apart, start_apart):
    prometheus, = start_apart("apart")
    host.argv = apart.inside([])
    host.settings["prometheus"]["data_dir"] = "/nonexistent"
    step = must_name(host, "prometheus", "fail", "/nonexistent",
                     "set prometheus.data_dir to ")
    data_dir = step.do.rsplit(" ", 1)[1]
    assert data_dir == str(prometheus.data_dir)
    host.settings["prometheus"]["data_dir"] = data_dir
    must_be_well(host)


def test_a_container_with_a_volume(host, directory, apart, ended, exporter):
    prometheus = Prometheus("inside", directory, targets=[exporter.address])
    volume = directory / "volume"
    for path in (volume, prometheus.data_dir):
        path.mkdir()
    prometheus.argv = apart.inside([
        "unshare", "--mount", "sh", "-c",
        f"mount --bind {volume} {prometheus.data_dir} && exec \"$0\" \"$@\"",
        *prometheus.argv])
    ended.append(prometheus)
    prometheus.start()
    wait_for(prometheus.appended, 30, "samples")
    host.argv = apart.inside([])
    host.settings["prometheus"]["data_dir"] = str(prometheus.data_dir)
    step = must_name(host, "prometheus", "fail", "in a container",
                     f"set prometheus.data_dir to {volume}")
    assert f"which it calls {prometheus.data_dir}" in step.found
    host.settings["prometheus"]["data_dir"] = str(volume)
    must_be_well(host)


def test_two_prometheus_and_none_of_them_named(host, apart, start_apart):
    one, two = start_apart("one", "two")
    host.argv = apart.inside([])
    host.settings["prometheus"]["data_dir"] = "/nonexistent"
    step = must_name(host, "prometheus", "fail", "/nonexistent",
                     "the one that is meant")
    assert str(one.data_dir) in step.found and str(two.data_dir) in step.found
    host.settings["prometheus"]["data_dir"] = str(two.data_dir)
    findings = must_be_well(host)
    assert str(one.data_dir) in findings.of("prometheus").found


def test_another_walship_with_the_same_state(host, directory, ended, source):
    other = Walship(directory, source.data_dir, [
        {"url": f"http://127.0.0.1:{free_port()}/"}], name="other",
        state_dir=host.settings["state_dir"],
        spool={"dir": str(directory / "other-spool")})
    ended.append(other)
    other.start()
    step = must_name(host, "state", "fail", "another walship",
                     "stop that one")
    assert str(other.config) in step.found
    other.stop()
    must_be_well(host)


@pytest.fixture
def start_walship(host, ended):
    """Starts a walship with the configuration of the host; ${inside}: mounts
    for it alone."""
    def start(inside=None):
        host.settings["web"] = {"listen_address": "127.0.0.1:0"}
        one = Walship(host.directory, "", [], env=host.env)
        one.argv[-1] = str(host.write())
        if inside:
            one.argv = inside.inside(one.argv)
        ended.append(one)
        return one.start()
    return start


def test_the_walship_that_runs_is_no_fault(host, start_walship):
    start_walship()
    findings = must_be_well(host)
    assert "runs with this configuration" in findings.of("state").found
    assert "hard links" in findings.of("spool").found


def test_labels_name_variables_of_the_one_that_runs(host, start_walship):
    ours = host.env
    host.settings["external_labels"] = {
        **host.settings.get("external_labels", {}), "site": "${ITS_SITE}"}
    host.env = {**ours, "ITS_SITE": "one"}
    start_walship()
    host.env = ours
    must_be_well(host)


def test_who_only_looks_like_it_is_not_believed(host, directory, ended):
    (directory / "run").write_text("sleep 60\n")
    one = Process("pretender", [
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
        "bash", "-c", 'exec -a walship bash run -c "$0"', host.write()],
        directory)
    ended.append(one)
    one.spawn()
    wait_for(lambda: pathlib.Path(f"/proc/{one.pid}/cmdline").read_bytes()
             .startswith(b"walship\0run\0"), 30, "it to look like it")
    findings = must_be_well(host)
    assert "the user root" in findings.of("permission").found
    assert "free to use" in findings.of("state").found


def test_it_sees_what_the_one_that_runs_sees(host, ended, start_walship,
                                             mounts_allowed):
    spool = host.settings["spool"]["dir"]
    mounts = namespace.small_disk(spool, "1m")
    ended.append(mounts)
    mounts.run(f"chmod 700 {spool}")
    start_walship(mounts)
    host.env = {**host.env, "AZURE_POD_IDENTITY_AUTHORITY_HOST": dead_url()}
    findings = must_be_well(host)
    assert "not by links" in findings.of("spool").found
    assert "mounts and environment" in findings.of("state").found


def test_a_fleet_needs_more_than_one_rule(host):
    findings = host.examine("--hosts", "100000")
    assert findings.first().step == "limits"
    assert "100000 hosts like this one" in findings.first().found
    assert "so many rules" in findings.first().do
    assert findings.status == 0
