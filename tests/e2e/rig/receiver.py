# SPDX-License-Identifier: Apache-2.0
"""The recording receiver: takes remote write 1.0, judges every request by the
specification, keeps what it acknowledged, and answers as it is told."""

import bisect
import dataclasses
import http.server
import socket
import threading
import time
from typing import Callable, Dict, List, Optional

from . import series, wire

BODY_MAX = 64 << 20
FAULTS_MAX = 100
HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


@dataclasses.dataclass
class Answer:
    """How a request is answered."""

    status: int = 204
    headers: Dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0   # Seconds before the answer.
    drop: bool = False   # Close the connection instead of answering; with a
    #                      status of 2xx after taking the samples.


@dataclasses.dataclass
class Request:
    """What came."""

    number: int              # From 0, in the order of arrival.
    time: float              # Monotonic seconds, when it was read whole.
    path: str
    headers: Dict[str, str]  # Names in lower case.
    connection: int          # The same number: the same connection.
    size: int                # Bytes of the body.
    samples: int = 0
    entries: Optional[list] = None  # (series, timestamp, bits), in order.
    status: Optional[int] = None    # What it was answered.


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

    answer    a function of a Request that returns its Answer; the default
              answers 204
    requests  every Request, in the order of arrival
    store     what was acknowledged, in the order of acknowledgement
    faults    texts: every breach of the specification, of the order within a
              series, and of the rule that no two requests in flight at once
              hold samples of one series
    repeated  samples that came again, with the same bits, after they had been
              acknowledged
    """

    def __init__(self, port=0, keep_entries=True, user_agent="walship/"):
        self.answer: Callable[[Request], Answer] = lambda request: Answer()
        self.requests: List[Request] = []
        self.store = series.Store()
        self.faults: List[str] = []
        self.repeated = 0
        self.keep_entries = keep_entries
        self.user_agent = user_agent
        self.lock = threading.Lock()
        self.labels = wire.LabelCache()
        self._judged: Dict[tuple, Optional[str]] = {}
        self._in_flight: Dict[tuple, int] = {}
        self._newest: Dict[tuple, int] = {}
        self._connections: Dict[int, socket.socket] = {}
        self._listen(port)

    # What tests ask.

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/api/v1/write"

    def must_be_clean(self):
        """No request broke any rule."""
        assert not self.faults, "\n".join(self.faults[:10])

    def script(self, *answers):
        """Answer the next requests so, one each, and 204 again after."""
        left = list(answers)
        self.answer = lambda request: left.pop(0) if left else Answer()

    def close(self):
        """Stop listening and break every connection."""
        self.server.shutdown()
        self.server.server_close()
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
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", port), _handler_for(self))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _fault(self, request, text):
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"request {request.number}: {text}")

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
        return entries

    def _judge(self, request, key, one):
        if key not in self._judged:
            self._judged[key] = check_labels(key)
        if self._judged[key]:
            self._fault(request, f"{self._judged[key]}: {series.show(key)}")
        if not (one.samples or one.exemplars or one.histograms):
            self._fault(request, f"nothing but labels: {series.show(key)}")

    def _take_off(self, request, entries):
        """${entries} are in flight now: nothing else of their series is."""
        for key in {entry[0] for entry in entries}:
            if key in self._in_flight:
                self._fault(request, f"{series.show(key)} is also in flight "
                            f"in request {self._in_flight[key]}")
            self._in_flight[key] = request.number

    def _land(self, request, entries):
        for key in {entry[0] for entry in entries}:
            if self._in_flight.get(key) == request.number:
                del self._in_flight[key]

    def _acknowledge(self, request, entries):
        for key, timestamp, bits in entries:
            newest = self._newest.get(key)
            if newest is not None and timestamp <= newest:
                self._came_again(request, key, timestamp, bits)
                continue
            self._newest[key] = timestamp
            self.store.add(key, timestamp, bits)

    def _came_again(self, request, key, timestamp, bits):
        times, values = self.store.series[key]
        at = bisect.bisect_left(times, timestamp)
        if times[at] == timestamp and values[at] == bits:
            self.repeated += 1
        else:
            self._fault(request, f"{series.show(key)} at {timestamp} after "
                        f"{self._newest[key]}")

    def handle(self, request, body):
        """Judge and record; return the Answer."""
        with self.lock:
            request.number = len(self.requests)
            self.requests.append(request)
            self._check_headers(request)
            entries = self._decode(request, body)
            if self.keep_entries:
                request.entries = entries
            self._take_off(request, entries)
            answer = self.answer(request)
        if answer.delay:
            time.sleep(answer.delay)
        with self.lock:
            request.status = None if answer.drop else answer.status
            if 200 <= answer.status < 300:
                self._acknowledge(request, entries)
            self._land(request, entries)
        return answer

    def connected(self, connection, there):
        """A connection was made, or (${there} false) has ended."""
        with self.lock:
            if there:
                self._connections[id(connection)] = connection
            else:
                self._connections.pop(id(connection), None)


def _handler_for(receiver):
    """A request handler class that reports to ${receiver}."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            receiver.connected(self.connection, True)

        def finish(self):
            receiver.connected(self.connection, False)
            super().finish()

        def do_POST(self):
            size = int(self.headers.get("Content-Length", 0))
            if size > BODY_MAX:
                self.close_connection = True
                return
            body = self.rfile.read(size)
            if len(body) != size:  # The sender gave up.
                self.close_connection = True
                return
            answer = receiver.handle(Request(
                number=0, time=time.monotonic(), path=self.path,
                headers={name.lower(): value
                         for name, value in self.headers.items()},
                connection=self.client_address[1], size=size), body)
            self._reply(answer)

        def _reply(self, answer):
            if answer.drop:
                self.close_connection = True
                return
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if answer.status != 204:
                    self.wfile.write(answer.body)
            except OSError:  # The sender is gone.
                self.close_connection = True

        def log_message(self, *_):
            pass

    return Handler
