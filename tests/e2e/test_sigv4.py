# SPDX-License-Identifier: Apache-2.0
"""Requests signed for AWS, each verified as AWS would, and headers whose values
are in files."""

import datetime
import hashlib
import hmac
import os

from rig.answers import Answer
from rig.processes import wait_for

KEY = "AKIDEXAMPLE"
SECRET = "s1gning-that-nobody-may-see"
SESSION = "s3ssion-that-nobody-may-see"
REGION = "eu-west-1"
QUICK = {"min_backoff": "30ms", "max_backoff": "300ms",
         "batch_send_deadline": "500ms"}


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def fault(request, body, secret):
    """What AWS would say of ${request}, or None.  Its path is simple, and it
    has no query."""
    head, _, signature = request.headers["authorization"].rpartition(
        ", Signature=")
    head, _, names = head.partition(", SignedHeaders=")
    time = request.headers["x-amz-date"]
    scope = f"{time[:8]}/{REGION}/aps/aws4_request"
    if head != f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}":
        return f"scope: {head}"
    moment = datetime.datetime.strptime(time, "%Y%m%dT%H%M%SZ")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    if abs(now - moment) > datetime.timedelta(minutes=5):
        return f"time: {time}"
    names = names.split(";")
    if names != sorted(names) or not {"host", "x-amz-date"} <= set(names):
        return f"names: {names}"
    canonical = "\n".join([
        "POST", request.path, "",
        *(f"{name}:{' '.join(request.headers[name].split())}"
          for name in names), "",
        ";".join(names), hashlib.sha256(body).hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", time, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (time[:8], REGION, "aps", "aws4_request"):
        key = _hmac(key, part)
    if _hmac(key, text).hex() != signature:
        return "signature"
    return None


def demand(receiver, faults):
    """Have ${receiver} refuse what is not signed well."""
    handle = receiver.handle

    def verified(request, body):
        wrong = fault(request, body, SECRET)
        if wrong:
            faults.append(wrong)
            return Answer(403, body=wrong.encode())
        return handle(request, body)
    receiver.handle = verified


def arrive(frozen, receiver, seconds=60):
    wait_for(lambda: receiver.store.count() == frozen.truth.count(), seconds,
             "every sample")


def test_each_attempt_is_signed_anew(frozen, receiver, make_walship):
    faults = []
    demand(receiver, faults)
    receiver.script(Answer(500), Answer(503))
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK,
        "headers": {"X-Scope-OrgID": "a  b"},
        "sigv4": {"region": REGION, "access_key": KEY, "secret_key": SECRET}})
    arrive(frozen, receiver)
    assert not faults
    signed = receiver.requests[-1].headers["authorization"]
    for name in ("content-encoding", "content-type", "x-scope-orgid"):
        assert name in signed
    walship.must_hide(SECRET, SESSION)


def test_the_environment_has_keys_and_a_session(
        frozen, receiver, make_walship, monkeypatch):
    faults = []
    demand(receiver, faults)
    for name, value in (("ACCESS_KEY_ID", KEY), ("SECRET_ACCESS_KEY", SECRET),
                        ("SESSION_TOKEN", SESSION), ("REGION", REGION)):
        monkeypatch.setenv(f"AWS_{name}", value)
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK, "sigv4": {}})
    arrive(frozen, receiver)
    assert not faults
    assert {one.headers["x-amz-security-token"]
            for one in receiver.requests} == {SESSION}
    walship.must_hide(SECRET, SESSION)


def test_without_keys_nothing_is_sent_and_it_is_said(
        frozen, receiver, make_walship):
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK,
        "sigv4": {"region": REGION}})
    walship.wait_for_log(r"there is no key to sign with; write sigv4", 30)
    assert not receiver.requests
    walship.kill()


def test_a_header_in_a_file_is_read_anew(
        directory, frozen, receiver, make_walship):
    value = directory / "value"
    value.write_text("before\n")
    receiver.answer = lambda request: (
        Answer() if request.headers.get("x-key") == SECRET
        else Answer(401, body=b"who are you?"))
    walship = make_walship(frozen.data_dir, {
        "url": receiver.url, "queue_config": QUICK, "http_headers": {
            "X-Key": {"files": ["value"]}, "X-Other": {"secrets": ["here"]}}})
    wait_for(lambda: receiver.requests, 30, "a request")
    assert receiver.store.count() == 0
    new = directory / "new"
    new.write_text(SECRET)
    os.replace(new, value)
    arrive(frozen, receiver, 90)
    assert {one.headers["x-other"] for one in receiver.requests} == {"here"}
    walship.must_hide(SECRET, SESSION)
