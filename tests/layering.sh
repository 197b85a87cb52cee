#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Each layer includes only itself and the layers before it in this list, and
# wal/ knows neither agent/ nor a library that only agent/ may use.
cd "${srcdir:-.}" || exit 1

layers="wal agent/base agent/config agent/prometheus agent/spool agent/series
agent/http agent/auth
agent/meters agent/position agent/batch agent/intake agent/send agent/ship
agent/admin agent/doctor agent"
test=0

# Report a result: ok or not, and for what.
result() {
	test=$((test + 1))
	echo "$1 $test - $2"
	
}

# The headers of ours that the C files of a folder include, as folders.
included_by() {
	sed -n 's|^#include "\(.*\)/[^/]*"$|\1|p' "$1"/*.[ch] | sort -u
}

allowed=
for layer in $layers; do
	allowed="$allowed $layer"
	wrong=
	for folder in $(included_by "$layer"); do
		case " $allowed " in
		*" $folder "*) ;;
		*) wrong="$wrong $folder" ;;
		esac
	done
	if [ -z "$wrong" ]; then
		result ok "$layer includes nothing of a later layer"
	else
		echo "# $layer includes$wrong"
		result "not ok" "$layer includes nothing of a later layer"
	fi
done

# Whole folders are in the list, so that none escapes the test.
unlisted=
for folder in $(find wal agent -type d ! -name '.*'); do
	ls "$folder"/*.[ch] >/dev/null 2>&1 || continue
	case " $(echo $layers) " in
	*" $folder "*) ;;
	*) unlisted="$unlisted $folder" ;;
	esac
done
if [ -z "$unlisted" ]; then
	result ok "every folder of sources is a layer"
else
	echo "# not a layer:$unlisted"
	result "not ok" "every folder of sources is a layer"
fi

# The extension's handler is there before walship is, and takes nothing of it.
wrong=$(included_by packaging/azure/extension |
	grep -vx -e packaging/azure/extension -e agent/base)
if [ -z "$wrong" ]; then
	result ok "packaging/azure/extension includes only agent/base"
else
	echo "# packaging/azure/extension includes" $wrong
	result "not ok" "packaging/azure/extension includes only agent/base"
fi

if grep -nE '#include <(curl/|openssl/|yaml|jansson|microhttpd|ares|systemd/)|printf\(' \
    wal/*.[ch] | grep -vE 'v?snprintf\(|v?asprintf\(' | sed 's/^/# /' | grep .
then
	result "not ok" "wal knows no network and prints nothing"
else
	result ok "wal knows no network and prints nothing"
fi

echo "1..$test"
