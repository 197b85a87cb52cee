# SPDX-License-Identifier: Apache-2.0
"""/api/v1/read of Prometheus, as streamed chunks: the one way to see stale
markers, the bits of every NaN, and -0.  Queries hide the first two; remote
read's other form of answer loses the third."""

import time
import urllib.request

from . import series, wire, xor

NOT_EQUAL = 1
STREAMED_CHUNKS = 1
XOR = 1


def _request(start, end, matchers):
    request = wire.ReadRequest(accepted_response_types=[STREAMED_CHUNKS])
    query = request.queries.add(start=start, end=end)
    for kind, name, value in matchers:
        query.matchers.add(type=kind, name=name, value=value)
    return wire.snap(request.SerializeToString())


def _post(url, body):
    request = urllib.request.Request(url + "/api/v1/read", data=body, headers={
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Read-Version": "0.1.0",
    })
    with urllib.request.urlopen(request, timeout=120) as answer:
        kind = answer.headers["Content-Type"]
        if not kind.startswith("application/x-streamed-protobuf"):
            raise RuntimeError(f"{url} reads no chunks: needs Prometheus 2.13")
        return answer.read()


def _frames(body):
    """The messages in ${body}, each behind its length and checksum."""
    at = 0
    while at < len(body):
        size = shift = 0
        while True:
            byte = body[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        at += 4  # The checksum.
        yield wire.ChunkedReadResponse.FromString(body[at:at + size])
        at += size


def _add(store, key, chunks, start, end):
    """Add to ${store} the samples of ${chunks} from ${start} to ${end}."""
    for chunk in chunks:
        if chunk.type != XOR:
            continue
        held = store.series.get(key)
        newest = held[0][-1] if held else start - 1
        for timestamp, bits in xor.decode(chunk.data):
            # A sample may be in two chunks, of a block and of the head.
            if newest < timestamp <= end:
                store.add(key, timestamp, bits)


def read(url, start, end, matchers=((NOT_EQUAL, "__name__", ""),)):
    """All float samples from ${start} to ${end} (ms since 1970, both
    included) of the Prometheus at ${url}, as a Store."""
    store = series.Store()
    labels = wire.LabelCache()
    for frame in _frames(_post(url, _request(start, end, matchers))):
        for one in frame.series:
            key = tuple(sorted(labels(one.labels)))
            _add(store, key, one.chunks, start, end)
    return store


def read_since(url, start, step=20000):
    """All samples since ${start} (ms), read ${step} ms at a time, so that
    many short-lived series do not come in one answer."""
    store = series.Store()
    end = int(time.time() * 1000) + 1000
    for begin in range(start, end, step):
        part = read(url, begin, min(begin + step - 1, end))
        for key in part.series:
            for sample in part.samples(key):
                store.add(key, *sample)
    return store
