# SPDX-License-Identifier: Apache-2.0
"""azuread with an application of Entra: by its secret, its certificate, or a
federated token, and what becomes of samples while Entra gives none."""

import base64
import json
import os
import subprocess
import time

import pytest

from rig import compare
from rig.answers import Answer, huge_body, redirect
from rig.entra import Application, Cluster, Entra, Identity, Refused
from rig.processes import wait_for
from rig.proxying import HttpProxy
from rig.tls import Authority
from rig.tokens import Imds, Issuer, demanding, write_url
from rig.walship import Walship

TENANT = "aaaaaaaa-2222-3333-4444-555555555555"
CLIENT = "11111111-2222-3333-4444-555555555555"
SUBJECT = "system:serviceaccount:monitoring:walship"
SECRET = "old~s3cret.that-nobody-may-see"
NEW = "new~s3cret.that-nobody-may-see"
PASSWORD = "p&ssword that nobody may see"
LATER = float("inf")
QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}
FAILURES = "walship_token_failures_total"
REFRESHES = "walship_token_refreshes_total"
WHO = {"client_id": CLIENT, "tenant_id": TENANT}


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture(scope="session")
def identity():
    return Identity()


@pytest.fixture
def application(identity):
    """What Entra knows at first."""
    return Application({SECRET: LATER}, [identity])


@pytest.fixture
def entra(ended, issuer, application):
    one = Entra(issuer, TENANT)
    ended.append(one)
    one.applications[CLIENT] = application
    return one


@pytest.fixture
def make_app(directory, ended, frozen, receiver, issuer, entra, identity):
    """Makes and starts walships that send to ${receiver}, a workspace that
    demands tokens, with an azuread, ${more} keys and an environment.  After
    the test no secret was to be seen anywhere."""
    made = []
    receiver.answer = demanding(issuer)

    def make(azuread, data_dir=None, more=None, **env):
        one = Walship(directory, data_dir or frozen.data_dir,
                      [{**entry(receiver, azuread), **(more or {})}],
                      env={"AZURE_AUTHORITY_HOST": entra.base, **env})
        ended.append(one)
        made.append(one)
        return one.start()
    yield make
    hidden = {SECRET, NEW, PASSWORD, *issuer.issued,
              *identity.key_pem().decode().splitlines()[1:-1]}
    hidden |= {form["client_assertion"] for form in entra.forms
               if "client_assertion" in form}
    for one in made:
        one.must_hide(*hidden)


def entry(receiver, azuread):
    # The shared source may have written for minutes: all of it goes at once.
    return {"url": write_url(receiver), "queue_config": QUICK,
            "rate_limit": {"catch_up": 0}, "spread": False,
            "metadata_config": {"send": False}, "azuread": azuread}


def arrive(frozen, receiver, seconds=60):
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), seconds,
             "every sample")


def wait_for_failure(walship, reason, words):
    """Wait for the line with ${words}, and find it counted by ${reason}."""
    walship.wait_for_log(rf"level=warn msg=\"[^\"]*token.*{words}.*"
                         rf" reason={reason} ", 30)
    assert walship.total(FAILURES, reason=reason) >= 1


def replace(path, data):
    """Put a file with ${data} in place of ${path}."""
    new = path.with_suffix(".new")
    new.write_bytes(data if isinstance(data, bytes) else data.encode())
    os.replace(new, path)


def by_certificate(path, **more):
    return {"certificate": {**WHO, "certificate_path": str(path), **more}}


# Ways to be the application: each writes its files into a directory and
# returns (azuread, environment).

def secret(directory, identity, entra):
    return {"oauth": {**WHO, "client_secret": SECRET}}, {}


def secret_file(directory, identity, entra):
    (directory / "secret").write_text(SECRET + "\n")
    return {"oauth": {**WHO, "client_secret_file": "secret"}}, {}


def credential(directory, identity, entra):
    (directory / "given").mkdir()
    (directory / "given/secret").write_text(SECRET)
    return ({"oauth": {**WHO, "client_secret_file":
                       "${CREDENTIALS_DIRECTORY}/secret"}},
            {"CREDENTIALS_DIRECTORY": str(directory / "given")})


def pem(directory, identity, entra):
    (directory / "app.pem").write_bytes(identity.pem())
    return by_certificate("app.pem"), {}


def pem_and_key(directory, identity, entra):
    (directory / "app.pem").write_bytes(identity.certificate_pem())
    (directory / "app.key").write_bytes(identity.key_pem(PASSWORD))
    return by_certificate(directory / "app.pem", certificate_key_path=str(
        directory / "app.key"), certificate_password=PASSWORD), {}


def pfx(directory, identity, entra):
    (directory / "app.pfx").write_bytes(identity.pfx())
    return by_certificate(directory / "app.pfx"), {}


def pfx_with_password(directory, identity, entra):
    (directory / "app.pfx").write_bytes(identity.pfx(PASSWORD))
    return by_certificate(
        directory / "app.pfx", certificate_password=PASSWORD), {}


def old_pfx(directory, identity, entra):
    """As old programs encrypt it."""
    source, target = directory / "app.pem", directory / "app.pfx"
    source.write_bytes(identity.pem())
    made = subprocess.run(
        ["openssl", "pkcs12", "-export", "-legacy", "-in", source, "-out",
         target, "-passout", f"pass:{PASSWORD}"], capture_output=True,
        timeout=60, check=False)
    source.unlink()
    if made.returncode:
        pytest.skip("openssl pkcs12 -legacy does not work here")
    return by_certificate(target, certificate_password=PASSWORD), {}


def pfx_in_base_64(directory, identity, entra):
    (directory / "app").write_bytes(base64.b64encode(identity.pfx()))
    return by_certificate(directory / "app"), {}


def chain(directory, identity, entra):
    entra.applications[CLIENT].by_issuer = True
    (directory / "app.pem").write_bytes(identity.pem())
    return by_certificate(
        directory / "app.pem", send_certificate_chain=True), {}


def workload(directory, identity, entra):
    cluster = Cluster()
    entra.applications[CLIENT].federated = [(cluster, SUBJECT)]
    (directory / "token").write_text(cluster.token(SUBJECT))
    return {"workload_identity": {
        **WHO, "token_file_path": str(directory / "token")}}, {}


def _environment(**more):
    return {"AZURE_CLIENT_ID": CLIENT, "AZURE_TENANT_ID": TENANT, **more}


def workload_by_environment(directory, identity, entra):
    workload(directory, identity, entra)
    return ({"workload_identity": WHO},
            {"AZURE_FEDERATED_TOKEN_FILE": str(directory / "token")})


def sdk_secret(directory, identity, entra):
    return {"sdk": {}}, _environment(AZURE_CLIENT_SECRET=SECRET)


def sdk_certificate(directory, identity, entra):
    pfx_with_password(directory, identity, entra)
    return {"sdk": {}}, _environment(
        AZURE_CLIENT_CERTIFICATE_PATH=str(directory / "app.pfx"),
        AZURE_CLIENT_CERTIFICATE_PASSWORD=PASSWORD)


def sdk_workload(directory, identity, entra):
    workload(directory, identity, entra)
    return {"sdk": {}}, _environment(
        AZURE_FEDERATED_TOKEN_FILE=str(directory / "token"))


@pytest.mark.parametrize("way", [
    secret, secret_file, credential, pem, pem_and_key, pfx, pfx_with_password,
    old_pfx, pfx_in_base_64, chain, workload, workload_by_environment, sdk_secret,
    sdk_certificate, sdk_workload], ids=lambda way: way.__name__)
def test_what_prometheus_writes_goes_out_with_a_token(
        way, directory, source, receiver, entra, identity, make_app):
    azuread, env = way(directory, identity, entra)
    walship = make_app(azuread, source.data_dir, **env)
    compare.delivered(source.read_after(1), lambda: receiver.store, 60)
    assert receiver.statuses() == {204}
    assert len(entra.forms) == 1
    assert walship.total(REFRESHES) == 1
    assert walship.total(FAILURES) == 0


def test_the_environment_without_an_application_is_the_machine_itself(
        ended, source, receiver, issuer, entra, make_app):
    imds = Imds(issuer, identities=[CLIENT])
    ended.append(imds)
    make_app({"sdk": {}}, source.data_dir, AZURE_CLIENT_ID=CLIENT, **imds.env)
    compare.delivered(source.read_after(1), lambda: receiver.store, 60)
    assert not entra.forms
    assert [one.query["client_id"] for one in imds.asked] == [CLIENT]


def test_entra_is_asked_by_tls_and_believed_by_its_authority(
        directory, ended, frozen, receiver, issuer, application, make_app):
    authority = Authority(directory)
    one = Entra(issuer, TENANT, authority.server())
    ended.append(one)
    one.applications[CLIENT] = application
    azuread = {"oauth": {**WHO, "client_secret": SECRET}}
    walship = make_app(azuread, AZURE_AUTHORITY_HOST=one.base)
    wait_for_failure(walship, "unreachable", "(certificate|SSL)")
    assert not one.forms
    walship.stop()
    walship = make_app(azuread, AZURE_AUTHORITY_HOST=one.base,
                       SSL_CERT_FILE=str(authority.ca_file))
    arrive(frozen, receiver)


def test_entra_is_asked_by_the_proxy_of_the_entry(
        directory, ended, frozen, receiver, issuer, application, make_app):
    authority = Authority(directory)
    context = authority.server()
    context.load_cert_chain(*authority.issue(
        "login", "subjectAltName=DNS:login.example"))
    one = Entra(issuer, TENANT, context, "https://login.example")
    proxy = HttpProxy()
    ended.extend([one, proxy])
    one.applications[CLIENT] = application
    proxy.reach["login.example"] = ("127.0.0.1", one.server.port)
    make_app({"oauth": {**WHO, "client_secret": SECRET}}, None,
             {"proxy_url": proxy.url, "no_proxy": "127.0.0.1"},
             AZURE_AUTHORITY_HOST=one.base,
             SSL_CERT_FILE=str(authority.ca_file))
    arrive(frozen, receiver)
    assert len(one.forms) == 1
    assert proxy.asked == ["login.example:443"]


# What is wrong at first: each returns (azuread, environment, reason, words,
# what mends it).

def expired_secret(directory, application, entra):
    application.secrets = {SECRET: 1.0, NEW: LATER}
    azuread, env = secret_file(directory, None, entra)
    return (azuread, env, "credential_expired", "client secret has expired",
            lambda: replace(directory / "secret", NEW))


def wrong_secret(directory, application, entra):
    application.secrets = {NEW: LATER}
    azuread, env = secret_file(directory, None, entra)
    return (azuread, env, "wrong_credential", "client secret is wrong",
            lambda: replace(directory / "secret", NEW))


def no_secret_file(directory, application, entra):
    return ({"oauth": {**WHO, "client_secret_file": "secret"}}, {}, "file",
            "secret: No such file",
            lambda: replace(directory / "secret", SECRET))


def unknown_application(directory, application, entra):
    del entra.applications[CLIENT]
    return ({"oauth": {**WHO, "client_secret": SECRET}}, {}, "wrong_id",
            "no application of that client_id",
            lambda: entra.applications.update({CLIENT: application}))


def unknown_certificate(directory, application, entra):
    path = directory / "app.pem"
    path.write_bytes(Identity("other").pem())
    return (by_certificate(path), {}, "wrong_credential",
            "does not know the certificate",
            lambda: replace(path, application.identities[0].pem()))


def expired_certificate(directory, application, entra):
    path = directory / "app.pfx"
    path.write_bytes(Identity("old", -1).pfx())
    return (by_certificate(path), {}, "credential_expired",
            "certificate has expired; renew it",
            lambda: replace(path, application.identities[0].pfx()))


def wrong_password(directory, application, entra):
    path = directory / "app.pfx"
    path.write_bytes(application.identities[0].pfx("other"))
    return (by_certificate(path, certificate_password=PASSWORD), {}, "file",
            "has another password; correct certificate_password",
            lambda: replace(path, application.identities[0].pfx(PASSWORD)))


def wrong_subject(directory, application, entra):
    azuread, env = workload(directory, None, entra)
    cluster = application.federated[0][0]
    replace(directory / "token", cluster.token("system:serviceaccount:x:y"))
    return (azuread, env, "wrong_credential", "the token's subject",
            lambda: replace(directory / "token", cluster.token(SUBJECT)))


def stale_token(directory, application, entra):
    azuread, env = workload(directory, None, entra)
    cluster = application.federated[0][0]
    replace(directory / "token", cluster.token(SUBJECT, life=-3600))
    return (azuread, env, "clock", "not in force by Entra's clock",
            lambda: replace(directory / "token", cluster.token(SUBJECT)))


def _refusing(entra, code, status=400):
    """(What mends it); Entra refuses by ${code}."""
    def refuse(form):
        raise Refused(code, status)
    entra.answer = refuse

    def mend():
        entra.answer = lambda form: None
    return mend


def conditional_access(directory, application, entra):
    return ({"oauth": {**WHO, "client_secret": SECRET}}, {}, "refused",
            "Conditional Access", _refusing(entra, 53003))


def unheard_of(directory, application, entra):
    return ({"oauth": {**WHO, "client_secret": SECRET}}, {}, "refused",
            "status 400: invalid_client: AADSTS123456", _refusing(
                entra, 123456))


def busy(directory, application, entra):
    entra.answer = lambda form: Answer(503, {"Retry-After": "1"})

    def mend():
        entra.answer = lambda form: None
    return ({"oauth": {**WHO, "client_secret": SECRET}}, {}, "busy",
            "status 503", mend)


@pytest.mark.parametrize("wrong", [
    expired_secret, wrong_secret, no_secret_file, unknown_application,
    unknown_certificate, expired_certificate, wrong_password,
    wrong_subject, stale_token, conditional_access, unheard_of, busy],
    ids=lambda wrong: wrong.__name__)
def test_what_is_wrong_is_named_and_once_mended_nothing_is_lost(
        wrong, directory, frozen, receiver, entra, application, make_app):
    azuread, env, reason, words, mend = wrong(directory, application, entra)
    walship = make_app(azuread, **env)
    wait_for_failure(walship, reason, words)
    assert not receiver.requests
    mend()
    arrive(frozen, receiver, 90)
    assert receiver.statuses() == {204}


def test_a_tenant_is_corrected_and_nothing_is_lost(
        frozen, receiver, make_app):
    wrong = {**WHO, "tenant_id": "another.example", "client_secret": SECRET}
    walship = make_app({"oauth": wrong})
    wait_for_failure(walship, "wrong_tenant", "there is no such tenant")
    assert not receiver.requests
    right = {**WHO, "client_secret": SECRET}
    walship.configure(entry(receiver, {"oauth": right}))
    status, said = walship.reload()
    assert status == 0, said
    arrive(frozen, receiver)


def test_who_asks_for_time_gets_it(frozen, receiver, entra, make_app):
    asked = []

    def answer(form):
        asked.append(time.monotonic())
        return Answer(429, {"Retry-After": "5"}) if len(asked) == 1 else None
    entra.answer = answer
    make_app({"oauth": {**WHO, "client_secret": SECRET}})
    arrive(frozen, receiver)
    assert asked[1] - asked[0] > 4.5


def _rotate_secret(directory, application, entra):
    application.secrets = {NEW: LATER}
    replace(directory / "secret", NEW)


def _rotate_certificate(directory, application, entra):
    application.identities = [Identity("new")]
    replace(directory / "app.pem", application.identities[0].pem())


def _rotate_token(directory, application, entra):
    cluster = Cluster()
    application.federated = [(cluster, SUBJECT)]
    replace(directory / "token", cluster.token(SUBJECT))


@pytest.mark.parametrize("way,rotate", [
    (secret_file, _rotate_secret), (pem, _rotate_certificate),
    (workload, _rotate_token)], ids=["secret", "certificate", "federated"])
def test_what_is_rotated_while_it_runs_is_taken_up(
        way, rotate, directory, source, receiver, issuer, application, entra,
        identity, make_app):
    issuer.life = 8
    azuread, env = way(directory, identity, entra)
    walship = make_app(azuread, source.data_dir, **env)
    wait_for(lambda: walship.total(REFRESHES) >= 1, 30, "a token")
    rotate(directory, application, entra)
    before = walship.total(REFRESHES)
    wait_for(lambda: walship.total(REFRESHES) > before, 60,
             "a token by what is new")
    compare.delivered(source.read_after(1), lambda: receiver.store, 60)
    assert receiver.statuses() == {204}
    assert walship.total(FAILURES) == 0


def _echo(form):
    return Answer(400, body=json.dumps({
        "error": "invalid_client",
        "error_description": "no: " + form["client_secret"]}).encode())


@pytest.mark.parametrize("answer,reason,words", [
    (lambda form: huge_body(), "invalid_answer", "holds no token"),
    (lambda form: Answer(200, body=b"<html>\x1b[31m"), "invalid_answer",
     "holds no token"),
    (lambda form: Answer(200, body=b'{"access_token":"s3cret"}'),
     "invalid_answer", "how long the token serves"),
    (lambda form: Answer(200, body=b'{"access_token":"s3cret",'
                                   b'"expires_in":-1}'),
     "invalid_answer", "has ended already"),
    (_echo, "refused", "they hold a secret"),
    (lambda form: Answer(400, body=b'{"error":"\x1b[31m","error_description":'
                                   b'"a\\nlevel=error msg=forged"}'),
     "refused", "status 400"),
], ids=["1 GB", "garbage", "no expiry", "negative expiry", "echo", "forgery"])
def test_an_endpoint_that_is_hostile_is_named(
        answer, reason, words, frozen, receiver, entra, make_app):
    entra.answer = answer
    walship = make_app({"oauth": {**WHO, "client_secret": SECRET}})
    wait_for_failure(walship, reason, words)
    assert not receiver.requests
    assert "s3cret" not in walship.log() and "\x1b" not in walship.log()
    assert "\nlevel=error" not in walship.log()
    entra.answer = lambda form: None
    arrive(frozen, receiver, 90)


def test_a_redirect_gets_no_secret(
        ended, frozen, receiver, issuer, entra, make_app):
    elsewhere = Entra(issuer, TENANT)
    ended.append(elsewhere)
    entra.answer = lambda form: redirect(elsewhere.url)
    walship = make_app({"oauth": {**WHO, "client_secret": SECRET}})
    wait_for_failure(walship, "invalid_answer", "it redirects")
    assert not elsewhere.forms
    entra.answer = lambda form: None
    arrive(frozen, receiver, 90)


def test_an_authority_must_be_private(receiver, make_app):
    walship = make_app({"oauth": {**WHO, "client_secret": SECRET}},
                       AZURE_AUTHORITY_HOST="http://login.example")
    wait_for_failure(walship, "configuration", "send secrets in the clear")
    assert not receiver.requests
