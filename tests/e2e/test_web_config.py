# SPDX-License-Identifier: Apache-2.0
"""web.config_file: TLS, certificates and passwords of its own server."""

import concurrent.futures
import contextlib
import socket
import ssl
import time

import pytest

from rig import compare, metrics
from rig.processes import wait_for
from rig.tls import Authority
from rig.walship import run_to_end, to_yaml
from rig.webclient import HASHES, USER, ask, certificate_of, trusting


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.server_pair = made.issue("server")
    made.client_pair = made.issue("client", "subjectAltName=DNS:scraper.test")
    return made


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("stranger"), "stranger")
    made.client_pair = made.issue("client", "subjectAltName=DNS:scraper.test")
    return made


@pytest.fixture
def make_guarded(directory, source, receiver, make_walship):
    """A walship whose server is as ${web} says, at ${address}."""
    def make(web, address="127.0.0.1:0", **more):
        path = directory / "web.yml"
        path.write_text(to_yaml(web))
        walship = make_walship(
            source.data_dir, receiver.url,
            web={"listen_address": address, "config_file": "web.yml", **more})
        walship.web_path = path
        return walship
    return make


def tls(authority, **more):
    certificate, key = authority.server_pair
    return {"tls_server_config": {"cert_file": str(certificate),
                                  "key_file": str(key), **more}}


def users(cost=4):
    return {"basic_auth_users": {USER[0]: HASHES[cost]}}


def test_all_is_said_over_tls_alone(make_guarded, authority):
    walship = make_guarded(tls(authority))
    context = trusting(authority.ca_file)
    for path in ("/metrics", "/-/healthy", "/"):
        assert ask(walship.address, path, context)[0] == 200
    assert ask(walship.address)[0] is None
    old = trusting(authority.ca_file, maximum_version=ssl.TLSVersion.TLSv1_2)
    assert ask(walship.address, context=old)[0] == 200


@pytest.mark.parametrize("limits, version, answered", [
    ({"min_version": "TLS13"}, ssl.TLSVersion.TLSv1_2, False),
    ({"min_version": "TLS13"}, ssl.TLSVersion.TLSv1_3, True),
    ({"max_version": "TLS12"}, ssl.TLSVersion.TLSv1_2, True),
    ({"max_version": "TLS12"}, ssl.TLSVersion.TLSv1_3, False),
])
def test_versions_have_their_limits(
        make_guarded, authority, limits, version, answered):
    walship = make_guarded(tls(authority, **limits))
    context = trusting(authority.ca_file, minimum_version=version,
                       maximum_version=version)
    assert (ask(walship.address, context=context)[0] == 200) == answered


def test_ciphers_and_curves_are_those_that_are_named(make_guarded, authority):
    walship = make_guarded(tls(
        authority, max_version="TLS12", curve_preferences=["CurveP384"],
        cipher_suites=["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]))
    context = trusting(authority.ca_file)
    assert ask(walship.address, context=context)[0] == 200
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    assert ask(walship.address, context=context)[0] is None
    context = trusting(authority.ca_file)
    context.set_ecdh_curve("prime256v1")
    assert ask(walship.address, context=context)[0] is None


@pytest.mark.parametrize("kind, none, ours, theirs", [
    ("NoClientCert", True, True, True),
    ("RequestClientCert", True, True, True),
    ("RequireAnyClientCert", False, True, True),
    ("VerifyClientCertIfGiven", True, True, False),
    ("RequireAndVerifyClientCert", False, True, False),
])
def test_each_way_to_want_certificates(
        make_guarded, authority, stranger, kind, none, ours, theirs):
    more = {"client_auth_type": kind}
    if kind != "NoClientCert":
        more["client_ca_file"] = str(authority.ca_file)
    walship = make_guarded(tls(authority, **more))
    for pair, answered in ((None, none), (authority.client_pair, ours),
                           (stranger.client_pair, theirs)):
        context = trusting(authority.ca_file, pair)
        status, _, text = ask(walship.address, context=context)
        assert (status == 200) == answered, (pair, text)


def test_a_client_must_have_one_of_the_names(make_guarded, authority):
    more = {"client_auth_type": "RequireAndVerifyClientCert",
            "client_ca_file": str(authority.ca_file)}
    walship = make_guarded(tls(
        authority, **more, client_allowed_sans=["a.test", "scraper.test"]))
    context = trusting(authority.ca_file, authority.client_pair)
    assert ask(walship.address, context=context)[0] == 200
    context = trusting(authority.ca_file, authority.server_pair)
    assert ask(walship.address, context=context)[0] is None


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready", "/",
                                  "/nothing", "/api/v1/status", "/-/reload"])
def test_without_the_password_there_is_nothing(make_guarded, path):
    walship = make_guarded(users())
    for user in (None, ("alice", "wrong"), ("bob", USER[1]), ("", "")):
        status, headers, text = ask(walship.address, path, user=user)
        assert status == 401 and text == "Unauthorized\n"
        assert headers["WWW-Authenticate"].startswith("Basic")
    assert ask(walship.address, path, user=USER)[0] != 401
    walship.must_hide(USER[1], HASHES[4])


def test_who_has_shown_who_he_is_sees_all_of_it(make_guarded):
    walship = make_guarded(users(), "0.0.0.0:0", enable_lifecycle=True)
    address = "127.0.0.1:" + walship.address.rsplit(":", 1)[1]
    status, _, text = ask(address, "/api/v1/status", user=USER,
                          Host="vm1.example")
    assert status == 200 and text.startswith("{")
    mine = {"Host": "vm1.example", "Origin": "http://vm1.example"}
    theirs = {"Host": "vm1.example", "Origin": "http://evil.example"}
    assert ask(address, "/-/reload", method="POST", **mine)[0] == 401
    assert ask(address, "/-/reload", user=USER, method="POST",
               **theirs)[0] == 403
    assert ask(address, "/-/reload", user=USER, method="POST",
               **mine)[0] == 200


def test_a_flood_of_wrong_passwords_stops_nothing(
        make_guarded, source, receiver):
    walship = make_guarded(users(cost=10))
    assert ask(walship.address, user=USER)[0] == 200
    wrong = [("alice", f"wrong {number}") for number in range(20)]
    with concurrent.futures.ThreadPoolExecutor(21) as pool:
        asked = [pool.submit(ask, walship.address, user=one) for one in wrong]
        longest = 0
        while not all(one.done() for one in asked):
            begin = time.monotonic()
            assert ask(walship.address, user=USER)[0] == 200
            longest = max(longest, time.monotonic() - begin)
    results = [one.result() for one in asked]
    assert {status for status, _, _ in results} <= {401, 503}
    assert any(status == 401 for status, _, _ in results)
    assert all(headers["Retry-After"] for status, headers, _ in results
               if status == 503)
    assert longest < 5
    compare.delivered(source.read_after(2), lambda: receiver.store, 60)


SAID = [
    b"",                                              # Nothing at all.
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # Half a hello.
    b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n",      # No TLS.
    b"\x16\x03\x03\xff\xff" + b"\xff" * 2000,         # Nonsense.
]


def test_connections_that_never_speak_tls_keep_nobody_out(
        make_guarded, authority):
    walship = make_guarded(tls(authority))
    host, port = walship.address.rsplit(":", 1)
    context = trusting(authority.ca_file)
    left = []
    try:
        for number in range(400):
            one = socket.create_connection((host, int(port)), 10)
            left.append(one)
            with contextlib.suppress(OSError):
                one.send(SAID[number % len(SAID)])
        assert ask(walship.address, context=context)[0] == 200
        assert walship.descriptors() < 250
    finally:
        for one in left:
            one.close()


def test_handshakes_without_end_stop_nothing(
        make_guarded, authority, source, receiver):
    walship = make_guarded(tls(authority))
    wait_for(receiver.store.count, 30, "samples")
    context = trusting(authority.ca_file)
    end = time.monotonic() + 3

    def shake():
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                certificate_of(walship.address, context)
    had = receiver.store.count()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(shake)
        assert ask(walship.address, context=context)[0] == 200
        wait_for(lambda: receiver.store.count() > had, 30, "more samples")
    compare.delivered(source.read_after(2), lambda: receiver.store, 60)


def test_headers_and_the_rate_are_as_wanted(make_guarded):
    walship = make_guarded({
        "http_server_config": {
            "headers": {"X-Frame-Options": "sameorigin",
                        "Strict-Transport-Security": "max-age=60"}},
        "rate_limit": {"interval": "1h", "burst": 3}})
    for _ in range(3):
        status, headers, _ = ask(walship.address)
        assert status == 200
        assert headers.get_all("X-Frame-Options") == ["sameorigin"]
        assert headers["Strict-Transport-Security"] == "max-age=60"
    assert ask(walship.address)[0] == 429


def test_what_is_renewed_is_used_and_what_is_bad_is_not(
        make_guarded, authority, directory):
    certificate, key = directory / "now.pem", directory / "now.key"

    def put(pair):
        for path, made in zip((certificate, key), pair):
            new = path.with_suffix(".new")
            new.write_bytes(made.read_bytes())
            new.rename(path)
    put(authority.server_pair)
    web = {"tls_server_config": {"cert_file": "now.pem",
                                 "key_file": "now.key"}}
    walship = make_guarded(web)
    context = trusting(authority.ca_file)
    before = certificate_of(walship.address, context)
    put(authority.issue("renewed"))
    wait_for(lambda: certificate_of(walship.address, context) != before, 30,
             "the renewed certificate")

    walship.web_path.write_text("basic_auth_user: {}\n")
    walship.wait_for_log("did you mean 'basic_auth_users'", 30)
    assert ask(walship.address, context=context)[0] == 200
    assert walship.reload()[0] == 1

    walship.web_path.write_text(to_yaml({**web, **users()}))
    assert walship.reload()[0] == 0
    wait_for(lambda: ask(walship.address, context=context)[0] == 401, 30,
             "a password to be wanted")
    walship.web_path.write_text(to_yaml(users()))
    assert walship.reload()[0] == 0
    found = walship.wait_for_log(
        r'msg="serving /metrics".* address=([\d.:]+) scheme=http\b', 30)
    assert ask(found[1], user=USER)[0] == 200


def test_a_bad_file_is_told_before_anything_starts(
        tmp_path, source, authority):
    certificate, _ = authority.server_pair
    _, other_key = authority.client_pair
    (tmp_path / "web.yml").write_text(
        "tls_server_config:\n"
        f"  cert_file: {certificate}\n"
        f"  key_file: {other_key}\n"
        "basic_auth_users:\n"
        "  alice: hunter2\n")
    config = tmp_path / "walship.yml"
    config.write_text(to_yaml({
        "prometheus": {"data_dir": str(source.data_dir)},
        "state_dir": str(tmp_path), "web": {"config_file": "web.yml"},
        "remote_write": [{"url": "http://127.0.0.1:9/"}]}))
    for argv, wanted in ((["check-config", config], 1),
                         (["run", "-c", config], 2)):
        status, text = run_to_end(argv, tmp_path)
        assert status == wanted
        assert f"{tmp_path}/web.yml:3:13: tls_server_config.key_file: not " \
               "the key of the certificate" in text
        assert "web.yml:5:10: basic_auth_users.alice: not a bcrypt" in text
        assert "hunter2" not in text
    status, text = run_to_end(["doctor", "-c", config], tmp_path)
    assert status == 1 and "fail  configuration" in text


def test_prometheus_scrapes_it_over_tls_with_a_password(
        make_guarded, authority, make_prometheus):
    walship = make_guarded({**tls(authority), **users(cost=10)})
    other = make_prometheus("other", scrape={
        "scheme": "https", "tls_config": {"ca_file": str(authority.ca_file)},
        "basic_auth": {"username": USER[0], "password": USER[1]}},
        targets=[walship.address])
    wait_for(lambda: '"health":"up"' in metrics.get(
        other.url + "/api/v1/targets?state=active")[1], 30,
        "the target to be up")
