# SPDX-License-Identifier: Apache-2.0
"""Entries that go to one host, but not in the same way, share no connection:
what one is let through with, or believes, is not another's."""

import pytest

from rig.processes import wait_for
from rig.proxying import HttpProxy, SocksProxy
from rig.receiver import RecordingReceiver
from rig.tls import Authority

QUICK = {"max_samples_per_send": 100, "batch_send_deadline": "500ms"}


@pytest.fixture
def authority(directory):
    return Authority(directory)


@pytest.fixture
def receiver(authority, ended):
    """One that looks at certificates, which it wants."""
    one = RecordingReceiver(tls=authority.server(clients=True))
    ended.append(one)
    yield one
    one.must_be_clean()


@pytest.fixture
def proxies(ended):
    made = [HttpProxy(), SocksProxy()]
    ended.extend(made)
    return made


def _tls(authority, who, **keys):
    certificate, key = authority.issue(who)
    return {"ca_file": str(authority.ca_file), "cert_file": str(certificate),
            "key_file": str(key), **keys}


def _copy(authority):
    other = authority.directory / "copy.pem"
    other.write_bytes(authority.ca_file.read_bytes())
    return str(other)


def _by(proxy, user):
    return proxy.url.replace("://", f"://{user}:secret@")


WAYS = {
    "users of a proxy": lambda authority, proxies: [
        {"proxy_url": _by(proxies[0], user)} for user in "ab"],
    "users of a SOCKS proxy": lambda authority, proxies: [
        {"proxy_url": _by(proxies[1], user)} for user in "ab"],
    "what a proxy is told": lambda authority, proxies: [
        {"proxy_url": proxies[0].url, "proxy_connect_header": {"X": [value]}}
        for value in "ab"],
    "certificates": lambda authority, proxies: [
        {"tls_config": _tls(authority, name)} for name in "ab"],
    "authorities": lambda authority, proxies: [
        {}, {"tls_config": _tls(authority, "one",
                                ca_file=_copy(authority))}],
    "names": lambda authority, proxies: [
        {}, {"tls_config": _tls(authority, "one", server_name="localhost")}],
    "belief": lambda authority, proxies: [
        {"tls_config": _tls(authority, "one", insecure_skip_verify=True)},
        {}],
}


@pytest.mark.parametrize("way", WAYS)
def test_entries_that_differ_share_no_connection(
        frozen, authority, receiver, proxies, make_walship, way):
    usual = {"tls_config": _tls(authority, "one")}
    make_walship(frozen.data_dir, *({
        "url": f"{receiver.url}/{number}", "queue_config": QUICK,
        "write_relabel_configs": [
            {"target_label": "entry", "replacement": str(number)}],
        **usual, **keys}
        for number, keys in enumerate(WAYS[way](authority, proxies))))
    wait_for(lambda: receiver.store.count() == 2 * frozen.truth.count(), 60,
             "every sample, twice")
    connections = {}
    for request in receiver.requests:
        connections.setdefault(request.connection, set()).add(request.path)
    assert all(len(paths) == 1 for paths in connections.values())
