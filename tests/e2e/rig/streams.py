# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 for the recording receiver: every stream of a connection is handled
at a time, and is answered, refused or left as it is told."""

import socket
import threading

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

_PIECE = 65536


def offer(context):
    """Have ${context} take HTTP/2 from who speaks it; return it."""
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


class Stream:
    """One request and its answer; what an Answer's speak() is given.

    connection  that it came by
    """

    def __init__(self, connection, number):
        self.connection = connection
        self.number = number
        self.headers = []
        self.body = b""

    def header(self, name):
        """The value of the (pseudo-)header ${name}, or ''."""
        return dict(self.headers).get(name, "")

    def say(self, status, headers, body):
        """Answer it whole."""
        def say(link):
            link.send_headers(self.number, [
                (":status", str(status)),
                *((name.lower(), value) for name, value in headers.items())],
                end_stream=not body)
            if body:  # Of a few bytes: no window is too small for it.
                link.send_data(self.number, body, end_stream=True)
        self.connection.do(say)

    def refuse(self, error=h2.errors.ErrorCodes.REFUSED_STREAM):
        """Say that nothing was done about it."""
        self.connection.do(
            lambda link: link.reset_stream(self.number, error))

    def begin(self, status):
        """Say the status, and never the end of the body."""
        self.connection.do(lambda link: link.send_headers(
            self.number, [(":status", str(status))]))


class Connection:
    """Speaks over ${plain}, handing each Stream, whole, to ${handle} in a
    thread of its own."""

    def __init__(self, plain, handle):
        self.plain = plain
        self.handle = handle
        self.lock = threading.Lock()
        self.turn = threading.Condition()
        self.handling = 0  # Streams that are being handled.
        self.ending = False  # No more of them are.
        self.streams = {}
        self.most = 0  # Streams that were open at a time.
        self.link = h2.connection.H2Connection(
            config=h2.config.H2Configuration(
                client_side=False, header_encoding="utf-8"))

    def do(self, what):
        """Have ${what}, given the H2Connection, say something."""
        with self.lock:
            try:
                what(self.link)
                self.plain.sendall(self.link.data_to_send())
            except (OSError, h2.exceptions.ProtocolError):
                pass  # The other side has gone, or reset the stream.

    def _end(self):
        """Wait for the other streams, whose answers would be lost, and as if
        they were still handled when their requests come again."""
        with self.turn:
            if not self.ending:  # Else another of them does this.
                self.ending = True
                self.turn.wait_for(lambda: self.handling == 1, 30)

    def go_away(self, last):
        """Take no stream after the one with the number ${last}, and answer
        that no more."""
        self._end()
        self.do(lambda link: link.close_connection(last_stream_id=last))

    def cut(self):
        """End it without a word."""
        self._end()
        try:
            self.plain.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def serve(self):
        """Until it ends."""
        self.do(lambda link: link.initiate_connection())
        while True:
            try:
                data = self.plain.recv(_PIECE)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                try:
                    events = self.link.receive_data(data)
                except h2.exceptions.ProtocolError:
                    events = []
            for event in events:
                self._take(event)
            self.do(lambda link: None)

    def _take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            stream = Stream(self, event.stream_id)
            stream.headers = event.headers
            self.streams[event.stream_id] = stream
            self.most = max(self.most, len(self.streams))
        elif isinstance(event, h2.events.DataReceived):
            size = event.flow_controlled_length
            self.do(lambda link: link.acknowledge_received_data(
                size, event.stream_id))
            if event.stream_id in self.streams:
                self.streams[event.stream_id].body += event.data
        elif isinstance(event, h2.events.StreamEnded):
            stream = self.streams.get(event.stream_id)
            if stream:
                threading.Thread(target=self._handle, args=(stream,),
                                 daemon=True).start()
        elif isinstance(event, h2.events.StreamReset):
            self.streams.pop(event.stream_id, None)

    def _handle(self, stream):
        with self.turn:
            if self.ending:
                return
            self.handling += 1
        self.handle(stream)
        self.streams.pop(stream.number, None)
        with self.turn:
            self.handling -= 1
            self.turn.notify_all()
