# SPDX-License-Identifier: Apache-2.0
"""azuread with a managed identity: tokens of IMDS, Azure Arc's agent and App
Service, and what becomes of samples while there are none."""

import os
import shutil
import time

import pytest

from rig import binaries, compare, namespace
from rig.answers import Answer, huge_body, redirect
from rig.deadends import dead_url
from rig.processes import free_port, wait_for
from rig.receiver import RecordingReceiver
from rig.tls import Authority
from rig.tokens import (ARC_TOKENS, AppService, Arc, Imds, Issuer, demanding,
                        write_url)
from rig.walship import Walship

CLIENT = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}
# The shared source may have written for minutes: all of it goes at once.
AT_ONCE = {"rate_limit": {"catch_up": 0}, "spread": False}
NOBODY = 65534
FAILURES = "walship_token_failures_total"
RESPONSES = "walship_responses_total"


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
def make_endpoint(ended):
    """Makes endpoints that are closed after the test."""
    def make(kind, *args, **more):
        one = kind(*args, **more)
        ended.append(one)
        return one
    return make


@pytest.fixture
def make_azure(directory, ended, frozen, receiver, issuer):
    """Makes and starts walships that send to ${receiver} as a workspace that
    demands tokens, with an environment, a managed_identity and ${entry} keys;
    as ${user}, if one is given.  After the test no token was to be seen
    anywhere."""
    made = []
    receiver.answer = demanding(issuer)

    def make(env, identity=None, data_dir=None, mounts=None, user=None,
             **entry):
        one = Walship(directory, data_dir or frozen.data_dir, [{
            "url": write_url(receiver), "queue_config": QUICK,
            "metadata_config": {"send": False},
            "azuread": {"managed_identity": identity or {}}, **entry}],
            env=env)
        if user:
            binary = directory / "walship-for-all"
            shutil.copy(binaries.walship(), binary)
            os.chown(one.state_dir, user, user)
            one.argv = ["setpriv", f"--reuid={user}", f"--regid={user}",
                        "--clear-groups", str(binary), *one.argv[1:]]
        if mounts:
            one.argv = mounts.inside(one.argv)
        ended.append(one)
        made.append(one)
        return one.start()
    yield make
    for one in made:
        one.must_hide(*issuer.secrets)


@pytest.fixture
def arc_mounts(directory, ended, mounts_allowed):
    """(a directory, mounts in which it is where Azure Arc keeps keys)."""
    keys = directory / "keys"
    keys.mkdir()
    mounts = namespace.Mounts(
        f"mount -t tmpfs none /var/opt\nmkdir -p {ARC_TOKENS}\n"
        f"mount --bind {keys} {ARC_TOKENS}")
    ended.append(mounts)
    return keys, mounts


def arrive(frozen, receiver, seconds=60):
    compare.delivered(frozen.truth, lambda: receiver.store, seconds)


def wait_for_failure(walship, reason, words):
    """Wait for the line with ${words}, and find it counted by ${reason}."""
    walship.wait_for_log(rf"level=warn msg=\"[^\"]*token.*{words}.*"
                         rf" reason={reason} ", 30)
    assert walship.total(FAILURES, reason=reason) >= 1


@pytest.mark.parametrize("kind", [Imds, AppService])
@pytest.mark.parametrize("identity", [
    {}, {"client_id": CLIENT}, {"object_id": CLIENT}], ids=str)
def test_what_prometheus_writes_goes_out_with_a_token(
        kind, identity, source, receiver, issuer, make_endpoint, make_azure):
    endpoint = make_endpoint(kind, issuer, identities=[CLIENT])
    # Whatever proxy there may be, it is not for these.
    proxies = {name: dead_url() for name in (
        "http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY")}
    walship = make_azure({**endpoint.env, **proxies}, identity,
                         source.data_dir, **AT_ONCE)
    compare.delivered(source.read_after(1), lambda: receiver.store, 60)
    assert receiver.statuses() == {204}
    assert len(endpoint.asked) == 1
    ends = walship.total("walship_token_expiry_timestamp_seconds")
    assert abs(ends - time.time() - issuer.life) < 120
    assert walship.total("walship_token_refreshes_total") == 1


@pytest.mark.parametrize("identity", [{}, {"client_id": CLIENT}], ids=str)
def test_arc_gives_a_token_for_a_proof(
        identity, source, receiver, issuer, make_endpoint, make_azure,
        arc_mounts):
    keys, mounts = arc_mounts
    arc = make_endpoint(Arc, issuer, keys, identities=[CLIENT])
    make_azure(arc.env, identity, source.data_dir, mounts, **AT_ONCE)
    compare.delivered(source.read_after(1), lambda: receiver.store, 60)
    assert receiver.statuses() == {204}
    assert len(arc.asked) == 2 and "authorization" not in arc.asked[0].headers


def test_arc_must_say_that_a_token_is_of_who_was_named(
        frozen, receiver, issuer, make_endpoint, make_azure, arc_mounts):
    keys, mounts = arc_mounts
    arc = make_endpoint(Arc, issuer, keys, echo=False, identities=[CLIENT])
    walship = make_azure(arc.env, {"client_id": CLIENT}, mounts=mounts)
    wait_for_failure(walship, "wrong_id", "update the Connected Machine agent")
    assert not receiver.requests
    arc.echo = True
    arrive(frozen, receiver, 90)


def test_a_real_prometheus_is_shipped_with_tokens_of_15_seconds(
        make_prometheus, exporter, receiver, issuer, make_endpoint,
        make_azure):
    issuer.life = 15
    imds = make_endpoint(Imds, issuer)
    source = make_prometheus(targets=[exporter.address])
    walship = make_azure(imds.env, data_dir=source.data_dir)
    wait_for(lambda: len({one.headers["authorization"]
                          for one in receiver.requests}) >= 2, 60,
             "requests with another token")
    assert receiver.statuses() == {204}
    assert walship.total("walship_token_refreshes_total") >= 2


@pytest.mark.parametrize("own,identities,identity,reason,words", [
    (False, [], {}, "no_identity", "this machine has no identity; assign"),
    (True, [CLIENT], {"client_id": OTHER}, "wrong_id",
     f"knows no identity {OTHER} on this machine"),
    (False, [CLIENT, OTHER], {}, "several_identities",
     "name one by client_id"),
], ids=["none", "wrong", "several"])
def test_the_wrong_identity_is_named_and_what_is_mended_is_sent(
        own, identities, identity, reason, words, frozen, receiver, issuer,
        make_endpoint, make_azure):
    imds = make_endpoint(Imds, issuer, with_own=own, identities=identities)
    walship = make_azure(imds.env, identity)
    wait_for_failure(walship, reason, words)
    assert not receiver.requests
    imds.with_own, imds.identities = True, [CLIENT, OTHER]
    arrive(frozen, receiver, 90)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_an_ordinary_user_with_a_token_still_sees_its_own_files(
        directory, frozen, issuer, ended, make_endpoint, make_azure):
    """With a token it may not be dumped, which changes whose /proc is."""
    authority = Authority(directory)
    receiver = RecordingReceiver(tls=authority.server())
    ended.append(receiver)
    receiver.answer = demanding(issuer)
    walship = make_azure(
        make_endpoint(Imds, issuer).env, user=NOBODY, url=write_url(receiver),
        tls_config={"ca": authority.ca_file.read_text()})
    arrive(frozen, receiver)
    assert walship.total("process_open_fds") > 5
    assert walship.total("process_resident_memory_bytes") > 0


def test_destinations_share_a_token_and_a_reload_keeps_it(
        frozen, receiver, issuer, make_endpoint, make_azure):
    imds = make_endpoint(Imds, issuer)
    walship = make_azure(imds.env)
    arrive(frozen, receiver)
    entry = walship.settings["remote_write"][0]
    walship.configure({**entry, "name": "one"},
                      {**entry, "name": "two", "url": entry["url"] + "&b=1"})
    status, said = walship.reload()
    assert status == 0, said
    wait_for(lambda: any(one.path.endswith("&b=1")
                         for one in receiver.requests), 30, "the other's")
    assert len(imds.asked) == 1
    assert receiver.requests[-1].headers["authorization"] == (
        receiver.requests[0].headers["authorization"])


def test_imds_is_down_at_the_start(
        frozen, receiver, issuer, make_endpoint, make_azure):
    port = free_port()
    walship = make_azure(
        {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://127.0.0.1:{port}"})
    wait_for_failure(walship, "unreachable", "is this an Azure VM")
    assert walship.total("walship_token_expiry_timestamp_seconds") == 0
    make_endpoint(Imds, issuer, port=port)
    arrive(frozen, receiver, 90)


def _busy(imds, make):
    """Have it answer that it cannot now; return what mends that."""
    imds.answer = lambda asked: Answer(410, {"Retry-After": "1"})

    def mend():
        imds.answer = lambda asked: None
    return mend


def _down(imds, make):
    """The same, but nobody is there, nor at the end of old connections."""
    imds.answer = lambda asked: Answer(500, speak=lambda connection: None)
    imds.close()
    return lambda: make(Imds, imds.issuer, port=imds.port)


@pytest.mark.parametrize("fail,reason,words", [
    (_busy, "busy", "status 410"), (_down, "unreachable", ""),
], ids=["busy", "down"])
def test_imds_is_away_when_a_token_is_to_be_renewed(
        fail, reason, words, make_prometheus, exporter, receiver, issuer, make_endpoint,
        make_azure):
    issuer.life = 8
    begun = int(time.time() * 1000)
    imds = make_endpoint(Imds, issuer)
    source = make_prometheus(targets=[exporter.address])
    walship = make_azure(imds.env, data_dir=source.data_dir)
    wait_for(receiver.store.count, 30, "samples")
    mend = fail(imds, make_endpoint)
    wait_for_failure(walship, reason, words)
    walship.wait_for_log("there is no token", 60)
    mend()
    compare.delivered(source.read_since(begun), lambda: receiver.store, 90)


def test_a_token_that_is_revoked_is_had_anew(
        make_prometheus, exporter, receiver, issuer, make_endpoint,
        make_azure):
    imds = make_endpoint(Imds, issuer)
    begun = int(time.time() * 1000)
    source = make_prometheus(targets=[exporter.address])
    make_azure(imds.env, data_dir=source.data_dir)
    wait_for(receiver.store.count, 30, "samples")
    issuer.revoke()
    wait_for(lambda: len(imds.asked) == 2, 60, "another token")
    compare.delivered(source.read_since(begun), lambda: receiver.store, 60)
    assert len(imds.asked) == 2
    assert receiver.statuses() == {204, 401}


def test_a_role_that_is_missing_is_waited_for(
        frozen, receiver, issuer, make_endpoint, make_azure):
    denied = [Answer(403, body=b'{"error":{"code":"AuthorizationFailed"}}')]
    receiver.answer = demanding(issuer, lambda: denied[0])
    imds = make_endpoint(Imds, issuer)
    walship = make_azure(imds.env)
    walship.wait_for_log(r"level=warn .*Monitoring Metrics Publisher.*"
                         r"30 minutes", 30)
    assert walship.total(RESPONSES, code="403") >= 1
    assert receiver.store.count() == 0
    denied[0] = None
    arrive(frozen, receiver, 90)
    assert len(imds.asked) == 1


@pytest.mark.full
def test_a_role_that_is_missing_for_minutes_costs_nothing(
        make_prometheus, exporter, receiver, issuer, make_endpoint,
        make_azure):
    denied = [Answer(403, body=b'{"error":{"code":"AuthorizationFailed"}}')]
    receiver.answer = demanding(issuer, lambda: denied[0])
    begun = int(time.time() * 1000)
    source = make_prometheus(targets=[exporter.address])
    walship = make_azure(make_endpoint(Imds, issuer).env,
                         data_dir=source.data_dir)
    time.sleep(300)
    assert receiver.store.count() == 0
    # After the first ones, it asks once a minute.
    assert len(receiver.requests) < 40
    denied[0] = None
    compare.delivered(source.read_since(begun), lambda: receiver.store, 180)
    assert walship.total(RESPONSES, code="403") == len(
        [one for one in receiver.requests if one.status == 403])


def test_a_network_that_is_closed_is_no_missing_role(
        frozen, receiver, issuer, make_endpoint, make_azure):
    denied = [Answer(403, body=b"Public network access is disabled, use a "
                               b"private link")]
    receiver.answer = demanding(issuer, lambda: denied[0])
    walship = make_azure(make_endpoint(Imds, issuer).env)
    walship.wait_for_log(r"level=warn .*private link", 30)
    assert "Metrics Publisher" not in walship.log()
    assert walship.total(RESPONSES, code="403") >= 1
    denied[0] = None
    arrive(frozen, receiver, 90)


@pytest.mark.parametrize("answer,reason,words", [
    (huge_body(), "invalid_answer", "is too long"),
    (Answer(200, body=b"<html>\x1b[31m"), "invalid_answer", "not a token"),
    (Answer(200, body=b'{"access_token":"s3cret"}'), "invalid_answer",
     "when the token ends"),
    (Answer(200, body=b'{"access_token":"s3cret","expires_in":"-1"}'),
     "clock", "clock"),
    (redirect("http://127.0.0.1:1/"), "invalid_answer", "not followed"),
], ids=["1 GB", "garbage", "no expiry", "negative expiry", "redirect"])
def test_an_endpoint_that_is_hostile_is_named(
        answer, reason, words, frozen, receiver, issuer, make_endpoint,
        make_azure):
    imds = make_endpoint(Imds, issuer)
    imds.answer = lambda asked: answer
    walship = make_azure(imds.env)
    wait_for_failure(walship, reason, words)
    assert not receiver.requests
    assert "s3cret" not in walship.log() and "\x1b" not in walship.log()
    imds.answer = lambda asked: None
    arrive(frozen, receiver, 90)


def _write(path, size):
    path.write_bytes(b"k" * size)


def test_who_is_not_in_the_group_of_arc_is_told(
        frozen, receiver, issuer, make_endpoint, make_azure, arc_mounts):
    keys, mounts = arc_mounts
    arc = make_endpoint(Arc, issuer, keys)
    walship = make_azure(arc.env, mounts=mounts, user=NOBODY)
    wait_for_failure(walship, "permission",
                     f"uid {NOBODY} is not in the group himds; run usermod")
    assert not any("authorization" in one.headers for one in arc.asked)
    keys.chmod(0o755)
    arc.openly = True
    arrive(frozen, receiver, 90)


@pytest.mark.parametrize("realm,make,reason,words", [
    ("/etc/walship.key", None, "invalid_answer", "was given nothing"),
    (f"{ARC_TOKENS}/../../../../etc/x.key", None, "invalid_answer",
     "was given nothing"),
    (f"{ARC_TOKENS}/bad.key", lambda path: _write(path, 5000), "file",
     "longer than 4096 bytes"),
    (f"{ARC_TOKENS}/bad.key", os.mkfifo, "file", "not a regular file"),
    (f"{ARC_TOKENS}/bad.key", lambda path: path.symlink_to("/etc/hostname"),
     "file", "symbolic link"),
], ids=["another directory", "..", "5000 bytes", "FIFO", "symlink"])
def test_arc_is_given_nothing_but_its_key(
        realm, make, reason, words, frozen, receiver, issuer, make_endpoint,
        make_azure, arc_mounts):
    keys, mounts = arc_mounts
    if make:
        make(keys / "bad.key")
    arc = make_endpoint(Arc, issuer, keys)
    arc.answer = lambda asked: arc.realm(realm)
    walship = make_azure(arc.env, mounts=mounts)
    wait_for_failure(walship, reason, words)
    assert not any("authorization" in one.headers for one in arc.asked)
    arc.answer = lambda asked: None
    arrive(frozen, receiver, 90)
