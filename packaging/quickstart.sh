#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# quickstart.sh [--seconds N]
#
# Install what is missing, build, and watch walship ship every sample that a
# real Prometheus writes to a real receiver.  Ctrl-C ends it.
set -eu

usage()
{
	cat <<'END'
usage: packaging/quickstart.sh [--seconds N]

Sets up everything that is missing (packages need root or sudo), builds
walship into build-quickstart/, and runs, in a temporary directory and on free
ports: a Prometheus without remote_write, walship reading its write-ahead log,
and a second Prometheus that receives.  Shows what is written and received,
and compares the two bit for bit.

  --seconds N   end by itself after N seconds (at least 10): exit status 0 if
                every sample arrived, else 1.  Without it, Ctrl-C ends it.
END
}

seconds=0
while [ $# -gt 0 ]; do
	case $1 in
	--seconds)
		seconds=${2-}
		[ $# -gt 1 ] && shift ;;
	--seconds=*) seconds=${1#*=} ;;
	-h | --help) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
	case $seconds in
	'' | *[!0-9]*) usage >&2; exit 2 ;;
	esac
	if [ "$seconds" -lt 10 ]; then
		usage >&2
		exit 2
	fi
done

top=$(cd "$(dirname "$0")/.." && pwd)
echo 'quickstart: set-up and build (quick the second time)'
"$top/packaging/deps.sh" --quickstart
"$top/packaging/build.sh" "$top/build-quickstart"

# The distribution's Python has the modules; another on PATH may have not.
for python in /usr/bin/python3 python3; do
	if "$python" -c 'import google.protobuf' 2>/dev/null; then
		export WALSHIP_BIN="$top/build-quickstart/walship"
		exec "$python" -B "$top/packaging/quickstart.py" "$seconds"
	fi
done
echo 'quickstart: no python3 that has google.protobuf' >&2
exit 1
