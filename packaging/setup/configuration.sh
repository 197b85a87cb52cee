# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154,SC2034
#
# Of walship-setup: the keys of walship's configuration that the unit depends on.

# What check-config says of the configuration, as far as the expression $1 of
# sed takes it out.
configured()
{
	[ ! -f "$config" ] || "$check" "$unit" "$config" 2>/dev/null |
		sed -n "s|$1|\\1|p"
}

configured_data_dir()
{
	configured '.*: good; what is in \(.*\)/wal goes to:$'
}

MARK='# From walship-setup, which takes this away with --undo.'

# Add the keys that the unit needs at the end of the configuration, as far as it
# does not have them; what it has otherwise is for its author to change.
put_keys()
{
	[ -f "$config" ] || return 0
	keys=
	want state_dir "$state_dir" /var/lib/walship \
		'^positions are kept in \(.*\), what is held in .*' \
		"state_dir: $state_dir"
	want spool "$spool_dir" /var/lib/walship-spool \
		'^positions are kept in .*, what is held in \(.*\)$' \
		"spool: {dir: $spool_dir}"
	cp -p "$config" "$config.new"
	without_keys >"$config.new"
	[ -z "$keys" ] ||
		printf '\n%s\n%s%s\n' "$MARK" "$keys" "$MARK" >>"$config.new"
	replace_config
}

# The configuration wants the line $5 if its key $1 is not to be found there and
# its default, $3, is not the value $2; $4 tells the value that it has.
want()
{
	if without_keys | grep -q "^$1:"; then
		value=$(configured "$4")
		[ -z "$value" ] || [ "$value" = "$2" ] ||
			say "$config says $value where the unit has $2: write
    $5"
	elif [ "$2" != "$3" ]; then
		keys="$keys$5
"
	fi
}

# The configuration without them.  After a mark that has lost its other one what
# follows is not known to be ours: only the mark goes.
without_keys()
{
	awk -v mark="$MARK" '
		$0 == mark {
			ours = !ours
			if (ours && lines[n] == "")
				n--
			held = 0
			next
		}
		ours { hold[++held] = $0; next }
		{ lines[++n] = $0 }
		END {
			for (i = 1; i <= n; i++)
				print lines[i]
			for (i = 1; ours && i <= held; i++)
				print hold[i]
		}' "$config"
}

# Take them out again.
take_keys()
{
	if [ -f "$config" ] && grep -qxF "$MARK" "$config"; then
		cp -p "$config" "$config.new"
		without_keys >"$config.new"
		replace_config
	fi
}

# Put what was written beside the configuration in its place, if it differs.
replace_config()
{
	if cmp -s "$config" "$config.new"; then
		rm "$config.new"
		return
	fi
	mv "$config.new" "$(readlink -f "$config")"
	say "changed what $config says of state_dir and spool"
}

# The keys, for a configuration that is yet to be written.
print_keys()
{
	printf 'prometheus:\n  data_dir: %s\n' "$data_dir"
	[ "$state_dir" = /var/lib/walship ] || echo "state_dir: $state_dir"
	[ "$spool_dir" = /var/lib/walship-spool ] ||
		echo "spool: {dir: $spool_dir}"
}
