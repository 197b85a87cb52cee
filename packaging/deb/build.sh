#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh TARBALL DIRECTORY [options of dpkg-buildpackage]
#
# Build the deb of what "make dist" made into DIRECTORY, as
# dpkg-buildpackage does; its build dependencies are in control.  With
# --host-arch=arm64 it is for such machines.
set -eu

if [ $# -lt 2 ]; then
	echo 'usage: packaging/deb/build.sh TARBALL DIRECTORY [options]' >&2
	exit 2
fi
tarball=$(readlink -f "$1")
mkdir -p "$2"
cd "$2"
shift 2
top=$(tar -tf "$tarball" | head -n 1)
rm -rf "${top%%/*}"
tar -xf "$tarball"
cd "${top%%/*}"
cp -r packaging/deb debian
rm debian/build.sh
cp packaging/systemd/walship.sysusers debian/walship.sysusers
cp packaging/systemd/walship.tmpfiles debian/walship.tmpfiles
dpkg-buildpackage --build=binary --no-sign "$@"
