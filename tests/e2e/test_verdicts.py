# SPDX-License-Identifier: Apache-2.0
"""What each answer of a receiver does: to the samples of a log at rest, so
that every one of them is accounted for; to the number of requests; and to
memory."""

import time

import pytest

from rig.answers import Answer, in_date, redirect, retry_after
from rig.processes import wait_for
from rig.receiver import RecordingReceiver

SAMPLES = 100           # In a request.
BISECT_MAX = 64         # Requests for one batch.
CREDENTIALS = {"X-Key": "a-secret-of-the-test"}


def bad(receiver, entry, answer):
    """Answer ${answer} to what holds ${entry}; else take it."""
    receiver.answer = lambda request: (
        answer if entry in request.entries else Answer())


@pytest.mark.parametrize("status", [500, 503, 408])
def test_a_burst_of_errors_delays_and_loses_nothing(ship, receiver, status):
    receiver.script(*[Answer(status, body=b"no")] * 8)
    walship = ship.start()
    ship.settle(retries=8)
    assert ship.total("prometheus_remote_storage_samples_retried_total") > 0
    walship.stop()
    ship.must_be_exact()


@pytest.mark.parametrize("answer, pause", [
    (lambda: retry_after(2), 1.9),
    (lambda: retry_after(in_date(3)), 1.5),  # A date has whole seconds.
    (lambda: retry_after(2, 503), 1.9),
], ids=["seconds", "date", "with 503"])
def test_retry_after_is_kept_to(ship, receiver, answer, pause):
    receiver.script(answer())
    walship = ship.start()
    ship.settle(retries=1)
    first, second = receiver.requests[:2]
    assert second.time - first.answered >= pause
    walship.stop()
    ship.must_be_exact()


def test_429_alone_is_no_loss_and_no_loop(ship, receiver):
    receiver.script(*[Answer(429)] * 5)
    walship = ship.start()
    ship.settle(retries=5)
    walship.stop()
    ship.must_be_exact()


def test_429_is_dropped_if_it_is_not_to_be_retried(ship, receiver):
    receiver.script(Answer(429))
    receiver.refused.add(429)
    walship = ship.start(queue={"retry_on_http_429": False})
    wait_for(lambda: receiver.requests, 30, "a request")
    ship.settle(lost=receiver.requests[0].entries)
    walship.stop()
    ship.must_be_exact(lost=receiver.requests[0].entries)


def test_a_retry_after_of_2099_is_not_believed_for_ever(ship, receiver):
    receiver.script(retry_after("Thu, 01 Jan 2099 00:00:00 GMT"))
    walship = ship.start()
    ship.must_rest(3, requests=1)
    walship.stop()  # Tries once more what waits.
    ship.must_be_exact()


def test_what_is_too_large_is_split(ship, receiver):
    limit = 500
    receiver.answer = lambda request: Answer(
        413 if request.size > limit else 204)
    walship = ship.start()
    ship.settle(retries=40 * ship.batches)
    walship.stop()
    ship.must_be_exact()
    assert max(one.size for one in receiver.requests) > limit
    assert min(one.samples for one in receiver.requests if one.taken) >= 1


def test_one_sample_that_is_too_large_by_itself_is_dropped(ship, receiver):
    entry = ship.frozen.some()
    bad(receiver, entry, Answer(413))
    walship = ship.start()
    ship.settle(lost=[entry], retries=BISECT_MAX)
    walship.stop()
    ship.must_be_exact(lost=[entry])


@pytest.mark.parametrize("status", [400, 422, 409])
def test_a_refused_batch_is_dropped_at_first_sight(ship, receiver, status):
    entry = ship.frozen.some()
    bad(receiver, entry, Answer(status, body=b"out of bounds"))
    walship = ship.start()
    refused = ship.refused()
    ship.settle(lost=refused)
    assert entry in refused and len(refused) <= SAMPLES
    assert "out of bounds" in walship.log()
    walship.stop()
    ship.must_be_exact(lost=refused)
    assert sum(entry in one.entries for one in receiver.requests) == 1


def test_a_refused_batch_is_bisected_where_that_is_asked_for(ship, receiver):
    entry = ship.frozen.some()
    bad(receiver, entry, Answer(400))
    walship = ship.start(on_refused="bisect")
    ship.settle(lost=[entry], retries=BISECT_MAX)
    walship.stop()
    ship.must_be_exact(lost=[entry])


@pytest.mark.parametrize("status", [400, 409, 422])
def test_what_may_have_been_delivered_is_bisected(ship, receiver, status):
    entry = ship.frozen.some()
    left = [Answer(204, reset=True)]
    receiver.answer = lambda request: (
        Answer() if entry not in request.entries
        else left.pop() if left else Answer(status))
    walship = ship.start()
    # It was taken, though no answer came: nothing at all is missing.
    wait_for(lambda: not left, 60, "the lost answer")
    ship.settle(retries=BISECT_MAX, failed=1)
    walship.stop()
    ship.must_be_exact(repeated=SAMPLES)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_receiver_that_refuses_what_it_has_loses_nothing(ship, receiver,
                                                           status):
    lost_answers = 3
    def answer(request):
        if any(receiver.has(entry) for entry in request.entries):
            return Answer(status, body=b"duplicate sample")
        return Answer(204, reset=request.number < lost_answers)
    receiver.answer = answer
    walship = ship.start()
    ship.settle(retries=lost_answers * BISECT_MAX, failed=None)
    walship.stop()
    ship.must_be_exact()


def test_one_poison_batch_stops_nothing_else(ship, receiver):
    entry = ship.frozen.some()
    bad(receiver, entry, Answer(500))
    walship = ship.start()
    wait_for(lambda: sum(entry in one.entries
                         for one in receiver.requests) >= 5, 60,
             "five tries of the poison")
    time.sleep(2)
    poison = next(one.entries for one in receiver.requests
                  if entry in one.entries)
    series = {key for key, _, _ in poison}
    assert any(key not in series for key in receiver.store.series)
    assert len(receiver.requests) < ship.batches + 60
    receiver.answer = lambda request: Answer()
    ship.settle(retries=60)
    walship.stop()
    ship.must_be_exact()


@pytest.mark.full
def test_poison_is_found_and_dropped_though_nothing_can_pass_it(
        ship, receiver):
    # All else waits for it: it is searched for after a quarter of an hour,
    # and believed in when it has been alone for another.
    entry = ship.frozen.some()
    bad(receiver, entry, Answer(500))
    receiver.order.may_skip = True
    walship = ship.start(queue={"max_backoff": "10s"})
    ship.settle(lost=[entry], retries=500, seconds=40 * 60)
    walship.stop()
    ship.must_be_exact(lost=[entry])


@pytest.mark.parametrize("status", [401, 403, 404])
def test_without_credentials_it_is_a_refusal(ship, receiver, status):
    receiver.refused.add(status)
    receiver.script(Answer(status))
    walship = ship.start()
    refused = ship.refused()
    ship.settle(lost=refused)
    walship.stop()
    ship.must_be_exact(lost=refused)


@pytest.mark.parametrize("status, entry", [
    (401, {"headers": CREDENTIALS}),
    (403, {"headers": CREDENTIALS}),
    (404, {"headers": CREDENTIALS, "hold_on_status": [404]}),
], ids=["401", "403", "404 as configured"])
def test_with_credentials_it_is_waited_for(ship, receiver, status, entry):
    receiver.answer = lambda request: Answer(status, body=b"who are you")
    walship = ship.start(**entry)
    ship.must_rest(3, requests=4)
    assert str(status) in walship.log() and "who are you" in walship.log()
    assert "a-secret" not in walship.log()
    receiver.answer = lambda request: Answer()
    walship.stop()  # Tries once more what waits.
    ship.must_be_exact()


@pytest.mark.parametrize("status, times", [
    (401, 1), pytest.param(403, 4, marks=pytest.mark.full)])
def test_it_goes_on_by_itself_when_credentials_are_good_again(
        ship, receiver, status, times):
    receiver.script(*[Answer(status)] * times)
    walship = ship.start(headers=CREDENTIALS)
    ship.settle(retries=times, seconds=120)
    walship.stop()
    ship.must_be_exact()


@pytest.fixture
def elsewhere(ended):
    """Another receiver."""
    one = RecordingReceiver()
    ended.append(one)
    yield one
    one.must_be_clean()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_followed_with_the_body(ship, receiver, elsewhere,
                                              status):
    receiver.answer = lambda request: redirect(elsewhere.url, status)
    receiver.order.may_skip = True  # What is owed here is taken there.
    walship = ship.start()
    ship.settle(store=elsewhere.store, retries=ship.batches)
    walship.stop()
    assert not receiver.store.series
    assert elsewhere.repeated == 0


def test_credentials_do_not_follow_a_redirect(ship, receiver, elsewhere):
    receiver.answer = lambda request: redirect(elsewhere.url)
    walship = ship.start(headers=CREDENTIALS)
    ship.must_rest(3, requests=4)
    assert f"127.0.0.1:{elsewhere.port}" in walship.log()
    assert not elsewhere.requests
    receiver.answer = lambda request: Answer()
    walship.stop()
    ship.must_be_exact()


def test_a_redirect_in_a_circle_is_no_loop(ship, receiver):
    receiver.answer = lambda request: redirect(receiver.url)
    walship = ship.start()
    ship.must_rest(3, requests=16)
    receiver.answer = lambda request: Answer()
    walship.stop()
    ship.must_be_exact()
