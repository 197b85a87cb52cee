# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154,SC2034
#
# Of walship-setup: where the data of the Prometheuses of this machine are.

# Where $2, a path of process $1, is for us: by what is mounted there and here,
# so that a container's volume is found as well.
path_here()
{
	awk -v path="$2" '
	function below(name, top) {
		return top == "/" || name == top || index(name, top "/") == 1
	}
	function rest(name, top) {
		return top == "/" ? name : substr(name, length(top) + 1)
	}
	FILENAME ~ /self/ && below(inside, $4) && $3 == device &&
	    length($4) >= most {
		most = length($4)
		found = ($5 == "/" ? "" : $5) rest(inside, $4)
	}
	FILENAME !~ /self/ && below(path, $5) && length($5) >= deepest {
		deepest = length($5)
		device = $3
		inside = ($4 == "/" ? "" : $4) rest(path, $5)
	}
	END { print found }
	' "/proc/$1/mountinfo" /proc/self/mountinfo
}

# The unit in which process $1 runs, or "-".
unit_of()
{
	unit=$(sed -n 's|.*/\([A-Za-z0-9:_.\\@-]*\.service\).*|\1|p' \
		"/proc/$1/cgroup" 2>/dev/null | head -n 1)
	echo "${unit:--}"
}

# The user as whom process $1 runs, by number.
uid_of()
{
	awk '/^Uid:/ { print $3 }' "/proc/$1/status" 2>/dev/null
}

# Whether root put the program of process $1 there, or runs it as the unit $2:
# who may change it could have made it himself.
is_roots()
{
	[ "$2" = - ] || [ "$(systemctl show -P MainPID "$2" 2>/dev/null)" != \
		"$1" ] || return 0
	said=$(stat -Lc '%u 0%a' "/proc/$1/exe" 2>/dev/null) || return 1
	[ "${said% *}" = 0 ] && [ $((${said#* } & 022)) -eq 0 ]
}

# Why process $1, of the user $2 and the unit $3, is not to be believed that it
# is a Prometheus with its data in $4, or nothing: anybody can call a program
# so, and open any file.
doubt()
{
	if [ -z "$4" ] || [ ! -d "$4/wal" ]; then
		echo 'no directory here is what it calls so'
	elif [ "$2" != 0 ] && [ "$(stat -Lc %u "$4/wal")" != "$2" ]; then
		echo "its wal/ belongs to $(stat -Lc %U "$4/wal")"
	elif ! is_roots "$1" "$3"; then
		echo "its program, $(readlink "/proc/$1/exe"), is not root's alone"
	fi
}

# Tell of process $1, that has the file $2 open, if it is to be believed.
tell_running()
{
	uid=$(uid_of "$1")
	unit=$(unit_of "$1")
	data=$(path_here "$1" "${2%/wal/*}")
	user_there=$(id -nu "$uid" 2>/dev/null || echo "$uid")
	why=$(doubt "$1" "$uid" "$unit" "$data")
	case $data in
	*[[:cntrl:]]*) why='blanks and the like are in its name' ;;
	esac
	if [ -z "$why" ]; then
		printf '%s\t%s\trunning\t%s\n' "$data" "$unit" "$user_there"
	else
		say "left out process $1 of the user $user_there, with data in
    $(printf '%s' "$data" | tr '[:cntrl:]' '?'): $why.  If it is meant, name it with --data-dir"
	fi
}

# Each Prometheus that runs has the newest segment of its log open.
find_running()
{
	for process in /proc/[0-9]*; do
		program=$(readlink "$process/exe" 2>/dev/null) || continue
		case ${program##*/} in
		prometheus*) ;;
		*) continue ;;
		esac
		open=$(find "$process/fd" -lname '*/wal/[0-9]*' -printf '%l\n' \
			2>/dev/null | head -n 1)
		[ -z "$open" ] || tell_running "${process#/proc/}" "$open"
	done
}

# The data directory that the unit $1 gives to the Prometheus it would start.
data_of_unit()
{
	words=$(systemctl show -p ExecStart -p Environment "$1"
		for file in $(systemctl show -p EnvironmentFiles --value "$1" |
			sed 's/ (ignore_errors=.*//'); do
			cat "$file" 2>/dev/null || :
		done)
	said=$(printf '%s\n' "$words" | sed -n \
		"s/.*--storage\.\(tsdb\|agent\)\.path[= ]\([^ \"';]*\).*/\2/p" |
		tail -n 1)
	case $said in
	/*) echo "${said%/}" ;;
	'') # Debian's is built to use this one.
		if [ -d /var/lib/prometheus/metrics2 ]; then
			echo /var/lib/prometheus/metrics2
		else
			echo "$(systemctl show -p WorkingDirectory --value "$1")/data"
		fi ;;
	*) echo "$(systemctl show -p WorkingDirectory --value "$1")/${said%/}" ;;
	esac
}

find_stopped()
{
	[ -d /run/systemd/system ] || return 0
	grep -lsE '^ExecStart=.*/prometheus([[:space:]\\]|$)' \
		/etc/systemd/system/*.service /usr/lib/systemd/system/*.service \
		/lib/systemd/system/*.service /usr/local/lib/systemd/system/*.service |
		sed 's|.*/||' | sort -u | while read -r one; do
		data=$(data_of_unit "$one")
		[ ! -d "$data/wal" ] || printf '%s\t%s\tstopped\t%s\n' "$data" \
			"$one" "$(stat -Lc %U "$data/wal")"
	done
}

# All of this machine, behind what tells their directories apart, whatever these
# are called; one that runs is not also one that is stopped.
find_apart()
{
	{ find_running; find_stopped; } | while read -r line; do
		printf '%s\t%s\n' "$(stat -Lc %d:%i "${line%%	*}")" "$line"
	done | awk -F '\t' '!seen[$1]++'
}

# The same for others to read.
find_all()
{
	find_apart | cut -f 2-
}

# Let data_dir be that of the one Prometheus there is, or of the chosen one.
choose_data_dir()
{
	found=$(find_all)
	if [ -z "$found" ]; then
		say 'no Prometheus with a write-ahead log is here, running or as a
    unit.  Start it first, or name the directory that holds its wal/ with
    --data-dir.'
		exit 4
	fi
	if [ "$(printf '%s\n' "$found" | wc -l)" -gt 1 ]; then
		say 'there are several Prometheuses here:'
		printf '%s\n' "$found" | sed 's/^/    /' >&2
		ask 'Whose data directory is it?' ''
		if [ -z "$answer" ]; then
			say 'choose one with --data-dir, and name it with --instance'
			exit 4
		fi
		data_dir=$answer
	else
		data_dir=${found%%	*}
		say "found $(printf '%s' "$found" | tr '\t' ' ')"
	fi
}

# The unit that runs on data_dir, or nothing.
prometheus_unit()
{
	find_apart 2>/dev/null | awk -F '\t' \
		-v data="$(stat -Lc %d:%i "$data_dir")" \
		'$1 == data && $3 != "-" { print $3; exit }'
}
