# SPDX-License-Identifier: Apache-2.0
"""Who walship says it is, and whom it believes: Authorization headers and TLS
against receivers that are exacting."""

import base64
import os
import time

import pytest

from rig.answers import Answer
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.tls import Authority

PASSWORD = "pass:w0rd-that-nobody-may-see"
TOKEN = "t0ken-that-nobody-may-see"
QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}


def demand(wanted):
    """401 to every request without the header ${wanted}(), and never taking
    its samples."""
    def answer(request):
        if request.headers.get("authorization") == wanted():
            return Answer()
        return Answer(401, body=b"who are you?")
    return answer


def basic(user, password):
    pair = base64.b64encode(f"{user}:{password}".encode())
    return f"Basic {pair.decode()}"


@pytest.fixture
def make_exacting(ended):
    """Makes receivers that must have seen no fault at the end."""
    made = []

    def make(**options):
        one = RecordingReceiver(**options)
        ended.append(one)
        made.append(one)
        return one
    yield make
    for one in made:
        one.must_be_clean()


def arrive(frozen, receiver, seconds=60):
    """Wait until all of ${frozen} is with ${receiver}."""
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), seconds,
             "every sample")


@pytest.mark.parametrize("entry,header", [
    ({"authorization": {"credentials": TOKEN}}, f"Bearer {TOKEN}"),
    ({"authorization": {"type": "Token", "credentials": TOKEN}},
     f"Token {TOKEN}"),
    ({"bearer_token": TOKEN}, f"Bearer {TOKEN}"),
    ({"basic_auth": {"username": "walter", "password": PASSWORD}},
     basic("walter", PASSWORD)),
], ids=["bearer", "type", "bearer_token", "basic"])
def test_credentials_are_shown_with_each_request(
        frozen, receiver, make_walship, entry, header):
    receiver.answer = demand(lambda: header)
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK, **entry})
    arrive(frozen, receiver)
    assert receiver.statuses() == {204}
    walship.must_hide(TOKEN, PASSWORD, header)


def test_a_file_that_changes_is_read_anew(
        directory, frozen, receiver, make_walship):
    user, password = directory / "user", directory / "password"
    user.write_text("  walter\n")
    password.write_text("wrong\n")
    receiver.answer = demand(lambda: basic("walter", PASSWORD))
    # A relative name begins where the configuration is.
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK, "basic_auth": {
            "username_file": "user", "password_file": str(password)}})
    wait_for(lambda: receiver.requests, 30, "a request")
    assert receiver.store.count() == 0

    new = directory / "new"
    new.write_text(PASSWORD + "\n")
    os.replace(new, password)
    arrive(frozen, receiver, 90)
    walship.must_hide(PASSWORD)


def test_without_its_file_nothing_is_sent_and_nothing_lost(
        directory, frozen, receiver, make_walship):
    token = directory / "token"
    receiver.answer = demand(lambda: f"Bearer {TOKEN}")
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK,
        "authorization": {"credentials_file": str(token)}})
    walship.wait_for_log(r"token: No such file or directory; let walship's",
                         30)
    time.sleep(1)
    assert not receiver.requests
    token.write_text(TOKEN)
    arrive(frozen, receiver)
    assert receiver.statuses() == {204}


def test_an_authority_that_is_not_named_is_not_believed(
        directory, frozen, make_exacting, make_walship):
    authority = Authority(directory)
    other = Authority(directory, "other")
    receiver = make_exacting(tls=authority.server())
    for number, entry in enumerate([
            {}, {"tls_config": {"ca_file": str(other.ca_file)}}]):
        one = make_walship(frozen.data_dir, {
            "url": receiver.url, "queue_config": QUICK, **entry},
            name=f"unbelieving-{number}")
        one.wait_for_log(r"level=warn .*(certificate|SSL)", 30)
    assert not receiver.requests


@pytest.mark.parametrize("believe", [
    lambda ca_file: {"ca_file": str(ca_file)},
    lambda ca_file: {"ca_file": ca_file.name},  # Where walship.yml is.
    lambda ca_file: {"ca": ca_file.read_text()},
    lambda ca_file: {"insecure_skip_verify": True},
    lambda ca_file: {"ca_file": str(ca_file), "min_version": "TLS13"},
], ids=["file", "relative", "inline", "anyone", "TLS13"])
def test_a_test_authority_is_believed(
        directory, frozen, make_exacting, make_walship, believe):
    authority = Authority(directory)
    receiver = make_exacting(tls=authority.server())
    make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK,
        "tls_config": believe(authority.ca_file)})
    arrive(frozen, receiver)


def test_every_sample_comes_by_https(
        directory, frozen, make_exacting, make_walship):
    authority = Authority(directory)
    receiver = make_exacting(tls=authority.server())
    receiver.answer = demand(lambda: f"Bearer {TOKEN}")
    make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK,
        "authorization": {"credentials": TOKEN},
        "tls_config": {"ca_file": str(authority.ca_file)}})
    arrive(frozen, receiver)


def test_the_certificate_must_be_for_the_host_or_the_name_given(
        directory, frozen, make_exacting, make_walship):
    authority = Authority(directory)
    context = authority.server()
    context.load_cert_chain(*authority.issue(
        "elsewhere", "subjectAltName=DNS:metrics.example"))
    receiver = make_exacting(tls=context)
    entry = {"url": receiver.url, "queue_config": QUICK}
    tls = {"ca_file": str(authority.ca_file)}
    wrong = make_walship(frozen.data_dir, {**entry, "tls_config": tls},
                         name="wrong")
    wrong.wait_for_log(r"level=warn .*(name|subject)", 30)
    assert not receiver.requests
    make_walship(frozen.data_dir, {**entry, "tls_config": {
        **tls, "server_name": "metrics.example"}})
    arrive(frozen, receiver)
    assert {one.headers["host"] for one in receiver.requests} == {
        f"127.0.0.1:{receiver.port}"}


@pytest.mark.parametrize("inline", [False, True], ids=["files", "inline"])
def test_a_client_shows_its_certificate(
        directory, frozen, make_exacting, make_walship, inline):
    authority = Authority(directory)
    receiver = make_exacting(tls=authority.server(clients=True))
    certificate, key = authority.issue("client")
    entry = {"url": receiver.url, "queue_config": QUICK}
    tls = {"ca_file": str(authority.ca_file)}
    without = make_walship(frozen.data_dir, {**entry, "tls_config": tls},
                           name="without")
    without.wait_for_log(r"level=warn ", 30)
    assert not receiver.requests
    ours = {"cert": certificate.read_text(), "key": key.read_text()} \
        if inline else {"cert_file": str(certificate), "key_file": str(key)}
    walship = make_walship(frozen.data_dir, {
        **entry, "tls_config": {**tls, **ours}})
    arrive(frozen, receiver)
    walship.must_hide(key.read_text().splitlines()[1])


def test_a_redirect_to_another_host_gets_no_credentials(
        frozen, receiver, make_exacting, make_walship):
    elsewhere = make_exacting()
    receiver.answer = lambda request: Answer(
        307, {"Location": elsewhere.url})
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK,
        "authorization": {"credentials": TOKEN}})
    wait_for(lambda: receiver.requests, 30, "a request")
    time.sleep(2)
    assert not elsewhere.requests
    assert receiver.store.count() == 0
    walship.must_hide(TOKEN)
