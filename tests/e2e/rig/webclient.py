# SPDX-License-Identifier: Apache-2.0
"""Who asks walship's own server over TLS, or with a password."""

import base64
import http.client
import socket
import ssl

# A user, and bcrypt's hashes of his password by what they cost to compare.
USER = ("alice", "correct horse")
HASHES = {
    4: "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    10: "$2b$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu",
}


def trusting(ca_file, pair=None, **limits):
    """An SSLContext of a client that believes ${ca_file}, and shows ${pair},
    a certificate and its key.  ${limits}: minimum_version and the like."""
    context = ssl.create_default_context(cafile=str(ca_file))
    if pair:
        context.load_cert_chain(*pair)
    for name, value in limits.items():
        setattr(context, name, value)
    return context


def ask(address, path="/-/healthy", context=None, user=None, method="GET",
        seconds=20, **headers):
    """(status, headers, text) of ${path}; (None, None, reason) without an
    answer.  ${user}: (name, password)."""
    kind = http.client.HTTPSConnection if context else \
        http.client.HTTPConnection
    more = {"context": context} if context else {}
    connection = kind(address, timeout=seconds, **more)
    if user:
        pair = base64.b64encode(":".join(user).encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return None, None, str(error)
    finally:
        connection.close()


def certificate_of(address, context):
    """The certificate that ${address} shows now, as DER."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 10) as plain, \
            context.wrap_socket(plain, server_hostname=host) as wrapped:
        return wrapped.getpeercert(binary_form=True)
