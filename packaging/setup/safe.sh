# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Of walship-setup: root at work in directories that belong to others, who may
# put a symbolic link wherever they may write, at any moment.

# Whether only root can change what the path $1 leads to.
only_roots()
{
	above=$1
	while [ "$above" != / ]; do
		above=$(dirname "$above")
		said=$(stat -Lc '%u 0%a' "$above") || return 1
		[ "${said% *}" = 0 ] && [ $((${said#* } & 022)) -eq 0 ] ||
			return 1
	done
}

# Go into the directory $1, from where no renaming leads out, and nowhere else.
enter()
{
	cd -P "$1" || die "$1 cannot be entered"
	[ "$(pwd -P)" = "$1" ] || only_roots "$1" || die "$1 leads to $(pwd -P),
    by a symbolic link that not only root could have made: name the directory
    that is meant"
}

# Run $2... in the directory $1 as its owner, who can do no more by it than
# without us: whatever the names in it have come to mean.
as_owner()
(
	enter "$1"
	shift
	owner_here=$(stat -c '%u %g' .)
	[ "$owner_here" = "${owner_here#0 }" ] || exec "$@"
	# Without our terminal, which that user could otherwise type into.
	said=$(setsid -w setpriv --reuid="${owner_here% *}" \
		--regid="${owner_here#* }" --clear-groups "$@" 2>&1 </dev/null) ||
		die "$said"
)

# Make the directory $1 with the mode $3, of the user $2 alone.
make_directory()
(
	enter "$(dirname "$1")"
	name=./$(basename "$1")
	[ -L "$name" ] || mkdir -m 0700 "$name" 2>/dev/null || :
	enter "$1"
	case $(stat -c %U .) in
	root | walship | "$2" | "${old_user:-walship}") ;;
	*) die "$1 belongs to $(stat -c %U .): move it away" ;;
	esac
	chown "$2:$(id -gn "$2")" .
	chmod "$3" .
)
