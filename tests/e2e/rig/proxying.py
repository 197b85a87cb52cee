# SPDX-License-Identifier: Apache-2.0
"""Proxies, HTTP and SOCKS5, that note who asks and what for."""

import base64
import re
import socket
import socketserver
import threading

_HEAD_MAX = 65536


def _carry(source, sink):
    """Pass on all that comes, then close the other's way out."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for one, way in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            one.shutdown(way)
        except OSError:
            pass


def _join(one, other):
    """Pass on both ways until both have ended."""
    back = threading.Thread(target=_carry, args=(other, one), daemon=True)
    back.start()
    _carry(one, other)
    back.join()


def _exactly(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise OSError("gone")
        data += piece
    return data


class _Proxy(socketserver.ThreadingTCPServer):
    """asked: what was asked for, one word each.  reach: the (host, port) to
    connect to for a name; by default what is asked for."""

    daemon_threads = True
    allow_reuse_address = True
    scheme = None

    def __init__(self, handler, user=None, context=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.user = user
        self.context = context
        self.asked = []
        self.heads = []
        self.reach = {}
        self.port = self.server_address[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def connect(self, host, port):
        """A connection to where ${host} is; it is noted."""
        self.asked.append(f"{host}:{port}")
        return socket.create_connection(self.reach.get(host, (host, port)), 10)

    def handle_error(self, *_):
        pass  # Who asked has gone, or speaks no TLS.

    def close(self):
        self.shutdown()
        self.server_close()


class _HttpHandler(socketserver.BaseRequestHandler):
    def handle(self):
        if self.server.context:
            self.request = self.server.context.wrap_socket(
                self.request, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD_MAX:
            piece = self.request.recv(4096)
            if not piece:
                return
            head += piece
        head, rest = head.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        self.server.heads.append(lines)
        if not self._knows(lines[1:]):
            self.request.sendall(
                b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic "
                b'realm="proxy"\r\nContent-Length: 0\r\n'
                b"Connection: close\r\n\r\n")
            return
        method, target, _ = lines[0].split(" ")
        if method == "CONNECT":
            host, port = target.rsplit(":", 1)
            with self.server.connect(host, int(port)) as other:
                self.request.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
                _join(self.request, other)
            return
        host, port, path = re.fullmatch(
            r"http://([^:/]+):?(\d*)(/.*)", target).groups()
        kept = [one for one in lines[1:]
                if not one.lower().startswith("proxy-")]
        with self.server.connect(host, int(port or 80)) as other:
            other.sendall("\r\n".join(
                [f"{method} {path} HTTP/1.1", *kept, "", ""]).encode() + rest)
            _join(self.request, other)

    def _knows(self, headers):
        if self.server.user is None:
            return True
        pair = base64.b64encode(":".join(self.server.user).encode()).decode()
        return f"Proxy-Authorization: Basic {pair}" in headers


class HttpProxy(_Proxy):
    """${user}: (name, password) that it wants.  ${context}: an SSLContext, if
    it is spoken to by TLS.  heads: the lines of each request's head."""

    def __init__(self, user=None, context=None):
        self.scheme = "https" if context else "http"
        super().__init__(_HttpHandler, user, context)


class _SocksHandler(socketserver.BaseRequestHandler):
    def handle(self):
        _, methods = _exactly(self.request, 2)
        offered = _exactly(self.request, methods)
        wanted = 2 if self.server.user else 0
        if wanted not in offered:
            self.request.sendall(b"\x05\xff")
            return
        self.request.sendall(bytes([5, wanted]))
        if wanted and not self._knows():
            self.request.sendall(b"\x01\x01")
            return
        if wanted:
            self.request.sendall(b"\x01\x00")
        _, _, _, kind = _exactly(self.request, 4)
        if kind == 3:
            host = _exactly(self.request, _exactly(self.request, 1)[0])
            host = host.decode()
        else:
            host = socket.inet_ntop(*(
                (socket.AF_INET, _exactly(self.request, 4)) if kind == 1 else
                (socket.AF_INET6, _exactly(self.request, 16))))
        port = int.from_bytes(_exactly(self.request, 2), "big")
        with self.server.connect(host, port) as other:
            self.request.sendall(b"\x05\x00\x00\x01" + bytes(6))
            _join(self.request, other)

    def _knows(self):
        _, size = _exactly(self.request, 2)
        name = _exactly(self.request, size).decode()
        password = _exactly(self.request, _exactly(self.request, 1)[0])
        return (name, password.decode()) == self.server.user


class SocksProxy(_Proxy):
    """${user}: (name, password) that it wants."""

    scheme = "socks5"

    def __init__(self, user=None):
        super().__init__(_SocksHandler, user)
