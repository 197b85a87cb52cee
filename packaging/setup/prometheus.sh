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
	unit=$(sed -n 's|.*/\([^/]*\.service\).*|\1|p' "/proc/$1/cgroup" \
		2>/dev/null | head -n 1)
	echo "${unit:--}"
}

# Each Prometheus that runs has the newest segment of its log open.
find_running()
{
	for process in /proc/[0-9]*; do
		pid=${process#/proc/}
		case $(cat "$process/comm" 2>/dev/null) in
		prometheus*) ;;
		*) continue ;;
		esac
		open=$(find "$process/fd" -lname '*/wal/[0-9]*' -printf '%l\n' \
			2>/dev/null | head -n 1)
		[ -z "$open" ] || printf '%s\t%s\trunning\n' \
			"$(path_here "$pid" "${open%/wal/*}")" "$(unit_of "$pid")"
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
		[ ! -d "$data/wal" ] || printf '%s\t%s\tstopped\n' "$data" "$one"
	done
}

# All of this machine; one that runs is not also one that is stopped.
find_all()
{
	{ find_running; find_stopped; } | awk -F '\t' '!seen[$1]++'
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
	fi
}

# The unit that runs on data_dir, or nothing.
prometheus_unit()
{
	find_all | awk -F '\t' -v data="$data_dir" '$1 == data && $2 != "-" \
		{ print $2; exit }'
}
