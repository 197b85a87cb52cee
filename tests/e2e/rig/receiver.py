# SPDX-License-Identifier: Apache-2.0
"""The recording receiver: takes remote write 1.0, judges every request by the
specification, keeps what it acknowledged, and answers as it is told."""

import bisect
import dataclasses
import socket
import threading
import time
from typing import Callable, Dict, List, Optional

from . import series, wire
from .answers import Answer
from .order import Order
from .processes import wait_for
from .serving import Handler, Server

FAULTS_MAX = 100
REFUSED = {400, 409, 415, 422}
HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


@dataclasses.dataclass
class Request:
    """What came."""

    number: int              # From 0, in the order of arrival.
    time: float              # Monotonic seconds, when it was read whole.
    path: str
    headers: Dict[str, str]  # Names in lower case.
    connection: int          # The same number: the same connection.
    size: int                # Bytes of the body.
    gone: Callable[[], bool]  # Whether the sender has gone since.
    samples: int = 0
    entries: Optional[list] = None  # (series, timestamp, bits), in order.
    oldest: Optional[int] = None    # Timestamps among them; None: no samples.
    newest: Optional[int] = None
    status: Optional[int] = None    # What it was answered, if in order.
    answered: Optional[float] = None  # Monotonic seconds, when it was.
    taken: bool = False             # Its samples were acknowledged.
    stream: Optional[object] = None  # Of HTTP/2, that it came by.
    repeated: int = 0               # So many of them for a second time ...
    oldest_repeated: Optional[int] = None  # ... from this timestamp on.


def check_labels(key):
    """What the specification forbids about the labels ${key}, or None."""
    names = [name for name, _ in key]
    if names != sorted(names, key=str.encode):
        return "labels are not sorted"
    if len(set(names)) != len(names):
        return "a label name comes twice"
    if "__name__" not in names:
        return "no metric name"
    if any(not name or not value for name, value in key):
        return "an empty label name or value"
    return None


class RecordingReceiver:
    """Serves on a port of its own until close().

    answer     a function of a Request that returns its Answer; the default
               answers 204
    interrupt  a function of a Request whose body has not been read; if it
               returns a number, the connection is reset after that many bytes
    refused    the statuses by which samples are refused for good
    requests   every Request, in the order of arrival
    store      what was acknowledged, in the order of acknowledgement
    faults     texts: every breach of the specification, and of the order
               within a series
    order      judges that order
    repeated   samples that came again, with the same bits, after they had been
               acknowledged
    streams    the connections by HTTP/2: see rig.streams
    rolled_back  requests refused for an older sample, if ${rollback}: like a
               Prometheus without an out-of-order window, a request with a
               sample that is older than the last of its series, or as old and
               not the same, is then answered 400, and nothing of it is kept
    """

    def __init__(self, port=0, keep_entries=True, user_agent="walship/",
                 tls=None, rollback=False):
        self.answer: Callable[[Request], Answer] = lambda request: Answer()
        self.interrupt: Callable[[Request], Optional[int]] = (
            lambda request: None)
        self.refused = set(REFUSED)
        self.requests: List[Request] = []
        self.store = series.Store()
        self.faults: List[str] = []
        self.repeated = 0
        self.rolled_back = 0
        self.rollback = rollback
        self.keep_entries = keep_entries
        self.user_agent = user_agent
        self.tls = tls
        self.lock = threading.Lock()
        self.streams: list = []
        self.labels = wire.LabelCache()
        self.order = Order(self._disorder)
        self._judged: Dict[tuple, Optional[str]] = {}
        self._newest: Dict[tuple, int] = {}
        self._connections: Dict[int, socket.socket] = {}
        self._current = None  # The Request that is being judged.
        self._listen(port)

    # What tests ask.

    @property
    def url(self):
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/api/v1/write"

    def must_be_clean(self):
        """No request broke any rule."""
        assert not self.faults, "\n".join(self.faults[:10])

    def script(self, *answers):
        """Answer the next requests so, one each, and 204 again after."""
        left = list(answers)
        self.answer = lambda request: left.pop(0) if left else Answer()

    def has(self, entry):
        """Whether (series, timestamp, bits) was acknowledged; for answer()."""
        key, timestamp, bits = entry
        return self._held(key, timestamp) == bits

    def sender_died(self):
        """Call this when a walship was killed: wait until what it had sent
        has been read, and expect no order between that and what comes."""
        def gone():
            with self.lock:
                return not self._connections
        for _ in range(3):  # One may just be being accepted.
            wait_for(gone, 30, "the dead sender's connections to end", 0.02)
            time.sleep(0.05)
        with self.lock:
            self.order.sender_died()

    def close(self):
        """Stop listening and break every connection."""
        self.server.stop()
        with self.lock:
            for connection in self._connections.values():
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def reopen(self):
        """Listen again on the same port, after close()."""
        self._listen(self.port)

    # How it works.

    def _listen(self, port):
        self.server = Server(port, _handler_for(self), self.tls)
        self.port = self.server.port

    def _fault(self, request, text):
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"request {request.number}: {text}")

    def _disorder(self, text):
        self._fault(self._current, text)

    def _check_headers(self, request):
        for name, value in HEADERS.items():
            got = request.headers.get(name.lower())
            if got != value:
                self._fault(request, f"{name}: {got!r}, not {value!r}")
        if not request.headers.get("user-agent", "").startswith(
                self.user_agent):
            self._fault(request, "User-Agent: "
                        f"{request.headers.get('user-agent')!r}")
        if "expect" in request.headers:
            self._fault(request, "it has an Expect header")

    def _decode(self, request, body):
        """The entries of ${body}, in order."""
        try:
            message = wire.WriteRequest.FromString(wire.unsnap(body))
        except Exception as error:  # Of two libraries, which differ by age.
            self._fault(request, f"cannot be decoded: {error}")
            return []
        entries = []
        for one in message.timeseries:
            key = self.labels(one.labels)
            self._judge(request, key, one)
            entries += [(key, sample.timestamp, sample.value)
                        for sample in one.samples]
        request.samples = len(entries)
        times = [timestamp for _, timestamp, _ in entries]
        request.oldest = min(times, default=None)
        request.newest = max(times, default=None)
        return entries

    def _judge(self, request, key, one):
        if key not in self._judged:
            self._judged[key] = check_labels(key)
        if self._judged[key]:
            self._fault(request, f"{self._judged[key]}: {series.show(key)}")
        if not (one.samples or one.exemplars or one.histograms):
            self._fault(request, f"nothing but labels: {series.show(key)}")

    def _held(self, key, timestamp):
        """The bits that were acknowledged for ${timestamp}, or None."""
        times, values = self.store.series.get(key, ((), ()))
        at = bisect.bisect_left(times, timestamp)
        there = at < len(times) and times[at] == timestamp
        return values[at] if there else None

    def _too_old(self, entries):
        """Whether a Prometheus would roll ${entries} back."""
        for key, timestamp, bits in entries:
            newest = self._newest.get(key)
            if newest is not None and (timestamp < newest or (
                    timestamp == newest
                    and self._held(key, timestamp) != bits)):
                return True
        return False

    def _acknowledge(self, request, entries):
        for key, timestamp, bits in entries:
            newest = self._newest.get(key)
            if newest is not None and timestamp <= newest:
                self._came_again(request, key, timestamp, bits)
                continue
            self._newest[key] = timestamp
            self.store.add(key, timestamp, bits)

    def _came_again(self, request, key, timestamp, bits):
        request.repeated += 1
        request.oldest_repeated = min(timestamp, request.oldest_repeated
                                      or timestamp)
        if self._held(key, timestamp) == bits:
            self.repeated += 1
        else:
            self._fault(request, f"{series.show(key)} at {timestamp} after "
                        f"{self._newest[key]}")

    def _arrive(self, request, body):
        """Judge it; return (entries, Answer)."""
        request.number = len(self.requests)
        self.requests.append(request)
        self._current = request
        self._check_headers(request)
        request.entries = self._decode(request, body)
        self.order.take_off(request.number, request.entries)
        entries, answer = request.entries, self.answer(request)
        if not self.keep_entries:
            request.entries = None
        return entries, answer

    def _settle(self, request, entries, answer):
        """Keep what is taken; return the Answer, which a rollback changes."""
        taken = 200 <= answer.status < 300
        if taken and self.rollback and self._too_old(entries):
            self.rolled_back += 1
            taken, answer = False, Answer(400, body=b"out of order sample")
        silent = answer.drop or answer.reset or answer.speak
        request.status = None if silent else answer.status
        request.taken = taken
        request.answered = time.monotonic()
        if taken:
            self._acknowledge(request, entries)
        # What is too large by itself cannot be split.
        refused = (request.status in self.refused
                   or request.status == 413 and len(entries) == 1)
        self.order.land(request.number, entries, taken or refused)
        return answer

    def statuses(self):
        """What requests were answered, None among it if they had no answer;
        those that are under way are left out."""
        with self.lock:
            return {one.status for one in self.requests if one.answered}

    def handle(self, request, body):
        """Judge and record; return the Answer."""
        with self.lock:
            entries, answer = self._arrive(request, body)
        if answer.delay:
            time.sleep(answer.delay)
        if answer.fickle and request.gone():
            answer = Answer(500, drop=True)
        with self.lock:
            return self._settle(request, entries, answer)

    def connected(self, connection, there):
        """A connection was made, or (${there} false) has ended."""
        with self.lock:
            if there:
                self._connections[id(connection)] = connection
            else:
                self._connections.pop(id(connection), None)


def _handler_for(receiver):
    """A request handler class that reports to ${receiver}."""

    class Reporter(Handler):
        """Makes Requests for it."""

        def make_request(self, size):
            return Request(
                number=0, time=time.monotonic(), path=self.path,
                headers={name.lower(): value
                         for name, value in self.headers.items()},
                connection=self.client_address[1], size=size,
                gone=self.gone)

    Reporter.receiver = receiver
    return Reporter
