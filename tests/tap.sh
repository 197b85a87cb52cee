#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tap.sh PROGRAM [arguments]
#
# Run a test of cmocka's, and call what it skips skipped: cmocka 1.1.5, of
# Ubuntu 22.04 and RHEL 9, writes "not ok", which TAP takes for a failure.
exec 4>&1
status=$({
	{
		"$@" 3>&- 4>&-
		echo $? >&3
	} | sed 's/^not ok \(.*# SKIP\)/ok \1/' >&4
} 3>&1)
exit "$status"
