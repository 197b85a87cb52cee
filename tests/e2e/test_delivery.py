# SPDX-License-Identifier: Apache-2.0
"""The main job: what a real Prometheus writes arrives in real receivers."""

from rig import compare, series
from rig.deadends import dead_url
from rig.exporter import ODD

SECONDS = 60


def must_be_rich(truth):
    """The comparison is worth something: it has what is hard to ship."""
    bits = {value for key in truth.series for _, value in truth.samples(key)}
    assert series.STALE in bits, "no stale marker"
    for text in ODD:
        # Prometheus writes an ordinary NaN so, and Python's is another.
        want = (0x7FF8000000000001 if text == "NaN"
                else series.bits_of(float(text)))
        assert want in bits, f"no {text}"


def must_invent_nothing(source, receiver):
    """What arrived is in the source (read after what arrived)."""
    extra = compare.missing(receiver, source, limit=10)
    assert not extra, compare.explain(extra, receiver)


def test_every_sample_reaches_the_recorder_bit_for_bit(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url).wait_ready()
    truth = source.read_after(6)
    must_be_rich(truth)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    walship.stop()
    must_invent_nothing(source.read(), receiver.store)
    assert receiver.repeated == 0


def test_an_uncompressed_log_is_shipped_as_well(
        plain_source, receiver, make_walship):
    walship = make_walship(plain_source.data_dir, receiver.url)
    truth = plain_source.read_after(6)
    must_be_rich(truth)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    walship.stop()
    must_invent_nothing(plain_source.read(), receiver.store)


def test_every_sample_reaches_a_prometheus_bit_for_bit(
        source, make_receiver, make_walship):
    receiver = make_receiver()
    make_walship(source.data_dir, receiver.write_url)
    truth = source.read_after(3)
    compare.delivered(truth, lambda: receiver.read_since(source.begin),
                      SECONDS)


def test_every_sample_reaches_a_victoriametrics_with_twelve_digits(
        source, victoria, make_walship):
    make_walship(source.data_dir, victoria.write_url)
    truth = source.read_after(3)
    compare.delivered(truth, victoria.read, SECONDS, compare.missing_nearly)


def test_connections_are_kept_and_requests_are_few(
        source, receiver, make_walship):
    walship = make_walship(source.data_dir, receiver.url)
    truth = source.read_after(6)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
    connections = {one.connection for one in receiver.requests}
    assert len(connections) <= 10
    assert all(one.samples for one in receiver.requests)
    assert receiver.requests[-1].headers["host"] == (
        f"127.0.0.1:{receiver.port}")
    walship.stop()


def test_external_labels_are_added_where_a_series_has_none_of_the_name(
        source, receiver, make_walship):
    outside = {"region": "north", "job": "not this one", "zone": "Å"}
    make_walship(source.data_dir, receiver.url, external_labels=outside)
    truth = source.read_after(2).relabelled(
        lambda labels: {**outside, **labels})
    compare.delivered(truth, lambda: receiver.store, SECONDS)


def test_start_now_ships_only_what_is_written_from_then_on(
        source, receiver, make_walship):
    old = source.read_after(1)
    walship = make_walship(source.data_dir, receiver.url,
                           start="now").wait_ready()
    # Written before it was ready, to be read or not: one scrape is left out.
    source.exporter.wait_for_scrapes(1)
    before = source.read()
    truth = source.read_after(4)
    new = newer(truth, newest(before))
    compare.delivered(new, lambda: receiver.store, SECONDS)
    walship.stop()
    assert min(receiver.store.series[key][0][0]
               for key in receiver.store.series) >= newest(old)


def newest(store):
    return max(held[0][-1] for held in store.series.values())


def newer(store, than):
    """The samples of ${store} after the time ${than}."""
    result = series.Store()
    for key in store.series:
        for timestamp, bits in store.samples(key):
            if timestamp > than:
                result.add(key, timestamp, bits)
    return result


def test_every_destination_gets_everything_though_one_is_dead(
        source, receiver, make_walship):
    make_walship(source.data_dir, {"url": dead_url(), "name": "dead"},
                 {"url": receiver.url, "name": "alive"})
    truth = source.read_after(3)
    compare.delivered(truth, lambda: receiver.store, SECONDS)
