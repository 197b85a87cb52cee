#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Run the handler that was built for this machine.
bin=${0%/*}
machine=$(uname -m)
if [ ! -f "$bin/$machine/walship-extension" ]; then
	echo "walship has no package for a $machine machine:" \
	    "x86_64 and aarch64 are supported" >&2
	exit 51
fi
exec "$bin/$machine/walship-extension" "$@"
