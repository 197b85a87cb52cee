#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# release.sh TARBALL DIRECTORY
#
# Build of what "make dist" made all packages that can be built here, and beside
# them their bill of materials and checksums.
set -eu

if [ $# -ne 2 ]; then
	echo 'usage: packaging/release.sh TARBALL DIRECTORY' >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if command -v dpkg-buildpackage >/dev/null; then
	"$here/deb/build.sh" "$1" "$work/deb"
	# Ubuntu calls those of debug symbols ddeb.
	find "$work/deb" -maxdepth 1 -name '*.*deb' -exec mv -t "$2" {} +
fi
if command -v rpmbuild >/dev/null; then
	"$here/rpm/build.sh" "$1" "$work/rpm"
	find "$work/rpm" -maxdepth 1 -name '*.rpm' -exec mv -t "$2" {} +
fi
cp "$1" "$2"
python3 "$here/sbom.py" "$2"
cd "$2"
find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort |
	xargs sha256sum >SHA256SUMS
