# SPDX-License-Identifier: Apache-2.0
#
# completion.zsh LINE FILE: print what zsh completes the command LINE with, as
# one that sits at a terminal would; what it says on the way is in FILE.
zmodload zsh/zpty
zpty shell 'PS1= exec zsh -f -i'
zpty -w shell "fpath=($PWD/packaging/completion \$fpath)
autoload -Uz compinit
compinit -u -D
said=${(q)2}
_say() {
	compadd() {
		local -a matches
		builtin compadd -A matches \"\$@\"
		(( \$#matches == 0 )) || print -rl -- \"=\"\$^matches >>|\$said
	}
	_main_complete
	print -r -- end >>|\$said
	unfunction compadd
}
zle -C say complete-word _say
bindkey '^I' say
print -r -- ready >|\$said"

# Wait for the line $1 in the file $2.
await() {
	integer tries=600

	until grep -qsx -- $1 $2 || (( --tries == 0 )); do
		sleep 0.1
	done
}

await ready $2
zpty -w -n shell $1$'\t'
await end $2
zpty -d shell
sed -n 's/^=//p' $2 | sort -u
