#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh TARBALL DIRECTORY
#
# Build the deb of what "make dist" made into DIRECTORY, as
# dpkg-buildpackage does; its build dependencies are in control.
set -eu

if [ $# -ne 2 ]; then
	echo 'usage: packaging/deb/build.sh TARBALL DIRECTORY' >&2
	exit 2
fi
tarball=$(readlink -f "$1")
mkdir -p "$2"
cd "$2"
top=$(tar -tf "$tarball" | head -n 1)
rm -rf "${top%%/*}"
tar -xf "$tarball"
cd "${top%%/*}"
cp -r packaging/deb debian
rm debian/build.sh
cp packaging/systemd/walship.sysusers debian/walship.sysusers
cp packaging/systemd/walship.tmpfiles debian/walship.tmpfiles
dpkg-buildpackage --build=binary --no-sign
