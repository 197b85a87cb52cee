# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154,SC2034
#
# Of walship-setup: where segments are held, by whom, and how.

same_filesystem()
{
	[ "$(stat -c %d "$1")" = "$(stat -c %d "$2")" ]
}

choose_spool()
{
	# A link that its owner can turn is no place for what root makes.
	beside=$(dirname "$(readlink -f "$data_dir")")
	sibling=${beside%/}/walship-spool.$(basename "$data_dir")
	[ -z "$spool_dir" ] || return 0
	if [ -n "$link" ]; then
		spool_dir=$sibling
	elif same_filesystem "$data_dir/wal" /var/lib ||
		! same_filesystem "$data_dir/wal" "$beside"; then
		spool_dir=/var/lib/walship-spool${instance:+/$instance}
	else
		spool_dir=$sibling
	fi
}

# The longest directory that holds both $1 and $2.
common_parent()
{
	parent=$1
	while case $2/ in "${parent%/}"/*) false ;; *) true ;; esac; do
		parent=$(dirname "$parent")
	done
	echo "$parent"
}

choose_link()
{
	if [ -z "$link$no_link" ] && [ -t 0 ] && agrees "Hold segments by hard \
links?  They outlive a full stop and a reboot, and cost
no copying.  But walship then runs as Prometheus's user, $owner, with leave to
write in the directory that holds its data: a fault in walship could harm them.
Otherwise it only reads, and holds them by open descriptors, which systemd keeps
over a crash and an upgrade; at a full stop what Prometheus deleted is copied."
	then
		link=yes
	fi
}

# Refuse what no link can be made for.
check_link()
{
	case $owner in
	root | nobody | UNKNOWN) die "the log belongs to the user $owner, as whom \
walship does not run: link mode
    needs a Prometheus with a user of its own" ;;
	esac
	same_filesystem "$data_dir/wal" "$(dirname "$spool_dir")" ||
		die "$data_dir/wal and $spool_dir are not on one filesystem, so no hard
    links can be made: use a --spool-dir beside the data, or go without --link"
	common=$(common_parent "$(readlink -f "$data_dir")" "$spool_dir")
	[ "$common" != / ] || die "$data_dir and $spool_dir have only / in common,
    which is too much to be written to: keep the data a directory deeper, or
    go without --link"
}

# Refuse $1 where it is not a path that units and configurations take as it is.
check_path()
{
	case $1 in
	/*) ;;
	*) die "$1: not an absolute path" ;;
	esac
	case $1 in
	*[!A-Za-z0-9/._@+=-]*) die "$1: blanks and the like have a meaning of their
    own in units: use a symbolic link, or another mount" ;;
	esac
}

check_data()
{
	check_path "$data_dir"
	[ -d "$data_dir/wal" ] || die "$data_dir holds no wal/: is it the directory
    that --storage.tsdb.path or --storage.agent.path names?"
	segment=$(newest_segment)
	[ -n "$segment" ] || die "$data_dir/wal holds no segment yet: start
    Prometheus first"
	owner=$(stat -c %U "$segment")
	group=$(stat -c %G "$data_dir/wal")
}

check_spool()
{
	check_path "$spool_dir"
	case $spool_dir/ in
	"$data_dir"/* | "$(readlink -f "$data_dir")"/*) die "$spool_dir is inside Prometheus's data directory" ;;
	esac
	[ -d "$(dirname "$spool_dir")" ] ||
		die "$(dirname "$spool_dir"), where the spool would be, is not there"
}

# A real link, made as the unit would make it: in its mounts, as its user.
try_link()
{
	[ -d /run/systemd/system ] || return 0
	trial=$spool_dir/.walship-setup
	systemd-run --quiet --wait --collect --pipe -p "User=$owner" \
		-p ProtectSystem=strict -p PrivateUsers=yes \
		-p "ReadWritePaths=$common" \
		sh -c 'ln "$1" "$2" && rm "$2"' sh "$segment" "$trial" \
		>&2 || die "no link can be made from $data_dir/wal to $spool_dir"
}

# Of what walship made itself, give to user $2 what is user $1's.  In the spool
# that is what has no other name: the others are Prometheus's files.
hand_over()
{
	[ "$1" != "$2" ] || return 0
	give "$state_dir" "$1" "$2" ! -type d
	give "$spool_dir" "$1" "$2" -type f -links 1
}

# Give the directory $1, and in it what $4... tells find, from user $2 to $3.
give()
(
	[ -d "$1" ] || return 0
	enter "$1"
	from=$2
	to=$3:$(id -gn "$3")
	shift 3
	find . -maxdepth 1 -user "$from" \( -path . -o "$@" \) \
		-exec chown -h "$to" {} +
)

# Make the spool, if it is not there: a directory of the user's alone.
make_spool()
{
	if [ ! -d "$spool_dir" ] ||
		{ [ -L "$spool_dir" ] && ! only_roots "$spool_dir"; }; then
		make_directory "$spool_dir" "$user" 0700
	fi
}

# What is held in the spool $1 goes to spool_dir, under the same names.
move_held()
(
	if [ "$1" = "$spool_dir" ] || [ ! -d "$1" ]; then
		return 0
	fi
	enter "$spool_dir"
	exec 3<.
	enter "$1"
	held=$(find . -maxdepth 1 -type f -name '[0-9]*-[0-9]*')
	[ -n "$held" ] || return 0
	same_filesystem . /proc/self/fd/3/. || die "$1 holds segments that are not
    shipped yet, and is on another filesystem than $spool_dir: start walship as
    it was until they are, or move them by hand"
	printf '%s\n' "$held" | xargs mv -t /proc/self/fd/3 --
)
