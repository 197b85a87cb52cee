# SPDX-License-Identifier: Apache-2.0
"""Receivers that are only to be reached by a proxy."""

import pytest

from rig import namespace
from rig.answers import Answer
from rig.processes import wait_for
from rig.proxying import HttpProxy, SocksProxy
from rig.receiver import RecordingReceiver
from rig.tls import Authority
from rig.walship import Walship

USER = ("walter", "pr0xy-that-nobody-may-see")
QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}
NAME = "receiver.example"  # Known to the proxy, and to no name server.


@pytest.fixture
def make_proxy(ended):
    def make(kind, **options):
        one = kind(**options)
        ended.append(one)
        return one
    return make


@pytest.fixture
def secure(directory, ended):
    """(authority, a receiver by https whose certificate is for NAME)"""
    authority = Authority(directory)
    context = authority.server()
    context.load_cert_chain(*authority.issue(
        "receiver", f"subjectAltName=DNS:{NAME}"))
    one = RecordingReceiver(tls=context)
    ended.append(one)
    yield authority, one
    one.must_be_clean()


def arrive(frozen, receiver, seconds=60):
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), seconds,
             "every sample")


def as_user(proxy):
    scheme, rest = proxy.url.split("://")
    return f"{scheme}://{':'.join(USER)}@{rest}"


@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
def test_http_goes_by_a_proxy(
        frozen, receiver, make_walship, make_proxy, kind):
    proxy = make_proxy(kind, user=USER)
    proxy.reach[NAME] = ("127.0.0.1", receiver.port)
    walship = make_walship(frozen.data_dir, {
        "url": f"http://{NAME}/api/v1/write", "queue_config": QUICK,
        "proxy_url": as_user(proxy)})
    arrive(frozen, receiver)
    assert set(proxy.asked) == {f"{NAME}:80"}
    assert {one.headers["host"] for one in receiver.requests} == {NAME}
    walship.must_hide(USER[1])


@pytest.mark.parametrize("kind", [HttpProxy, SocksProxy])
def test_https_goes_through_a_tunnel(
        frozen, secure, make_walship, make_proxy, kind):
    authority, receiver = secure
    proxy = make_proxy(kind, user=USER)
    proxy.reach[NAME] = ("127.0.0.1", receiver.port)
    walship = make_walship(frozen.data_dir, {
        "url": f"https://{NAME}/api/v1/write", "queue_config": QUICK,
        "tls_config": {"ca_file": str(authority.ca_file)},
        "authorization": {"credentials": "for-the-receiver"},
        "proxy_url": as_user(proxy),
        "proxy_connect_header": {"X-Tunnel": ["one", "two"]}})
    arrive(frozen, receiver)
    assert set(proxy.asked) == {f"{NAME}:443"}
    for lines in proxy.heads:
        assert {"X-Tunnel: one", "X-Tunnel: two"} <= set(lines)
        assert not any("for-the-receiver" in line for line in lines)
    walship.must_hide(USER[1])


def test_a_proxy_by_https_is_believed_by_the_same_authority(
        frozen, directory, secure, make_walship, make_proxy):
    authority, receiver = secure
    proxy = make_proxy(HttpProxy, context=authority.server("proxy"))
    proxy.reach[NAME] = ("127.0.0.1", receiver.port)
    unbelieving = make_walship(frozen.data_dir, {
        "url": f"https://{NAME}/api/v1/write", "queue_config": QUICK,
        "proxy_url": proxy.url}, name="unbelieving")
    unbelieving.wait_for_log(r"level=warn .*certificate", 30)
    assert not proxy.heads
    make_walship(frozen.data_dir, {
        "url": f"https://{NAME}/api/v1/write", "queue_config": QUICK,
        "tls_config": {"ca_file": str(authority.ca_file)},
        "proxy_url": proxy.url})
    arrive(frozen, receiver)


@pytest.mark.parametrize("by_tls", [False, True], ids=["http", "https"])
def test_a_proxy_that_wants_a_user_costs_nothing(
        frozen, secure, receiver, make_walship, make_proxy, by_tls):
    authority, secured = secure
    proxy = make_proxy(HttpProxy, user=USER)
    wanted = secured if by_tls else receiver
    proxy.reach[NAME] = ("127.0.0.1", wanted.port)
    entry = {
        "url": f"{'https' if by_tls else 'http'}://{NAME}/api/v1/write",
        "queue_config": QUICK, "name": "one",
        "tls_config": {"ca_file": str(authority.ca_file)}}
    walship = make_walship(frozen.data_dir,
                           {**entry, "proxy_url": proxy.url})
    walship.wait_for_log(
        r"the proxy refuses with 407; give it the user and password", 30)
    assert not wanted.requests
    walship.configure({**entry, "proxy_url": as_user(proxy)})
    assert walship.reload()[0] == 0
    arrive(frozen, wanted)
    walship.must_hide(USER[1])


def test_the_environment_names_proxies_and_whom_to_reach_without(
        frozen, receiver, make_walship, make_proxy, monkeypatch):
    proxy = make_proxy(HttpProxy)
    proxy.reach[NAME] = ("127.0.0.1", receiver.port)
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", "other.example")
    make_walship(frozen.data_dir, {
        "url": f"http://{NAME}/api/v1/write", "queue_config": QUICK,
        "proxy_from_environment": True})
    arrive(frozen, receiver)
    before = len(proxy.asked)
    # This machine needs none, and without the key none is used.
    for name, entry in (("here", {"proxy_from_environment": True}),
                        ("silent", {})):
        receiver.requests.clear()
        make_walship(frozen.data_dir, {
            "url": receiver.url, "queue_config": QUICK, **entry}, name=name)
        wait_for(lambda: receiver.requests, 30, "a request")
    assert len(proxy.asked) == before


def test_the_proxy_of_azure_arc_is_followed(
        directory, ended, frozen, receiver, make_proxy, mounts_allowed):
    proxy = make_proxy(HttpProxy, user=USER)
    proxy.reach[NAME] = ("127.0.0.1", receiver.port)
    file = "/var/opt/azcmagent/localconfig.json"
    mounts = namespace.Mounts(
        "mount -t tmpfs none /var/opt\nmkdir /var/opt/azcmagent\n"
        f"echo '{{' > {file}")
    ended.append(mounts)
    walship = Walship(directory, frozen.data_dir, [{
        "url": f"http://{NAME}/api/v1/write", "queue_config": QUICK,
        "proxy_from_arc": True}])
    walship.argv = mounts.inside(walship.argv)
    ended.append(walship)
    walship.start()
    walship.wait_for_log(rf"level=warn .*{file}: is not an object", 30)
    assert not proxy.asked
    mounts.run(f"""echo '{{"proxy.url": "{as_user(proxy)}"}}' > {file}""")
    arrive(frozen, receiver)
    assert set(proxy.asked) == {f"{NAME}:80"}
    walship.must_hide(USER[1])


def test_a_407_of_a_receiver_is_not_of_the_socks_proxy(
        frozen, receiver, make_walship, make_proxy):
    proxy = make_proxy(SocksProxy)
    proxy.reach[NAME] = ("127.0.0.1", receiver.port)
    receiver.answer = lambda request: Answer(407)
    walship = make_walship(frozen.data_dir, {
        "url": f"http://{NAME}/api/v1/write", "queue_config": QUICK,
        "hold_on_status": [407], "proxy_url": proxy.url})
    walship.wait_for_log(r"level=warn .*status=407", 30)
    assert "the proxy refuses" not in walship.log()
    receiver.answer = lambda request: Answer()
    arrive(frozen, receiver, 90)
