#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What every source file keeps to: the format of .clang-format, the licence
# line, and the sizes at which a file or a function has a second idea in it.
cd "${srcdir:-.}" || exit 1

sources=$(find wal agent packaging tests -name '*.[ch]' ! -name '*.pb-c.[ch]' | sort)
test=0

# Report a check: its name, and what stands against it, if anything.
report() {
	test=$((test + 1))
	if [ -z "$2" ]; then
		echo "ok $test - $1"
	else
		printf '%s\n' "$2" | sed 's/^/# /'
		echo "not ok $test - $1"
	fi
}

unformatted() {
	for file in $sources; do
		clang-format "$file" | cmp -s - "$file" || echo "$file"
	done
}

unlicensed() {
	for file in $sources; do
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: Apache' ||
		    echo "$file"
	done
}

# Files above 500 lines.
overlong() {
	for file in $sources; do
		[ "$(wc -l <"$file")" -le 500 ] || echo "$file"
	done
}

# Functions of the program above 70 lines.
oversized() {
	for file in $(find wal agent packaging -name '*.[ch]' ! -name '*.pb-c.[ch]'); do
		awk -v file="$file" '
			/^\{/ { start = NR }
			/^\}/ && start && NR - start > 70 {
				print file ":" start ": a body of " NR - start
			}
			/^\}/ { start = 0 }
		' "$file"
	done
}

# Reasons of drops that an alert sends people to the manual page for.
unexplained() {
	for reason in $(sed -n '/drop_reasons\[DROP_REASONS\]/,/^};/p' \
	    agent/meters/meters.c | grep -o '"[a-z0-9_]*"' | tr -d '"'); do
		grep -qE "^\.BR? .*\<$reason\>" packaging/man/walship.8 ||
		    echo "$reason"
	done
}

if command -v clang-format >/dev/null 2>&1; then
	report "sources are formatted by .clang-format" "$(unformatted)"
else
	test=$((test + 1))
	echo "ok $test - sources are formatted # SKIP clang-format is missing"
fi
report "each file begins with its licence" "$(unlicensed)"
report "no file has outgrown one idea" "$(overlong)"
report "nor has a function of the program" "$(oversized)"
report "no marks of unfinished work" \
    "$(grep -nE '\b(TODO|FIXME|XXX)\b' $sources)"
report "walship(8) says why samples are dropped" "$(unexplained)"

echo "1..$test"
