# SPDX-License-Identifier: Apache-2.0
"""How a scripted receiver answers: well, badly, or not at all."""

import dataclasses
import email.utils
import time
from typing import Callable, Dict, Optional

HUGE = 1 << 30
_CHUNK = b"x" * 65536
_NEVER = 120  # Seconds after which even that is over.


@dataclasses.dataclass
class Answer:
    """How a request is answered.  A status of 2xx takes the samples, in
    whatever way it is said, or not."""

    status: int = 204
    headers: Dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0   # Seconds before the answer ...
    fickle: bool = False  # ... after which the samples of a sender that has
    #                       gone are not taken.
    drop: bool = False   # Close the connection instead of answering.
    reset: bool = False  # The same, by a reset.
    speak: Optional[Callable] = None  # Say it so, given the connection, which
    #                                   is closed after.


def retry_after(value, status=429):
    """"Not now"; ${value}: seconds, or a text."""
    return Answer(status, {"Retry-After": str(value)}, b"slow down")


def in_date(seconds):
    """The date in ${seconds} as HTTP writes it."""
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def redirect(target, status=307):
    """"Go there"."""
    return Answer(status, {"Location": target})


def half(status_line=b"HTTP/1.1 2", taken=False):
    """Something of an answer, then the end."""
    return Answer(204 if taken else 500,
                  speak=lambda connection: connection.sendall(status_line))


def slow_headers(seconds, status=204, taken=True):
    """The head, byte by byte within ${seconds}."""
    head = f"HTTP/1.1 {status} Slow\r\nX-Filler: slow\r\n\r\n".encode()

    def speak(connection):
        for byte in head:
            connection.sendall(bytes([byte]))
            time.sleep(seconds / len(head))
    return Answer(status if taken else 500, speak=speak)


def broken_body(status=200):
    """A head, and less of a body than it says."""
    return Answer(status, speak=lambda connection: connection.sendall(
        f"HTTP/1.1 {status} Short\r\nContent-Length: 1000\r\n\r\nx".encode()))


def huge_body(status=200, size=HUGE):
    """${size} bytes of body, as long as they are taken."""
    def speak(connection):
        connection.sendall(f"HTTP/1.1 {status} Long\r\n"
                           f"Content-Length: {size}\r\n\r\n".encode())
        for _ in range(size // len(_CHUNK)):
            connection.sendall(_CHUNK)
    return Answer(status, speak=speak)


def garbage(data=b"\x00\xffSSH-2.0-not-http\r\n\r\n" * 20):
    """No HTTP at all."""
    return Answer(500, speak=lambda connection: connection.sendall(data))


def never():
    """Nothing, until the other side goes away."""
    def speak(connection):
        connection.settimeout(_NEVER)
        while connection.recv(65536):
            pass
    return Answer(500, speak=speak)
