# SPDX-License-Identifier: Apache-2.0
"""Who gives tokens to an Azure machine, and a workspace that demands them."""

import dataclasses
import json
import pathlib
import secrets
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler
from typing import Callable, Dict, List, Optional
from urllib.parse import parse_qs, urlsplit

from .answers import Answer
from .serving import Server

RESOURCE = "https://monitor.azure.com/"
TOKEN_PATH = "/metadata/identity/oauth2/token"
INSTANCE_PATH = "/metadata/instance/compute"
WRITE_PATH = ("/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef"
              "/streams/Microsoft-PrometheusMetrics/api/v1/write"
              "?api-version=2023-04-24")
BODY_MAX = 1_048_576
ARC_TOKENS = "/var/opt/azcmagent/tokens"


class Issuer:
    """Makes tokens, each good for ${life} seconds.

    secrets  all that nobody may see: tokens, and what they were had by
    """

    def __init__(self, life=3600):
        self.life = life
        self.issued: Dict[str, float] = {}  # By token: when it ends.
        self.secrets: List[str] = []
        self.lock = threading.Lock()

    def issue(self):
        token = "eyJ0eXAiOiJKV1QifQ." + secrets.token_urlsafe(400)
        with self.lock:
            self.issued[token] = time.time() + self.life
            self.secrets.append(token)
        return token

    def good(self, token):
        with self.lock:
            return self.issued.get(token, 0) > time.time()

    def revoke(self):
        """No token that was issued so far is good any more."""
        with self.lock:
            for token in self.issued:
                self.issued[token] = 0


def demanding(issuer, denied=lambda: None):
    """An answer() for a receiver that is an Azure Monitor workspace: 401
    without a good bearer of ${issuer}, 404 for another path or query, 413 for
    a body that is too large, and whatever Answer ${denied}() gives."""
    def answer(request):
        kind, _, token = request.headers.get("authorization", "").partition(
            " ")
        if kind != "Bearer" or not issuer.good(token):
            return Answer(401, body=b'{"error":{"code":"InvalidToken"}}')
        if request.path != WRITE_PATH:
            return Answer(404, body=b"no such rule")
        if request.size > BODY_MAX:
            return Answer(413, body=b"Maximum allowed content length: "
                                    b"1048576 bytes (1 MB).")
        return denied() or Answer()
    return answer


def write_url(receiver):
    """The ingestion URL of ${receiver}."""
    return receiver.url.replace("/api/v1/write", WRITE_PATH)


@dataclasses.dataclass
class Asked:
    """A request for a token."""

    path: str
    query: Dict[str, str]
    headers: Dict[str, str]  # Names in lower case.


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint = None

    def do_GET(self):
        parts = urlsplit(self.path)
        asked = Asked(parts.path,
                      {key: values[0] for key, values
                       in parse_qs(parts.query).items()},
                      {key.lower(): value for key, value
                       in self.headers.items()})
        answer = self.endpoint.handle(asked)
        try:
            if answer.speak:
                self.close_connection = True
                answer.speak(self.connection)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:  # The asker is gone.
            self.close_connection = True

    def log_message(self, *_):
        pass


def _say(status, error, description):
    return Answer(status, {"Content-Type": "application/json; charset=utf-8"},
                  json.dumps({"error": error,
                              "error_description": description}).encode())


class Endpoint:
    """What all such endpoints have: they serve on a port until close().

    answer      a function of an Asked that returns an Answer in place of the
                usual one, or None
    asked       all that was asked
    identities  ids of the user-assigned identities; with_own: it has one of
                its own too
    """

    api_versions = ()
    resource_id = "msi_res_id"

    def __init__(self, issuer, port=0, identities=(), with_own=True):
        self.issuer = issuer
        self.identities = list(identities)
        self.with_own = with_own
        self.answer: Callable[[Asked], Optional[Answer]] = lambda asked: None
        self.asked: List[Asked] = []
        self.server = Server(port, type("H", (_Handler,), {"endpoint": self}))
        self.port = self.server.port

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.server.stop()

    def handle(self, asked):
        self.asked.append(asked)
        return self.answer(asked) or self.judge(asked)

    def judge(self, asked):
        raise NotImplementedError

    def check(self, asked):
        """The Answer to what is wrong with ${asked}, or None."""
        if asked.query.get("api-version") not in self.api_versions:
            return _say(400, "invalid_request", "Unsupported api-version")
        if asked.query.get("resource") != RESOURCE:
            return _say(400, "invalid_resource", "AADSTS500011: no such "
                        "resource principal")
        return self._check_identity(asked)

    def named(self, asked):
        """The identity that ${asked} names, or None."""
        for key in ("client_id", "object_id", self.resource_id):
            if key in asked.query:
                return asked.query[key]
        return None

    def _check_identity(self, asked):
        named = self.named(asked)
        if named is None and not self.with_own and len(self.identities) > 1:
            return _say(400, "invalid_request", "Multiple user assigned "
                        "identities exist, please specify the clientId / "
                        "resourceId of the identity in the token request")
        if named not in self.identities if named else not (
                self.with_own or self.identities):
            return _say(400, "invalid_request", "Identity not found")
        return None

    def grant(self, **more):
        """A token, all values texts."""
        ends = int(time.time()) + int(self.issuer.life)
        return Answer(200, {"Content-Type": "application/json; "
                            "charset=utf-8"}, json.dumps({
                                "access_token": self.issuer.issue(),
                                "refresh_token": "",
                                "expires_in": str(int(self.issuer.life)),
                                "expires_on": str(ends),
                                "not_before": str(ends - 86400),
                                "resource": RESOURCE,
                                "token_type": "Bearer", **more}).encode())


class Imds(Endpoint):
    """The service of an Azure VM, of which it says ${compute}."""

    api_versions = ("2018-02-01",)
    compute = {"name": "vm-1", "vmId": "02aab8a4-74ef-476e-8182-f6d2ba4166a6",
               "resourceId": "/subscriptions/s/resourceGroups/g/providers/"
               "Microsoft.Compute/virtualMachines/vm-1",
               "vmScaleSetName": "", "location": "westeurope"}

    @property
    def env(self):
        """What leads a program here."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.base}

    def judge(self, asked):
        if asked.headers.get("metadata") != "true":
            return _say(400, "bad_request_102",
                        "Required metadata header not specified")
        if asked.path == INSTANCE_PATH:
            return Answer(200, {"Content-Type": "application/json"},
                          json.dumps(self.compute).encode())
        if asked.path != TOKEN_PATH:
            return Answer(404)
        return self.check(asked) or self.grant()


class AppService(Endpoint):
    """That of App Service and Container Apps."""

    api_versions = ("2019-08-01",)
    resource_id = "mi_res_id"

    def __init__(self, *args, **more):
        self.header = str(uuid.uuid4())
        super().__init__(*args, **more)
        self.issuer.secrets.append(self.header)

    @property
    def env(self):
        return {"IDENTITY_ENDPOINT": f"{self.base}/msi/token",
                "IDENTITY_HEADER": self.header}

    def judge(self, asked):
        if asked.headers.get("x-identity-header") != self.header:
            return Answer(401)
        if asked.path != "/msi/token":
            return Answer(404)
        return self.check(asked) or self.grant()


class Arc(Endpoint):
    """The agent of Azure Arc, which keeps its keys in ${directory}; what asks
    it sees that as ARC_TOKENS; ${openly}: everyone may read them.  ${echo}: it says whose a token is, as newer
    agents do; else it ignores who was named."""

    api_versions = ("2019-11-01", "2020-06-01")

    def __init__(self, issuer, directory, echo=True, **more):
        self.directory = pathlib.Path(directory)
        self.echo = echo
        self.openly = False
        self.keys: Dict[str, pathlib.Path] = {}  # By what is in them.
        super().__init__(issuer, **more)

    @property
    def env(self):
        return {"IDENTITY_ENDPOINT":
                f"http://localhost:{self.port}{TOKEN_PATH}",
                "IMDS_ENDPOINT": f"http://localhost:{self.port}"}

    def challenge(self):
        """A 401 that names a new key."""
        key, path = secrets.token_urlsafe(64), (
            self.directory / f"{uuid.uuid4()}.key")
        path.write_text(key)
        path.chmod(0o644 if self.openly else 0o640)
        self.keys[key] = path
        self.issuer.secrets.append(key)
        return self.realm(f"{ARC_TOKENS}/{path.name}")

    @staticmethod
    def realm(path):
        """A 401 that names ${path}."""
        return Answer(401, {"Www-Authenticate": f"Basic realm={path}"})

    def judge(self, asked):
        if asked.headers.get("metadata") != "true" or (
                asked.path != TOKEN_PATH):
            return Answer(404)
        kind, _, key = asked.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or key not in self.keys:
            return self.challenge()
        self.keys.pop(key).unlink()
        if not self.echo:
            return self.grant()
        named = self.named(asked)
        if named and named not in self.identities:
            return _say(404, "identity_not_found", "It is not assigned")
        return self.grant(**({"client_id": named} if named else {}))
