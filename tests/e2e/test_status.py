# SPDX-License-Identifier: Apache-2.0
"""What an operator is told: walship status, and the same over HTTP."""

import json
import re

from rig import binaries
from rig.answers import Answer
from rig.deadends import dead_url
from rig.exporter import Exporter
from rig.processes import Process, wait_for
from rig.walship import run_to_end

HOSTILE = b"<script>alert(1)</script>\x1b[2J\r\n\xe2\x80\xae\xff\x00end"


def ask(walship, *options):
    """(exit status, all that is printed) of walship status."""
    return run_to_end(["status", "-c", walship.config, *options],
                      walship.directory)


def status_of(walship):
    """What it says as JSON, over HTTP."""
    code, text = walship.get("/api/v1/status")
    assert code == 200
    return json.loads(text)


def one(walship):
    """The same of its only destination."""
    return status_of(walship)["destinations"][0]


def test_values_change_while_it_ships(source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url,
                           start="now").wait_ready()
    before = one(walship)
    assert before["level"] == "ok"
    truth = source.read_after(3)
    wait_for(lambda: one(walship)["delivered"] > before["delivered"], 60,
             "samples to be delivered")
    wait_for(lambda: one(walship)["samples_out_per_second"] > 0, 60,
             "a rate")
    now = one(walship)
    assert now["state"] == "delivering" and now["last_error"] is None
    assert now["series"] > 0 and truth
    place = now["acknowledged"]
    assert (place["segment"], place["offset"]) > (
        before["acknowledged"]["segment"], before["acknowledged"]["offset"])
    head = status_of(walship)["wal"]["head"]
    assert (head["segment"], head["offset"]) >= (
        place["segment"], place["offset"])
    assert abs(now["lag_seconds"]) < 60
    code, text = ask(walship)
    assert code == 0
    assert re.match(r"ok  walship \S+, running since ", text)
    assert "Delivering as it comes." in text


def test_an_error_appears_and_clears(source, receiver, make_walship):
    receiver.answer = lambda request: Answer(503, body=HOSTILE)
    walship = make_walship(
        source.data_dir, {"url": receiver.url, "queue_config": {
            "min_backoff": "100ms", "max_backoff": "1s"}})
    wait_for(lambda: one(walship)["last_error"], 60, "an error")
    said = one(walship)
    assert said["state"] == "retrying" and said["pause"]
    assert said["last_error"]["status"] == 503
    assert said["last_error"]["over"] is False
    assert "Cannot deliver, retrying (status 503)" in said["sentence"]
    assert "<script>" in said["last_error"]["said"]
    code, text = ask(walship)
    assert code in (0, 4)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "<script>alert(1)</script>?[2J" in text
    code, text = ask(walship, "--json")
    assert text.isascii() and len(text.splitlines()) == 1
    assert json.loads(text)["destinations"][0]["name"] == said["name"]
    receiver.script()
    wait_for(lambda: one(walship)["state"] == "delivering", 60,
             "the error to be over")
    assert one(walship)["last_error"]["over"] is True
    code, text = ask(walship)
    assert code == 0 and " (over): " in text


def test_trouble_is_the_exit_status(source, receiver, make_walship):
    receiver.answer = lambda request: Answer(403, body=b"no role")
    walship = make_walship(source.data_dir, {
        "url": receiver.url, "basic_auth": {
            "username": "u", "password": "hunter2"}})
    wait_for(lambda: one(walship)["state"] == "held", 60, "a hold")
    code, text = ask(walship)
    assert code == 4
    assert text.startswith("trouble  walship")
    assert "give this identity the right to write" in text.replace(
        "\n" + 13 * " ", " ")
    assert "hunter2" not in text + ask(walship, "--json")[1]


def test_nobody_to_ask_is_said(source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url)
    socket = walship.state_dir / "control"
    assert run_to_end(["status", "--socket", socket],
                      walship.directory)[0] == 0
    walship.stop()
    code, text = ask(walship)
    assert code == 1 and "no walship runs" in text
    code, text = run_to_end(["status", "--socket", "/etc/passwd"],
                            walship.directory)
    assert code == 2 and '"control"' in text


def test_secrets_are_shown_to_nobody(source, make_walship):
    url = dead_url().replace("//", "//user:hunter2@") + "?sig=hunter3"
    walship = make_walship(source.data_dir, url)
    wait_for(lambda: one(walship)["last_error"], 60, "an error")
    assert "hunter" not in walship.get("/api/v1/status")[1] + ask(walship)[1]


class HostilePage:
    """What a scrape target shows that means ill."""

    LABEL = "<script>alert(1)</script>\x1b[2J\u202e\u2066&'"

    def render(self, turn, now):
        return f'evil{{words="{self.LABEL}\\n"}} {turn}\ntame {turn}\n'


def test_labels_that_mean_ill_stay_text(make_prometheus, make_walship,
                                        receiver, ended):
    exporter = Exporter(HostilePage())
    ended.append(exporter)
    source = make_prometheus(targets=[exporter.address])

    def refuse(request):
        evil = any(("__name__", "evil") in key
                   for key, _, _ in request.entries)
        return Answer(400, body=HOSTILE) if evil else Answer()
    receiver.answer = refuse
    walship = make_walship(
        source.data_dir, {"url": receiver.url, "on_refused": "bisect",
                          "name": HostilePage.LABEL[:25]},
        external_labels={"host": HostilePage.LABEL[:25]})
    wait_for(lambda: one(walship)["lost"]["given_up"].get("refused"), 60,
             "the series to be refused")
    wait_for(lambda: "series=" in walship.log() and
             re.search(r'series=".*evil', walship.log()), 30,
             "the log to name it")
    wait_for(lambda: one(walship)["state"] == "losing", 30,
             "the rest to be delivered")
    said = one(walship)
    assert said["last_error"]["status"] == 400
    _, text = ask(walship)
    page = walship.get("/")[1]
    shown = [walship.log(), walship.metrics().text, text, page,
             walship.get("/api/v1/status")[1], ask(walship, "--json")[1]]
    for one_of in shown:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066]",
                             one_of)
    assert "<script>alert" not in page
    assert walship.metrics().has("walship_given_up_total")


def test_it_is_shown_again_and_again(source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url)
    watch = Process("watch", [binaries.walship(), "status", "-c",
                              walship.config, "--watch"], walship.directory)
    watch.spawn()
    try:
        wait_for(lambda: watch.log().count("running since") >= 3, 60,
                 "it to be shown three times")
        walship.stop()
        wait_for(lambda: "no walship runs" in watch.log(), 30,
                 "the end to be noticed")
        walship.start()
        before = watch.log().count("running since")
        wait_for(lambda: watch.log().count("running since") > before, 30,
                 "it to be shown once more")
    finally:
        watch.kill()
