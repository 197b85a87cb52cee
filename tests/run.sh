#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [--full] [options of pytest]
#
# Install what is missing, build with sanitizers into build-check/, and run
# all tests.  The last line is "N passed, N failed, N skipped"; the status is
# 0 if something passed and nothing failed.
set -u

usage()
{
	cat <<'END'
usage: tests/run.sh [--full] [options of pytest]

Sets up everything that is missing (packages need root or sudo), builds with
ASan and UBSan into build-check/, and runs: make check, the end-to-end tests,
make distcheck.

  --full   also the long tests: a soak of ten minutes, quickstart.sh
  -k WORD  (of pytest) only the end-to-end tests whose names hold WORD
  -n 0     (of pytest-xdist) one test after the other

PROMETHEUS_BIN names another Prometheus to read from, and
WALSHIP_TEST_PATIENCE=2 doubles every deadline on a slow machine.
END
}

case ${1-} in
-h | --help) usage; exit 0 ;;
esac

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build-check
patience=1500 # Seconds for a step of make: nothing hangs for ever.
workers_max=8 # Of pytest.
passed=0
failed=0
skipped=0

finish()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}

# Count a failure that no test reports, and say it.
fail()
{
	failed=$((failed + 1))
	echo "FAIL: $*"
}

# Add the counts $1 $2 $3.
add()
{
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

# How many lines of the results of make check match $1.
results()
{
	find "$build" -path "$build/walship-*" -prune -o -name '*.trs' \
		-exec cat {} + | grep -cE "^:test-result: ($1)"
}

unit()
{
	echo '== make check'
	find "$build" -name '*.trs' -delete
	timeout $patience make -C "$build" -j2 -k check >"$build/check.log" 2>&1
	status=$?
	bad=$(results 'FAIL|ERROR|XPASS')
	find "$build" -name '*.trs' -exec sed -n \
		's/^:test-result: \(SKIP.*\)/\1/p' {} +
	add "$(results 'PASS|XFAIL')" "$bad" "$(results SKIP)"
	if [ "$bad" -gt 0 ]; then
		grep -hE '^(not ok|ERROR|FAIL)' "$build/check.log"
	elif [ "$status" -ne 0 ]; then
		tail -n 30 "$build/check.log"
		fail "make check; all of it is in $build/check.log"
	fi
}

# Print "passed failed skipped" of the report of pytest.
count_junit()
{
	"$python" - "$build/e2e.xml" <<'END'
import sys
import xml.etree.ElementTree
total = [0, 0, 0]
for suite in xml.etree.ElementTree.parse(sys.argv[1]).iter("testsuite"):
    number = {key: int(suite.get(key, 0))
              for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    total[0] += max(0, number["tests"] - failed - number["skipped"])
    total[1] += failed
    total[2] += number["skipped"]
print(*total)
END
}

# The options with which pytest runs tests side by side, if it can: they
# mostly wait.
side_by_side()
{
	if "$python" -c 'import xdist' 2>/dev/null; then
		workers=$(($(nproc) * 2))
		[ "$workers" -lt $workers_max ] || workers=$workers_max
		echo "-n $workers --dist loadgroup"
	else
		echo 'no pytest-xdist here: one test after the other' >&2
	fi
}

end_to_end()
{
	echo '== end to end'
	rm -f "$build/e2e.xml"
	# shellcheck disable=SC2046 # Four words or none.
	(cd "$top/tests/e2e" && WALSHIP_BIN="$build/walship" "$python" -B \
		-m pytest $(side_by_side) --junitxml="$build/e2e.xml" "$@")
	# shellcheck disable=SC2046 # Three words.
	if counts=$(count_junit); then
		add $counts
	else
		fail 'pytest left no report'
	fi
}

distcheck()
{
	echo '== make distcheck'
	if timeout $patience make -C "$build" distcheck >"$build/distcheck.log" 2>&1; then
		add 1 0 0
	else
		tail -n 30 "$build/distcheck.log"
		fail "make distcheck; all of it is in $build/distcheck.log"
	fi
}

# Warnings are errors with the compiler for which their absence is promised.
werror()
{
	case $(gcc -dumpversion 2>/dev/null) in
	12 | 12.*) echo --enable-werror ;;
	esac
}

find_python()
{
	for python in /usr/bin/python3 python3; do
		if "$python" -c 'import pytest, google.protobuf' 2>/dev/null
		then
			return 0
		fi
	done
	return 1
}

echo '== set-up'
"$top/packaging/deps.sh" || { fail 'packaging/deps.sh'; finish; }
find_python || { fail 'no python3 with pytest and google.protobuf'; finish; }
# shellcheck disable=SC2046 # One word or none.
"$top/packaging/build.sh" "$build" --enable-sanitizers $(werror) \
	CFLAGS='-O1 -g' || { fail 'the build'; finish; }
unit
end_to_end "$@"
distcheck
finish
