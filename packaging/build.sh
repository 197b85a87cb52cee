#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh DIRECTORY [options of configure]
#
# Build walship out of tree, so that DIRECTORY/walship is there.  What was
# built before with the same options is used again.  What the compiler says
# goes to DIRECTORY/build.log, which is shown when something fails.
set -eu

if [ $# -eq 0 ] || [ "$1" = --help ]; then
	echo 'usage: packaging/build.sh DIRECTORY [options of configure]' >&2
	exit 2
fi
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
shift

# A tree that was configured in place refuses to be built elsewhere, and its
# objects would be mistaken for new ones: it is copied without them.
copy_source()
{
	rm -rf "$build/source"
	mkdir "$build/source"
	(cd "$top" && tar -cf - --exclude=./.git --exclude='./build-*' \
		--exclude=./config.status --exclude=./config.h \
		--exclude=./Makefile --exclude=./stamp-h1 --exclude='*.o' \
		--exclude='*.a' --exclude='*.pb-c.[ch]' --exclude=.deps \
		--exclude=.dirstamp --exclude=./walship .) |
		(cd "$build/source" && tar -xf -)
	# The auxiliary files fell under build-*.
	rm -f "$build/source/configure"
}

# These are called where "set -e" has no effect, so each step asks the last.
configure()
{
	[ -x "$source/configure" ] || (cd "$source" && autoreconf -fi) ||
		return 1
	if [ ! -f "$build/config.status" ] ||
		[ "$(cat "$build/options" 2>/dev/null)" != "$*" ]; then
		(cd "$build" && "$source/configure" "$@") || return 1
		echo "$*" >"$build/options"
	fi
}

prepare_and_make()
{
	configure "$@" && make -C "$build" -j2 all
}

source=$top
if [ -f "$top/config.status" ]; then
	copy_source
	source=$build/source
fi
if ! prepare_and_make "$@" >"$build/build.log" 2>&1; then
	tail -n 40 "$build/build.log" >&2
	echo "build.sh: cannot build; all of it is in $build/build.log" >&2
	exit 1
fi
[ -x "$build/walship" ]
