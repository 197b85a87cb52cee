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

# all SHELL: that what "completed" says is right.
all() {
	same "$1 completes the commands" "$(completed "")" \
	    "$(printf '%s\n' $commands | sort)"
	same "$1 completes the options" "$(completed -)" "$(named)"
	same "$1 completes a command" "$(completed check)" check-config
	for command in $commands; do
		same "$1 completes the options of $command" \
		    "$(completed "$command" -)" "$(named "$command")"
	done
	same "$1 completes a file" "$(completed run --config READ)" README.md
	same "$1 completes a file after options" \
	    "$(completed check-config READ)" README.md
	same "$1 completes a directory" "$(completed dump packag)" packaging
}

all bash
if command -v zsh >/dev/null; then
	said=$(mktemp)
	trap 'rm -f "$said"' EXIT
	completed() {
		: >"$said"
		zsh -f tests/completion.zsh "$walship $*" "$said"
	}
	all zsh
else
	report ok "zsh completes all that # SKIP there is no zsh"
fi
echo "1..$test"
