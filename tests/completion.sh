#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Shells complete every command and option that walship --help and the help of
# each command name.
walship=${WALSHIP_BIN:-$PWD/walship}
cd "${srcdir:-.}" || exit 1

# What bash makes of the words given, of which the last is being typed.
completed() {
	bash -c '
		. packaging/completion/walship
		program=$1
		shift
		COMP_WORDS=(walship "$@")
		COMP_CWORD=$#
		before=${COMP_WORDS[COMP_CWORD - 1]}
		_walship "$program" "${COMP_WORDS[COMP_CWORD]}" "$before"
		printf "%s\n" "${COMPREPLY[@]}"
	' bash "$walship" "$@" | sort
}

# The options that the help of a command names: of its use, and in its list.
named() {
	"$walship" "$@" --help |
	    sed -n '/^Usage/p; s/^  \(-[^ ]*\( -[^ ]*\)*\) .*/ \1/p' |
	    grep -oE -- '(^|[^a-z-])--?[a-zA-Z][a-z-]*' |
	    grep -oE -- '--?[a-zA-Z][a-z-]*$' | sort -u
}

test=0
report() {
	test=$((test + 1))
	echo "$1 $test - $2"
}

# Report whether two texts are the same.
same() {
	if [ -n "$2" ] && [ "$2" = "$3" ]; then
		report ok "$1"
	else
		printf 'has:\n%s\nshould have:\n%s\n' "$2" "$3" | sed 's/^/# /'
		report "not ok" "$1"
	fi
}

commands=$("$walship" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
same "bash completes the commands" "$(completed "")" \
    "$(printf '%s\n' $commands | sort)"
same "bash completes the options" "$(completed -)" "$(named)"
same "bash completes a command" "$(completed check)" check-config
for command in $commands; do
	same "bash completes the options of $command" \
	    "$(completed "$command" -)" "$(named "$command")"
done
same "bash completes a file" "$(completed run --config READ)" README.md
same "bash completes a file after options" \
    "$(completed check-config READ)" README.md
same "bash completes a directory" "$(completed dump packag)" packaging

if command -v zsh >/dev/null; then
	zsh -n packaging/completion/_walship && ok=ok || ok="not ok"
	report "$ok" "zsh can read what is for it"
else
	report ok "zsh can read what is for it # SKIP there is no zsh"
fi
echo "1..$test"
