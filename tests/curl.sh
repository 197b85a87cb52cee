#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What is used of libcurl was in its version 7.76 already, the oldest that is
# built with, or stands behind a question for the version that first had it.
cd "${srcdir:-.}" || exit 1

# Symbols of libcurl in the files named, each with the version asked for
# around it, or else that of configure.ac; as "file:line symbol version".
used() {
	awk -v floor="$1" '
	FNR == 1 { depth = 0; guard[0] = floor }
	/^#[ \t]*if/ {
		guard[depth + 1] = guard[depth]
		depth++
		if (match($0, /LIBCURL_VERSION_NUM >= 0x[0-9a-fA-F]+/))
			guard[depth] = tolower(substr($0, RSTART + 25, 6))
	}
	/^#[ \t]*el/ { guard[depth] = guard[depth - 1] }
	/^#[ \t]*endif/ { depth-- }
	{
		rest = $0
		while (match(rest, /(^|[^A-Za-z0-9_])CURL[A-Z]*_[A-Za-z0-9_]+/)) {
			name = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			sub(/^[^A-Z]/, "", name)
			print FILENAME ":" FNR, name, guard[depth]
		}
	}' $2
}

# The lines of used() whose symbol came later than that version, or never.
too_new() {
	awk '
	function number(version, part) {
		split(version, part, ".")
		return sprintf("%02x%02x%02x", part[1], part[2], part[3])
	}
	FNR == NR {
		if ($1 !~ /^#/)
			since[$1] = number($2)
		next
	}
	!($2 in since) { print $1, $2, "is none of libcurl"; next }
	since[$2] > $3 { print $1, $2, "is of", since[$2] }
	' tests/data/curl/symbols -
}

floor=$(sed -n 's/.*libcurl >= \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' configure.ac)
floor=$(printf '%02x%02x00' $floor)
files=$(grep -l 'curl/curl\.h\|CURL' $(find agent -name '*.[ch]'))
found=$(used "$floor" "$files")
wrong=$(printf '%s\n' "$found" | too_new)

if [ "$(printf '%s\n' "$found" | wc -l)" -gt 50 ]; then
	echo "ok 1 - symbols of libcurl are found"
else
	echo "not ok 1 - symbols of libcurl are found"
fi
if [ -z "$wrong" ]; then
	echo "ok 2 - none is newer than the libcurl that is asked for"
else
	printf '%s\n' "$wrong" | sed 's/^/# /'
	echo "not ok 2 - none is newer than the libcurl that is asked for"
fi
echo "1..2"
