# SPDX-License-Identifier: Apache-2.0
"""A scrape target with exemplars and native histograms, which only exist in
the protobuf exposition: delimited MetricFamily messages."""

import http.server
import struct
import threading
import time

from .exporter import Exporter

CONTENT_TYPE = ("application/vnd.google.protobuf; "
                "proto=io.prometheus.client.MetricFamily; encoding=delimited")
COUNTER, GAUGE, HISTOGRAM, GAUGE_HISTOGRAM = 0, 1, 4, 5


def _varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number):
    return number << 1 ^ number >> 63


def _number(field, number):
    return _varint(field << 3) + _varint(number)


def _signed(field, number):
    return _number(field, _zigzag(number))


def _double(field, value):
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field, data):
    data = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _labels(labels):
    return b"".join(_bytes(1, _bytes(1, name) + _bytes(2, value))
                    for name, value in labels.items())


def _exemplar(labels, value, at):
    seconds = _number(1, int(at)) + _number(2, int(at % 1 * 1e9))
    return _labels(labels) + _double(2, value) + _bytes(3, seconds)


def _spans(field, spans):
    return b"".join(_bytes(field, _signed(1, offset) + _number(2, length))
                    for offset, length in spans)


def _deltas(field, counts):
    before, out = 0, b""
    for count in counts:
        out += _varint(_zigzag(count - before))
        before = count
    return _bytes(field, out) if counts else b""


def _counts(field, counts):
    return _bytes(field, struct.pack(f"<{len(counts)}d", *counts)) \
        if counts else b""


def integer(schema, zero, positive, negative, counts):
    """A histogram with integer counts, which are given first for the positive
    spans, then for the negative ones."""
    split = sum(length for _, length in positive)
    return (_number(1, zero + sum(counts)) + _double(2, sum(counts) * 1.25)
            + _signed(5, schema) + _double(6, 0.001) + _number(7, zero)
            + _spans(9, negative) + _deltas(10, counts[split:])
            + _spans(12, positive or [(0, 0)])
            + _deltas(13, counts[:split]))


def floating(schema, zero, positive, negative, counts):
    """The same with float counts."""
    split = sum(length for _, length in positive)
    return (_double(2, -sum(counts)) + _double(4, zero + sum(counts))
            + _signed(5, schema) + _double(6, 1e-128) + _double(8, zero)
            + _spans(9, negative) + _counts(11, counts[split:])
            + _spans(12, positive or [(0, 0)])
            + _counts(14, counts[:split]))


def _family(name, kind, *metrics):
    body = _bytes(1, name) + _number(3, kind) + b"".join(
        _bytes(4, metric) for metric in metrics)
    return _varint(len(body)) + body


def _counters(turn, now):
    """Some with an exemplar in this scrape, and others without."""
    return _family("native_requests_total", COUNTER, *(
        _labels({"n": str(n)}) + _bytes(3, _double(1, turn * n) + (
            _bytes(2, _exemplar({"trace_id": f"{turn:08x}", "a": "é"},
                                turn / 3, now)) if (turn + n) % 3 else b""))
        for n in range(6)))


def _with_exemplars(turn, now):
    """Classic buckets beside a native histogram, for their exemplars."""
    buckets = b"".join(
        _bytes(3, _number(1, turn * (n + 1)) + _double(2, bound) + _bytes(
            3, _exemplar({"trace_id": f"{turn:x}{n}"}, bound * 0.9,
                         now + n / 1000)))
        for n, bound in enumerate((0.1, 1.0)))
    return _bytes(7, integer(2, turn, [(0, 2)], [], [turn, turn]) + buckets)


def _integers(turn, now):
    grown = [(-3, 2), (1, 1 + turn // 8), (7, 3)]
    counts = [turn * (n + 1) for n in range(6 + turn // 8)]
    metrics = [
        _labels({"n": "0"}) + _bytes(7, integer(3, turn, grown, [], counts)),
        _labels({"n": "1"}) + _bytes(7, integer(
            -4, 0, [(0, 2)], [(2, 2), (5, 1)], [turn, 1, 3, turn, 9])),
        _labels({"n": "zero"}) + _bytes(7, integer(0, turn, [], [], [])),
        _labels({"n": "exemplars"}) + _with_exemplars(turn, now),
        # That falls back now and then: a counter reset.
        _labels({"n": "reset"}) + _bytes(7, integer(
            8, 1, [(0, 1)], [], [turn % 5])),
    ]
    if turn % 6 < 3:  # Goes stale by itself, and returns.
        metrics.append(_labels({"n": "now and then"}) + _bytes(
            7, integer(1, 2, [(4, 1)], [], [turn])))
    return _family("native_integer", HISTOGRAM, *metrics)


def _floats(turn):
    return _family("native_float", HISTOGRAM, *(
        _labels({"n": str(schema)}) + _bytes(7, floating(
            schema, turn + 0.5, [(0, 2)], [(3, 1)],
            [turn + 0.25, turn * 2.0, 1 / 3]))
        for schema in (0, 5)))


def _gauges(turn):
    up = turn * 7 % 50
    return _family(
        "native_gauge", GAUGE_HISTOGRAM,
        _labels({"n": "integer"}) + _bytes(7, integer(
            1, up, [(0, 2)], [], [up, 50 - up])),
        _labels({"n": "float"}) + _bytes(7, floating(
            1, 0.5, [(0, 1)], [(0, 1)], [up / 2, up / 3])))


def page(turn, now):
    """Scrape ${turn} at ${now}."""
    plain = _family("native_plain", GAUGE, *(
        _labels({"n": str(n)}) + _bytes(2, _double(1, turn / (n + 1)))
        for n in range(20)))
    return (plain + _counters(turn, now) + _integers(turn, now)
            + _floats(turn) + _gauges(turn))


class NativeExporter(Exporter):
    """Serves that page."""

    def __init__(self):
        self.turn = 0
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                exporter.turn += 1
                body = page(exporter.turn, time.time())
                self.send_response(200)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
