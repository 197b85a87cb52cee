# SPDX-License-Identifier: Apache-2.0
"""A server of OAuth 2.0 that gives out tokens to one client, and a receiver
that wants them."""

import base64
import json
import threading
import time
import uuid
from urllib.parse import parse_qs, unquote

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .answers import Answer
from .serving import Handler, Server

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def make_key():
    """(key, its PEM)"""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key, key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class _Asked:
    def __init__(self, headers):
        self.headers = {name.lower(): value for name, value in headers}
        self.time = None


class TokenServer:
    """Gives tokens of ${life} seconds to ${client}, for its ${secret}, shown
    in the header unless ${in_form}, or for what its ${key} has signed.
    answer: instead of all that, if it is not None.  forms: what was posted."""

    def __init__(self, client, secret=None, key=None, in_form=False, life=60,
                 tls=None):
        self.client, self.secret, self.key = client, secret, key
        self.in_form, self.life = in_form, life
        self.answer = None
        self.forms = []
        self.tokens = set()
        self._jtis = set()
        self._lock = threading.Lock()
        outer = self

        class Clerk(Handler):
            receiver = outer

            def make_request(self, size):
                return _Asked(self.headers.items())

        self._server = Server(0, Clerk, tls)
        self.url = (f"http{'s' if tls else ''}://127.0.0.1:"
                    f"{self._server.port}/token")

    def interrupt(self, _request):
        return None

    def connected(self, _connection, _there):
        pass

    def handle(self, request, body):
        form = {name: values[0] for name, values in
                parse_qs(body.decode(), keep_blank_values=True).items()}
        with self._lock:
            self.forms.append(form)
            if self.answer is not None:
                return self.answer
            if not self._knows(request, form):
                return Answer(401, {"Content-Type": "application/json"},
                              body=b'{"error":"invalid_client"}')
            token = f"t0ken-that-nobody-may-see-{uuid.uuid4()}"
            self.tokens.add(token)
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(
            {"access_token": token, "token_type": "Bearer",
             "expires_in": self.life}).encode())

    def _knows(self, request, form):
        if self.key is not None:
            return (form["grant_type"] == JWT_BEARER and
                    self._verifies(form["assertion"]))
        if form["grant_type"] != "client_credentials":
            return False
        if self.in_form:
            return (form.get("client_id"), form.get("client_secret")) == (
                self.client, self.secret)
        scheme, _, pair = request.headers.get(
            "authorization", "").partition(" ")
        shown = base64.b64decode(pair).decode().partition(":")
        return scheme == "Basic" and (unquote(shown[0]), unquote(shown[2])) \
            == (self.client, self.secret)

    def _verifies(self, assertion):
        head, claims, signature = assertion.split(".")
        self.key.public_key().verify(
            _decode(signature), f"{head}.{claims}".encode(),
            padding.PKCS1v15(), hashes.SHA256())
        said = json.loads(_decode(claims))
        fresh = said["jti"] not in self._jtis
        self._jtis.add(said["jti"])
        return (fresh and json.loads(_decode(head))["alg"] == "RS256" and
                (said["iss"], said["sub"]) == (self.client, self.client) and
                said["aud"] == self.url and
                said["iat"] <= time.time() + 60 < said["exp"])

    def demand(self, receiver):
        """Have ${receiver} answer 401 to requests without a token."""
        def answer(request):
            scheme, _, token = request.headers.get(
                "authorization", "").partition(" ")
            if scheme == "Bearer" and token in self.tokens:
                return Answer()
            return Answer(401, body=b"who are you?")
        receiver.answer = answer

    def revoke(self):
        """Have no token be good any more."""
        with self._lock:
            self.tokens.clear()

    def close(self):
        self._server.stop()
