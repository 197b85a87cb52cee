# SPDX-License-Identifier: Apache-2.0
"""HTTP and HTTPS for the recording receiver, as bad as it is told to be."""

import http.server
import socket
import socketserver
import struct
import threading
import time

BODY_MAX = 64 << 20
_NO_LINGER = struct.pack("ii", 1, 0)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves on ${port} of 127.0.0.1, or on a free one, until stop(), by
    ${handler}, a class; by TLS if ${context}, an SSLContext, is given."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, handler, context=None):
        self.context = context
        self.broken = set()  # Sockets to be closed by a reset.
        super().__init__(("127.0.0.1", port), handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def server_bind(self):
        # HTTPServer's own asks for a name of the address.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_):
        pass  # A sender that goes away, or no TLS from it.

    def shutdown_request(self, request):
        # A FIN first would hide the reset.
        if request in self.broken:
            self.broken.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """Reads requests and says Answers.  A subclass has:

    receiver                  with handle(request, body), connected(connection,
                              there) and interrupt(request)
    streams                   the streams.Connections so far
    make_request(self, size)  what is given to these
    """

    protocol_version = "HTTP/1.1"
    receiver = None

    def setup(self):
        self.plain = self.request
        if self.server.context:
            self.request = self.server.context.wrap_socket(
                self.request, server_side=True)
        super().setup()
        self.receiver.connected(self.connection, True)

    def handle(self):
        if not self.server.context or \
                self.connection.selected_alpn_protocol() != "h2":
            super().handle()
            return
        from . import streams  # Its library is not needed without it.
        self.path, self.headers = "", {}
        connection = streams.Connection(self.connection, self._take_stream)
        self.receiver.streams.append(connection)
        connection.serve()

    def _take_stream(self, stream):
        request = self.make_request(len(stream.body))
        request.path = stream.header(":path")
        request.headers = dict(stream.headers)
        request.gone = lambda: False
        request.stream = stream
        answer = self.receiver.handle(request, stream.body)
        if answer.speak:
            answer.speak(stream)
        elif answer.drop or answer.reset:
            stream.connection.cut()
        else:
            stream.say(answer.status, answer.headers, answer.body)

    def finish(self):
        self.receiver.connected(self.connection, False)
        super().finish()
        if self.request is not self.plain:
            self.request.close()

    def gone(self):
        """Whether the sender has closed the connection, or died."""
        with socket.fromfd(self.connection.fileno(), socket.AF_INET,
                           socket.SOCK_STREAM) as peek:
            try:
                return not peek.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                return True

    def make_request(self, size):
        raise NotImplementedError

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        if size > BODY_MAX:
            self.close_connection = True
            return
        request = self.make_request(size)
        part = self.receiver.interrupt(request)
        if part is not None:
            self.rfile.read(min(part, size))
            self._reset()
            return
        body = self.rfile.read(size)
        if len(body) != size:  # The sender gave up.
            self.close_connection = True
            return
        request.time = time.monotonic()
        self._reply(self.receiver.handle(request, body))

    def _reset(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   _NO_LINGER)
        self.server.broken.add(self.plain)

    def _reply(self, answer):
        if answer.reset:
            self._reset()
            return
        if answer.drop or answer.speak:
            self.close_connection = True
        try:
            if answer.speak:
                answer.speak(self.connection)
            elif not answer.drop:
                self._say(answer)
        except OSError:  # The sender is gone.
            self.close_connection = True

    def _say(self, answer):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(answer.body)

    def log_message(self, *_):
        pass
