# SPDX-License-Identifier: Apache-2.0
"""Receivers whose TLS is not what it should be: none gets a sample, each is
named with what to do, and files that are replaced count from then on."""

import os
import ssl

import pytest

from rig.answers import Answer
from rig.processes import wait_for
from rig.receiver import RecordingReceiver
from rig.tls import Authority

QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}


def _context(pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


def _self_signed(authority):
    return _context((authority.ca_file, authority.key))


def _only_tls11(authority):
    context = authority.server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


FAULTS = {
    "wrong host": (lambda authority: _context(authority.issue(
        "elsewhere", "subjectAltName=DNS:metrics.example")),
        r"host.*; write the host as the certificate has it"),
    "expired": (lambda authority: _context(authority.issue(
        "old", span=("20200101000000Z", "20200201000000Z"))),
        r"expired; have the other side's certificate renewed"),
    "not yet valid": (lambda authority: _context(authority.issue(
        "young", span=("20480101000000Z", "20480201000000Z"))),
        r"not yet valid; set this machine's clock"),
    "self-signed": (
        lambda authority: _self_signed(Authority(authority.directory, "own")),
        r"self[- ]signed.*; if it is to be believed, name"),
    "unknown authority": (
        lambda authority: Authority(authority.directory, "other").server(),
        r"; name the authority that signed it"),
    "TLS 1.1": (_only_tls11, r"; there is no version of TLS that both"),
    "a client is wanted": (lambda authority: authority.server(clients=True),
                           r"level=warn "),
    "no TLS": (lambda authority: None, r"; what listens there does not"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_sent_and_it_is_said_what_to_do(
        directory, frozen, ended, make_walship, fault):
    make, words = FAULTS[fault]
    authority = Authority(directory)
    receiver = RecordingReceiver(tls=make(authority))
    ended.append(receiver)
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url.replace("http:", "https:"), "queue_config": QUICK,
        "tls_config": {"ca_file": str(authority.ca_file)}})
    walship.wait_for_log(words, 30)
    assert not receiver.requests
    walship.kill()  # It would try for its last four seconds.


@pytest.fixture
def replace(directory):
    """Puts what another file holds in the place of one."""
    def replace_by(path, other):
        new = directory / "new"
        new.write_bytes(other.read_bytes())
        os.replace(new, path)
    return replace_by


def test_authorities_and_our_certificate_are_replaced_while_it_runs(
        directory, frozen, ended, make_walship, replace):
    authority = Authority(directory)
    other = Authority(directory, "other")
    receiver = RecordingReceiver(tls=authority.server(clients=True))
    ended.append(receiver)
    ca_file, cert_file, key_file = (
        directory / name for name in ("a.pem", "c.pem", "k.pem"))
    ca_file.write_bytes(other.ca_file.read_bytes())
    for path, part in zip((cert_file, key_file), other.issue("theirs")):
        path.write_bytes(part.read_bytes())
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK, "tls_config": {
            "ca_file": str(ca_file), "cert_file": str(cert_file),
            "key_file": str(key_file)}})
    walship.wait_for_log(r"level=warn .*tls_config.ca_file", 30)
    replace(ca_file, authority.ca_file)
    for path, part in zip((cert_file, key_file), authority.issue("ours")):
        replace(path, part)
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), 60,
             "every sample")
    receiver.must_be_clean()


def test_a_name_that_is_given_is_not_asked_of_another_host(
        directory, frozen, ended, make_walship):
    authority = Authority(directory)
    named = RecordingReceiver(tls=_context(authority.issue(
        "named", "subjectAltName=DNS:metrics.example")))
    elsewhere = RecordingReceiver(tls=authority.server())
    ended.extend([named, elsewhere])
    named.answer = lambda request: Answer(307, {"Location": elsewhere.url})
    make_walship(frozen.data_dir, {
        "url": named.url, "queue_config": QUICK, "tls_config": {
            "ca_file": str(authority.ca_file),
            "server_name": "metrics.example"}})
    wait_for(lambda: elsewhere.store.count() == frozen.truth.count(), 60,
             "every sample")
