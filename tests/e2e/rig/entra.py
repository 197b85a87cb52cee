# SPDX-License-Identifier: Apache-2.0
"""Microsoft Entra's token endpoint, version 2.0, as exacting as the real one,
and what applications show to it: secrets, certificates, federated tokens."""

import base64
import dataclasses
import datetime
import json
import time
import uuid
from typing import Callable, Dict, List, Optional
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from .answers import Answer
from .serving import Handler, Server

SCOPE = "https://monitor.azure.com//.default"
EXCHANGE = "api://AzureADTokenExchange"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW = 300          # Seconds by which clocks may differ.
LIFE_MAX = 86400    # Of an assertion.
_TEXT = "application/json; charset=utf-8"


def _key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Identity:
    """A key and its certificate, in whatever files hold them; in force for
    ${days} from now, or, if that is below 0, since then and no longer."""

    def __init__(self, name="app", days=2):
        now = datetime.datetime.utcnow()
        begin, end = sorted([now + datetime.timedelta(days=days),
                             now - datetime.timedelta(minutes=1)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = _key()
        self.certificate = (
            x509.CertificateBuilder().subject_name(subject)
            .issuer_name(subject).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin).not_valid_after(end)
            .sign(self.key, hashes.SHA256()))

    def thumbprint(self):
        return _encode(self.certificate.fingerprint(hashes.SHA256()))

    def der(self):
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def certificate_pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password=None):
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password.encode())
            if password else serialization.NoEncryption())

    def pem(self):
        return self.key_pem() + self.certificate_pem()

    def pfx(self, password=None):
        return pkcs12.serialize_key_and_certificates(
            b"app", self.key, self.certificate, None,
            serialization.BestAvailableEncryption(password.encode())
            if password else serialization.NoEncryption())


class Cluster:
    """Who gives workloads the tokens that Entra takes in exchange."""

    issuer = "https://cluster.example/"

    def __init__(self):
        self.key = _key()

    def token(self, subject, audience=EXCHANGE, life=3600):
        now = int(time.time())
        parts = [{"alg": "RS256", "typ": "JWT"},
                 {"iss": self.issuer, "sub": subject, "aud": [audience],
                  "iat": now, "nbf": now, "exp": now + life,
                  "jti": str(uuid.uuid4())}]
        signed = ".".join(_encode(json.dumps(one).encode())
                          for one in parts)
        return signed + "." + _encode(self.key.sign(
            signed.encode(), padding.PKCS1v15(), hashes.SHA256()))


@dataclasses.dataclass
class Application:
    """What Entra knows of one."""

    # Values of secrets, and when they end.
    secrets: Dict[str, float] = dataclasses.field(default_factory=dict)
    identities: List[Identity] = dataclasses.field(default_factory=list)
    # (Cluster, subject) of federated credentials.
    federated: list = dataclasses.field(default_factory=list)
    by_issuer: bool = False  # Its certificates must be shown as a chain.


class Refused(Exception):
    """AADSTS and a number, with the status and the word of OAuth."""

    def __init__(self, code, status=401, error="invalid_client", text=""):
        super().__init__(code)
        self.code, self.status, self.error, self.text = (
            code, status, error, text)

    def answer(self):
        return Answer(self.status, {"Content-Type": _TEXT}, json.dumps({
            "error": self.error,
            "error_description": f"AADSTS{self.code}: {self.text} Trace ID: "
                                 f"{uuid.uuid4()}",
            "error_codes": [self.code],
            "timestamp": time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
            "trace_id": str(uuid.uuid4()),
            "correlation_id": str(uuid.uuid4())}).encode())


class Entra:
    """Serves until close(); by TLS if ${tls}, an SSLContext, is given.

    base          where it is, for those who ask; ${base}: by another name
    tenant        the one that there is
    applications  by client_id
    answer        a function of a form that returns an Answer in place of the
                  usual one, or None
    forms         all that was posted, in order
    """

    def __init__(self, issuer, tenant, tls=None, base=None):
        self.issuer = issuer
        self.tenant = tenant
        self.applications: Dict[str, Application] = {}
        self.answer: Callable[[dict], Optional[Answer]] = lambda form: None
        self.forms: List[dict] = []
        self._shown = set()  # The jti of each assertion.
        reporter = type("Reporter", (Handler,), {
            "receiver": self, "make_request": _make_request})
        self.server = Server(0, reporter, tls)
        scheme = "https" if tls else "http"
        self.base = base or f"{scheme}://127.0.0.1:{self.server.port}"

    @property
    def url(self):
        return f"{self.base}/{self.tenant}/oauth2/v2.0/token"

    def close(self):
        self.server.stop()

    # What the Handler calls.

    def connected(self, connection, there):
        pass

    def interrupt(self, request):
        return None

    def handle(self, request, body):
        form = {name: values[0] for name, values in parse_qs(
            body.decode(), keep_blank_values=True).items()}
        self.forms.append(form)
        try:
            return self.answer(form) or self._judge(request, form)
        except Refused as refused:
            return refused.answer()

    # How it judges.

    def _judge(self, request, form):
        path = request.path.strip("/").split("/")
        if path[1:] != ["oauth2", "v2.0", "token"]:
            return Answer(404, body=b"<html>no such page</html>")
        if path[0] != self.tenant:
            raise Refused(90002, 400, "invalid_request",
                          f"Tenant '{path[0]}' not found.")
        if request.headers.get("content-type") != (
                "application/x-www-form-urlencoded"):
            raise Refused(900144, 400, "invalid_request", "No body.")
        if form.get("grant_type") != "client_credentials":
            raise Refused(70003, 400, "unsupported_grant_type")
        if form.get("scope") != SCOPE:
            raise Refused(1002012, 400, "invalid_scope")
        self._prove(self._application(form), form)
        life = int(self.issuer.life)
        return Answer(200, {"Content-Type": _TEXT}, json.dumps({
            "token_type": "Bearer", "expires_in": life,
            "ext_expires_in": life,
            "access_token": self.issuer.issue()}).encode())

    def _application(self, form):
        client = form.get("client_id", "")
        if client not in self.applications:
            raise Refused(700016, 400, "unauthorized_client",
                          f"Application '{client}' was not found.")
        return self.applications[client]

    def _prove(self, application, form):
        """Refuse what does not prove to be ${application}."""
        if "client_secret" in form:
            end = application.secrets.get(form["client_secret"])
            if end is None:
                raise Refused(7000215, text="Invalid client secret.")
            if end < time.time():
                raise Refused(7000222, text="The client secret is expired.")
        elif form.get("client_assertion_type") != JWT_BEARER:
            raise Refused(7000218)
        else:
            self._check_assertion(application, form)

    def _check_assertion(self, application, form):
        try:
            text = form["client_assertion"]
            signed, _, signature = text.rpartition(".")
            header, claims = (json.loads(_decode(one))
                              for one in signed.split("."))
            signature = _decode(signature)
        except (KeyError, ValueError) as error:
            raise Refused(50027, text="No JWT.") from error
        if header.get("alg") == "PS256":
            self._check_own(application, header, claims, form)
            self._check_signature(application, header, signed, signature)
        elif header.get("alg") == "RS256":
            self._check_federated(application, claims, signed, signature)
        else:
            raise Refused(50027, text="Unknown alg.")

    @staticmethod
    def _check_times(claims):
        now = time.time()
        if not (claims["nbf"] - SKEW <= now < claims["exp"] + SKEW
                and claims["exp"] - claims["nbf"] <= LIFE_MAX):
            raise Refused(700024, text="Not within its valid time range.")

    def _check_own(self, application, header, claims, form):
        if header.get("typ") != "JWT":
            raise Refused(50027, text="typ")
        self._check_times(claims)
        if claims["aud"] != self.url:
            raise Refused(700023, text="aud")
        if claims["iss"] != form["client_id"] or (
                claims["sub"] != form["client_id"]):
            raise Refused(700021, text="iss, sub")
        if claims["jti"] in self._shown:
            raise Refused(50027, text="jti came before.")
        self._shown.add(str(uuid.UUID(claims["jti"])))
        if application.by_issuer and "x5c" not in header:
            raise Refused(700027, text="No x5c.")

    @staticmethod
    def _check_signature(application, header, signed, signature):
        for one in application.identities:
            if header.get("x5t#S256") != one.thumbprint():
                continue
            if "x5c" in header and (
                    base64.b64decode(header["x5c"][0]) != one.der()):
                break
            try:
                one.key.public_key().verify(
                    signature, signed.encode(),
                    padding.PSS(padding.MGF1(hashes.SHA256()), 32),
                    hashes.SHA256())
            except InvalidSignature:
                break
            return
        raise Refused(700027, text="Failed signature validation.")

    def _check_federated(self, application, claims, signed, signature):
        self._check_times(claims)
        for cluster, subject in application.federated:
            if claims["iss"] != cluster.issuer:
                continue
            if claims["sub"] != subject:
                raise Refused(700213, text="subject")
            if claims["aud"] not in (EXCHANGE, [EXCHANGE]):
                raise Refused(700212, text="audience")
            try:
                cluster.key.public_key().verify(
                    signature, signed.encode(), padding.PKCS1v15(),
                    hashes.SHA256())
            except InvalidSignature as error:
                raise Refused(5000819) from error
            return
        raise Refused(700211, text="No matching federated identity record.")


@dataclasses.dataclass
class _Request:
    path: str
    headers: Dict[str, str]
    time: float = 0.0


def _make_request(handler, size):
    return _Request(handler.path, {
        name.lower(): value for name, value in handler.headers.items()})
