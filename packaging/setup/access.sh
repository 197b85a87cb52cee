# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154,SC2034
#
# Of walship-setup: who may read Prometheus's log.

newest_segment()
{
	find "$data_dir/wal" -maxdepth 1 -type f -name '[0-9]*' | sort | tail -n 1
}

# Whether the user walship, with the groups $1, reads the log.
reads()
{
	setpriv --reuid=walship --regid=walship "$1" sh -c '
		cd "$1/wal" && ls >/dev/null && for file in . ./* ./*/*; do
			[ ! -e "$file" ] || [ -r "$file" ] || exit 1
		done' sh "$data_dir" >/dev/null 2>&1
}

choose_access()
{
	if [ "$access" = acl ] && reads --clear-groups; then
		keep_lists
	fi
	if [ "$access" = auto ]; then
		if reads --clear-groups; then
			access=none
			keep_lists
		elif reads "--groups=$group"; then
			access=group
		elif agrees "Only an access control list lets the user walship read \
$data_dir/wal.
It adds an entry for that user to the directory and all in it, now and later:
owners stay, and ls shows a + and the group's column as r-x.  Do that?"; then
			access=acl
		else
			die "the user walship cannot read $data_dir/wal, nor could the
    group $group.  --access acl gives that user an entry in its access control
    lists, which changes nothing for others; --link runs as Prometheus's user."
		fi
	fi
	if [ "$access" = group ] && ! reads "--groups=$group"; then
		die "the group $group may not read $data_dir/wal either: use --access acl"
	fi
	if [ "$access" = acl ] && ! command -v setfacl >/dev/null; then
		die 'there is no setfacl: install the package acl'
	fi
}

# It may be the lists from before that let it read: they stay.
keep_lists()
{
	if [ "$old_data" = "$data_dir" ] && [ -f "$dropin" ] &&
		grep -q '^# acl' "$dropin"; then
		access=kept
		notes=$(grep '^# acl' "$dropin")
		notes="$notes
"
	fi
}

# Note that the lists of $2 are added to, whether it had some, and, where $1 is
# acl-tree, all in it: before it is done, so that a kill leaves nothing behind.
note_lists()
{
	plain=plain
	[ -z "$(getfacl -sp $3 "$2" 2>/dev/null)" ] || plain=mixed
	notes="$notes# $1 $plain $2
"
	[ -z "$dry" ] || return 0
	mkdir -p "${dropin%/*}"
	printf '%s' "$notes" >"$dropin.new"
}

# Give the user walship $2 of the directory $1.
grant()
{
	note_lists acl "$1" ''
	[ -n "$dry" ] || as_owner "$1" setfacl -m "u:walship:$2" . || give_up
}

# What was given so far is in no drop-in yet.
give_up()
{
	take_grants_back
	die "access control lists do not let the user walship read
    $data_dir/wal; what was added to them is taken back"
}

grant_all()
{
	real=$(readlink -f "$data_dir")
	parent=$real
	while parent=$(dirname "$parent") && [ "$parent" != / ]; do
		setpriv --reuid=walship --regid=walship --clear-groups \
			test -x "$parent" || grant "$parent" x
	done
	grant "$real" rx
	note_lists acl-tree "$real/wal" -R
	[ -n "$dry" ] || as_owner "$real/wal" setfacl -R -m \
		u:walship:rX,d:u:walship:rX . || give_up
	[ -n "$dry" ] || reads --clear-groups || give_up
}

# Whether the lists of $1, and with -R of all in it, name others: they stay.
for_others()
{
	getfacl $2 -cp "$1" | grep -E '^(default:)?(user|group):[^:]' |
		grep -qv 'user:walship:'
}

# Take back what was granted for a drop-in that was never put in place, but for
# what the one that is there needs.
take_grants_back()
{
	[ -f "$dropin.new" ] || return 0
	if [ -f "$dropin" ]; then
		grep -vxFf "$dropin" "$dropin.new" | revoke
	else
		revoke <"$dropin.new"
	fi
	rm "$dropin.new"
	rmdir "${dropin%/*}" 2>/dev/null || :
}

# Take back the notes "acl..." of the drop-in.
revoke_all()
{
	revoke <"$dropin"
}

# The same of what is on standard input.
revoke()
{
	sed -n 's/^# \(acl[a-z-]*\) \([a-z]*\) \(.*\)/\1 \2 \3/p' |
		while read -r what plain path; do
			[ -e "$path" ] || continue
			deep=
			[ "$what" = acl ] || deep=-R
			! for_others "$path" "$deep" || plain=mixed
			if [ "$plain" = plain ]; then
				set -- -b
			else
				set -- -x u:walship,d:u:walship
			fi
			as_owner "$path" setfacl $deep "$@" . ||
				say "$path keeps its entry for the user walship;
    if that is what was meant, this takes it back:
    setfacl $deep -x u:walship,d:u:walship $(readlink -f "$path")"
		done
}
