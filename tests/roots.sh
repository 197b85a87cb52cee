#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# roots.sh SUITE [options of mmdebstrap] [MIRROR]
#
# Make the roots of a suite of Debian or Ubuntu in which e2e/test_roots.py
# builds and installs the deb, unless they are there: one that holds only what
# building needs, and one that holds only apt.  Without a SUITE, that of this
# machine.  They lie in ${XDG_CACHE_HOME:-~/.cache}/walship/roots/SUITE.
set -eu

die()
{
	echo "roots.sh: $*" >&2
	exit 1
}

# The build dependencies that the deb names, by commas.
build_depends()
{
	sed -n '/^Build-Depends:/,/^[A-Z].*:/s/^ \([a-z0-9-]*\).*/\1/p' \
		"$here/../packaging/deb/control" |
		sed 's/^debhelper-compat$/debhelper/' | paste -sd ,
}

# Make the root $1 with the options after it, if it does not hold the same.
provide()
{
	root=$roots/$1
	shift
	set -- "$@" --customize-hook="$hosts"
	[ "$(cat "$root.holds" 2>/dev/null)" != "$*" ] || return 0
	rm -rf "$root" "$root.tmp" "$root.holds"
	mmdebstrap --quiet "$@" >"$root.log" 2>&1 || {
		sed 's/^/    /' "$root.log" >&2
		die "no root of $suite can be made here"
	}
	mv "$root.tmp" "$root"
	echo "$*" >"$root.holds"
}

# As on any machine; $1 is mmdebstrap's.
hosts='echo "127.0.0.1 localhost" >"$1/etc/hosts"'
here=$(cd "$(dirname "$0")" && pwd)
case ${1-} in
-*) die 'usage: tests/roots.sh SUITE [options of mmdebstrap] [MIRROR]' ;;
'') suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}") ;;
*) suite=$1
	shift ;;
esac
[ "$(id -u)" -eq 0 ] || die 'only root can make a root'
command -v mmdebstrap >/dev/null || die 'there is no mmdebstrap here'
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
roots=${XDG_CACHE_HOME:-$HOME/.cache}/walship/roots/$suite
mkdir -p "$roots"
provide build "$suite" "$roots/build.tmp" --variant=buildd \
	--include="$(build_depends)" "$@"
provide bare "$suite" "$roots/bare.tmp" --variant=apt "$@"
echo "$roots"
