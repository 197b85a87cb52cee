#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh TARBALL DIRECTORY [options of rpmbuild]
#
# Build the rpm of what "make dist" made into DIRECTORY.  Its build
# dependencies are in walship.spec; on a system of debs, which does not know
# them by these names, they are not asked for.
set -eu

if [ $# -lt 2 ]; then
	echo 'usage: packaging/rpm/build.sh TARBALL DIRECTORY [options]' >&2
	exit 2
fi
tarball=$(readlink -f "$1")
mkdir -p "$2"
directory=$(readlink -f "$2")
shift 2
top=$directory/rpmbuild
mkdir -p "$top/SOURCES"
cp "$tarball" "$top/SOURCES"
tar -xOf "$tarball" --wildcards '*/packaging/rpm/walship.spec' \
	>"$top/walship.spec"
if command -v dpkg >/dev/null; then
	set -- --nodeps "$@"
fi
rpmbuild -bb -D "_topdir $top" "$@" "$top/walship.spec"
find "$top/RPMS" -name '*.rpm' -exec mv -t "$directory" {} +
