#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Give each fuzzer each file of its corpus: one test a fuzzer.  Works with
# those of libFuzzer and with those that only replay.
corpus=${srcdir:-.}/tests/fuzz/corpus
test=0
for fuzzer in tests/fuzz/*_fuzz; do
	name=${fuzzer##*/}
	name=${name%_fuzz}
	test=$((test + 1))
	if "$fuzzer" "$corpus/$name"/* >replay.out 2>&1; then
		echo "ok $test - $name survives its corpus"
	else
		sed 's/^/# /' replay.out
		echo "not ok $test - $name survives its corpus"
	fi
done
rm -f replay.out
echo "1..$test"
