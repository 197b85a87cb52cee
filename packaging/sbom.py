# SPDX-License-Identifier: Apache-2.0
"""sbom.py DIRECTORY

Write DIRECTORY/walship.spdx.json, a bill of materials in SPDX 2.3, of the debs
and rpms there: each package, what it is made of, and the libraries that it
asks the system for.  From the same packages come the same bytes.
"""

import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import sys

# By the sonames that the program is linked with; those of the C library and
# of the compiler are the system's.
LIBRARIES = {
    "libcares": ("c-ares", "MIT"),
    "libcrypt": ("libxcrypt", "LGPL-2.1-or-later"),
    "libcrypto": ("OpenSSL", "Apache-2.0"),
    "libcurl": ("libcurl", "curl"),
    "libgnutls": ("GnuTLS", "LGPL-2.1-or-later"),
    "libjansson": ("jansson", "MIT"),
    "libmicrohttpd": ("libmicrohttpd", "LGPL-2.1-or-later"),
    "libpcre2-8": ("PCRE2", "BSD-3-Clause"),
    "libprotobuf-c": ("protobuf-c", "BSD-2-Clause"),
    "libsnappy": ("snappy", "BSD-3-Clause"),
    "libsystemd": ("libsystemd", "LGPL-2.1-or-later"),
    "libyaml-0": ("libyaml", "MIT"),
    "libzstd": ("zstd", "BSD-3-Clause"),
}


def said(*words):
    return subprocess.run([str(word) for word in words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def describe(path):
    """Name, version and what it depends on, of the package ${path}."""
    if path.suffix == ".deb":
        name, version, depends = said(
            "dpkg-deb", "--show", "--showformat",
            "${Package}\n${Version}\n${Depends}", path).split("\n")[:3]
        return name, version, [one.strip() for one in depends.split(",")
                               if one.strip()]
    lines = said("rpm", "-qp", "--nosignature", "--queryformat",
                 "%{NAME}\n%{VERSION}-%{RELEASE}\n[%{REQUIRES}\n]",
                 path).splitlines()
    return lines[0], lines[1], sorted(
        {one for one in lines[2:] if ".so." in one and "(GLIBC" not in one})


def library_of(need):
    """The library whose package or soname ${need} is, or None."""
    need = need.replace("libc-ares", "libcares")  # As Debian's package.
    for stem, library in LIBRARIES.items():
        plain = stem.removesuffix("-0")
        if re.match(re.escape(plain) + r"[-.\d]", need + ".") or \
                (plain == "libcrypto" and need.startswith("libssl")):
            return library
    return None


def packages_of(paths):
    made, libraries, relations = [], {}, []
    for path in paths:
        name, version, needs = describe(path)
        identity = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", path.name)
        made.append({
            "SPDXID": identity, "name": name, "versionInfo": version,
            "packageFileName": path.name, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0",
            "copyrightText": "2026 The walship developers",
            "checksums": [{"algorithm": "SHA256",
                           "checksumValue": digest(path)}]})
        relations.append(("SPDXRef-DOCUMENT", "DESCRIBES", identity))
        for library, licence in sorted(
                {one for one in map(library_of, needs) if one}):
            ref = "SPDXRef-library-" + library
            libraries[ref] = {
                "SPDXID": ref, "name": library,
                "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                "licenseConcluded": licence, "licenseDeclared": licence,
                "copyrightText": "NOASSERTION",
                "comment": "The distribution's own; not in the package."}
            relations.append((identity, "DYNAMIC_LINK", ref))
    return made + [libraries[ref] for ref in sorted(libraries)], relations


def main():
    directory = pathlib.Path(sys.argv[1])
    paths = sorted(path for path in directory.iterdir()
                   if path.suffix in (".deb", ".rpm")
                   and not re.search("debug|dbgsym", path.name))
    packages, relations = packages_of(paths)
    changelog = pathlib.Path(__file__).parent / "deb" / "changelog"
    when = re.search(r"^ -- .*>  (.*)$", changelog.read_text(), re.M)[1]
    when = datetime.datetime.strptime(when, "%a, %d %b %Y %H:%M:%S %z")
    whole = hashlib.sha256(json.dumps(packages).encode()).hexdigest()
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT", "name": "walship",
        "documentNamespace": "https://walship.example/spdx/" + whole,
        "creationInfo": {"created": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: walship packaging/sbom.py"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": one, "relationshipType": kind,
             "relatedSpdxElement": other} for one, kind, other in relations]}
    (directory / "walship.spdx.json").write_text(
        json.dumps(document, indent=1) + "\n")


main()
