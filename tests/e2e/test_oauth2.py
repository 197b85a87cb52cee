# SPDX-License-Identifier: Apache-2.0
"""oauth2: tokens of a server of its own, by a secret or by a signature."""

import os

import pytest

from rig.answers import Answer
from rig.oauth2 import JWT_BEARER, TokenServer, make_key
from rig.processes import wait_for
from rig.proxying import HttpProxy
from rig.tls import Authority

CLIENT = "walship & co"
SECRET = "s3cret=that&nobody may see"
QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}


@pytest.fixture
def make_server(ended):
    def make(**options):
        one = TokenServer(CLIENT, **options)
        ended.append(one)
        return one
    return make


def entry_of(receiver, server, **more):
    return {"url": receiver.url, "queue_config": QUICK, "oauth2": {
        "client_id": CLIENT, "token_url": server.url, **more}}


def arrive(frozen, receiver, seconds=60):
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), seconds,
             "every sample")


@pytest.mark.parametrize("in_form", [False, True], ids=["header", "form"])
def test_a_secret_gets_a_token(
        frozen, receiver, make_walship, make_server, in_form):
    server = make_server(secret=SECRET, in_form=in_form)
    server.demand(receiver)
    walship = make_walship(frozen.data_dir, entry_of(
        receiver, server, client_secret=SECRET, scopes=["one", "two"],
        endpoint_params={"resource": "r"}))
    arrive(frozen, receiver)
    assert server.forms[-1]["scope"] == "one two"
    assert server.forms[-1]["resource"] == "r"
    assert receiver.statuses() == {204}
    walship.must_hide(SECRET, "t0ken-that-nobody")


def test_a_signature_does_so_too(
        directory, frozen, receiver, make_walship, make_server):
    key, pem = make_key()
    (directory / "key.pem").write_bytes(pem)
    server = make_server(key=key)
    server.demand(receiver)
    walship = make_walship(frozen.data_dir, entry_of(
        receiver, server, grant_type=JWT_BEARER,
        client_certificate_key_file="key.pem"))
    arrive(frozen, receiver)
    walship.must_hide(SECRET, "t0ken-that-nobody")


def test_by_a_proxy_and_an_authority_of_its_own(
        directory, ended, frozen, receiver, make_walship, make_server):
    authority = Authority(directory)
    server = make_server(secret=SECRET, tls=authority.server())
    server.demand(receiver)
    proxy = HttpProxy()
    ended.append(proxy)
    make_walship(frozen.data_dir, entry_of(
        receiver, server, client_secret=SECRET, proxy_url=proxy.url,
        tls_config={"ca_file": str(authority.ca_file)}))
    arrive(frozen, receiver)
    assert set(proxy.asked) == {server.url.split("/")[2]}


def test_a_secret_that_is_corrected_in_its_file_counts(
        directory, frozen, receiver, make_walship, make_server):
    secret = directory / "secret"
    secret.write_text("old")
    server = make_server(secret=SECRET)
    server.demand(receiver)
    walship = make_walship(frozen.data_dir, entry_of(
        receiver, server, client_secret_file="secret"))
    walship.wait_for_log(r"correct oauth2.client_id, or its secret", 30)
    assert receiver.store.count() == 0
    new = directory / "new"
    new.write_text(SECRET)
    os.replace(new, secret)
    arrive(frozen, receiver, 90)
    assert walship.total("walship_token_failures_total",
                         reason="wrong_credential") > 0
    walship.must_hide(SECRET, "t0ken-that-nobody")


def test_a_token_that_is_not_taken_is_asked_for_anew(
        frozen, receiver, make_walship, make_server):
    server = make_server(secret=SECRET, life=3600)
    server.demand(receiver)
    good = receiver.answer

    def revoke_first(request):
        server.revoke()
        receiver.answer = good
        return Answer(401)
    receiver.answer = revoke_first
    make_walship(frozen.data_dir, entry_of(
        receiver, server, client_secret=SECRET))
    arrive(frozen, receiver)


@pytest.mark.parametrize("answer", [
    Answer(200, body=b"x" * 3_000_000),
    Answer(200, body=b"{}"),
    Answer(200, body=b'{"access_token":"a\\r\\nX: b","expires_in":60}'),
    Answer(307, {"Location": "http://127.0.0.1:1/"}),
    Answer(500, body=b"t0ken-that-nobody"),
], ids=["endless", "empty", "line break", "redirect", "500"])
def test_what_is_no_token_is_not_sent(
        frozen, receiver, make_walship, make_server, answer):
    server = make_server(secret=SECRET)
    server.answer = answer
    walship = make_walship(frozen.data_dir, entry_of(
        receiver, server, client_secret=SECRET))
    walship.wait_for_log(r"level=warn .*127.0.0.1:\d+/token: ", 30)
    assert not receiver.requests
    walship.must_hide(SECRET, "t0ken-that-nobody")
    server.answer = None
    server.demand(receiver)
    arrive(frozen, receiver, 90)
