# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for a test, and certificates of it."""

import pathlib
import ssl
import subprocess

_DAYS = "2"
_NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"
_SETTINGS = """[ca]
default_ca = one
[one]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def _openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True,
                   capture_output=True, timeout=60)


class Authority:
    """ca_file: its certificate.  ${name}: files in ${directory} are called
    after it."""

    def __init__(self, directory, name="ca"):
        self.directory = pathlib.Path(directory)
        self.ca_file = self.directory / f"{name}.pem"
        self.key = self.directory / f"{name}.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", _DAYS,
                 "-subj", f"/CN=walship test {name}", "-keyout", self.key,
                 "-out", self.ca_file)

    def issue(self, name, names=_NAMES, span=None):
        """Make a certificate; return the paths of (certificate, key).
        ${span}: (begin, end) of its time, as 20200101000000Z."""
        base = self.directory / name
        certificate, key = base.with_suffix(".pem"), base.with_suffix(".key")
        request = base.with_suffix(".csr")
        extensions = base.with_suffix(".ext")
        extensions.write_text(names + "\n")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", key, "-out", request)
        if span:
            self._sign_for(span, request, extensions, certificate)
        else:
            _openssl("x509", "-req", "-in", request, "-CA", self.ca_file,
                     "-CAkey", self.key, "-CAcreateserial", "-days", _DAYS,
                     "-extfile", extensions, "-out", certificate)
        return certificate, key

    def _sign_for(self, span, request, extensions, certificate):
        # Of the commands of OpenSSL 3.0, only "ca" can set a time that is
        # past, and only with a database.
        folder = request.with_suffix(".db")
        folder.mkdir()
        (folder / "index").touch()
        settings = folder / "settings"
        settings.write_text(_SETTINGS.format(folder=folder))
        _openssl("ca", "-batch", "-notext", "-config", settings, "-cert",
                 self.ca_file, "-keyfile", self.key, "-in", request,
                 "-extfile", extensions, "-startdate", span[0], "-enddate",
                 span[1], "-out", certificate)

    def server(self, name="server", clients=False):
        """The SSLContext of a server; ${clients}: they must show one of our
        certificates too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name))
        if clients:
            context.load_verify_locations(self.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context
