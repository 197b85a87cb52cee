#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh [--publisher NAME] VERSION DIRECTORY FILE...
#
# Pack the Azure VM extension of VERSION, as a.b.c.d, into
# DIRECTORY/walship-extension-VERSION.zip.  The FILEs are handlers
# (packaging/azure/extension/static/walship-extension, one for each kind of
# machine) and walship's packages for them.  Packed twice, it is the same.
set -eu

usage()
{
	echo 'usage: packaging/azure/extension/build.sh' \
	    '[--publisher NAME] VERSION DIRECTORY FILE...' >&2
	exit 2
}

die()
{
	echo "build.sh: $*" >&2
	exit 1
}

# What uname -m says of the machines that the program $1 is for.
machine_of()
{
	case $(od -An -tx1 -j18 -N2 "$1" | tr -d ' ') in
	3e00) echo x86_64 ;;
	b700) echo aarch64 ;;
	*) die "$1 is no program for x86_64 or aarch64" ;;
	esac
}

publisher=Example.Walship
if [ "${1-}" = --publisher ]; then
	publisher=${2-}
	shift 2 || usage
fi
[ $# -ge 3 ] || usage
version=$1
echo "$version" | grep -Eqx '[0-9]+(\.[0-9]+){3}' ||
	die "$version is no version of four numbers"
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
zip=$(cd "$2" && pwd)/walship-extension-$version.zip
shift 2

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/bin" "$tree/packages"
cp "$here/HandlerManifest.json" "$tree"
cp "$here/shim.sh" "$tree/bin"
sed -e "s/@VERSION@/$version/" -e "s/@PUBLISHER@/$publisher/" \
    "$here/manifest.xml.in" >"$tree/manifest.xml"
for file; do
	case $file in
	*.deb | *.rpm) cp "$file" "$tree/packages" ;;
	*) machine=$(machine_of "$file")
		mkdir "$tree/bin/$machine"
		cp "$file" "$tree/bin/$machine/walship-extension" ;;
	esac
done
for machine in x86_64:amd64 aarch64:arm64; do
	set -- "$tree/packages/"*"${machine%:*}.rpm" \
	    "$tree/packages/"*"_${machine#*:}.deb"
	[ ! -f "$1" ] && [ ! -f "$2" ] ||
		[ -f "$tree/bin/${machine%:*}/walship-extension" ] ||
		die "there are packages for ${machine%:*}, and no handler"
done

find "$tree" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-315532800}" {} +
rm -f "$zip"
(cd "$tree" && find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$zip")
echo "$zip"
