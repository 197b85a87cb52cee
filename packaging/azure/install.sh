#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install.sh: put walship beside the Prometheus of this machine, for a custom
# script of a VM or a scale set, or by hand.  Run again it does what is left to
# be done, so it can be run at every boot.
set -u

usage()
{
	cat <<'END'
usage: install.sh --url URL [options]

Installs the package of walship, writes its configuration if there is none, fits
the unit to Prometheus, starts it, and has it examined.

  --url URL          where to send: a workspace's metrics ingestion URL
  --client-id ID     by this user-assigned identity
  --system-assigned  by the machine's own: the default for a workspace
  --data-dir DIR     Prometheus's data directory; found, if there is just one
  --instance NAME    of several: walship@NAME, with /etc/walship/NAME.yml
  --package FILE     the deb or rpm; by default the newest beside this script
  --package URL      or one to be fetched, which takes
  --sha256 HEX       what its SHA-256 must be
  --host-label NAME  the label that tells hosts apart, host by default
  --access HOW       how walship comes to read Prometheus's data: auto (the
                     default), group, acl or none: see walship-setup(8)
  --link             hold segments by links: see walship-setup(8)
  --force            write the configuration anew; one that is there is kept,
                     with .old behind its name
  --log FILE         by default /var/log/walship-install.log
  --help             this text

Exit status: 0 done; 2 usage; 3 this system, or not root; 4 no Prometheus,
several, or data that cannot be read; 5 the package: absent, not fetched, or
another than it should be; 6 the package manager; 7 the configuration; 8 the
unit does not start; 9 "walship doctor" finds a fault.  The last line says why.
END
}

say()
{
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*" >>"$log"
	echo "install.sh: $*"
}

# End with status $1 for the reason $2, of which the last line is shown.
fail()
{
	[ ! -f "$log" ] || echo "$2" >>"$log"
	say "failed ($1): $(printf '%s\n' "$2" | grep . | tail -n 1)"
	exit "$1"
}

# Run the command $*, keep what it says in said, and log it.
run()
{
	said=$("$@" 2>&1)
	status=$?
	printf '%s\n' "$said" >>"$log"
	return $status
}

# --- The package -------------------------------------------------------------

choose_manager()
{
	for manager in apt-get dnf tdnf zypper; do
		! command -v "$manager" >/dev/null || return 0
	done
	fail 3 'neither apt-get, dnf, tdnf nor zypper is here'
}

# The newest package beside this script.
package_beside()
{
	here=$(cd "$(dirname "$0")" && pwd)
	case $manager in
	apt-get) name="walship_*_$(dpkg --print-architecture).deb" ;;
	*) name="walship-[0-9]*.$(uname -m).rpm" ;;
	esac
	find "$here" -maxdepth 1 -type f -name "$name" | sort -V | tail -n 1
}

fetch()
{
	work=$(mktemp -d) || fail 5 'no directory for the package can be made'
	trap 'rm -rf "$work"' EXIT
	fetched=$work/$(basename "${package%%\?*}")
	if command -v curl >/dev/null; then
		run curl -fsSL --retry 5 --retry-connrefused --max-time 600 \
			-o "$fetched" "$package" ||
			fail 5 "the package cannot be fetched: $said"
	else
		run wget -q --tries=5 -O "$fetched" "$package" ||
			fail 5 "the package cannot be fetched: $said"
	fi
	package=$fetched
}

check_sum()
{
	is=$(sha256sum "$package" | cut -d ' ' -f 1)
	[ -z "$sha256" ] || [ "$is" = "$sha256" ] ||
		fail 5 "the package is not the one that was meant: its SHA-256 is $is"
}

# The package was chosen by who runs this, and is what --sha256 says: it needs no
# signature of its own, as some systems ask for.  tdnf can only leave out all,
# those of dependencies too.
manager_installs()
{
	case $manager in
	apt-get) run env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold \
		--allow-downgrades --no-install-recommends install "$package" ;;
	zypper) run env ZYPP_LOCK_TIMEOUT=300 zypper --non-interactive \
		install --allow-unsigned-rpm --oldpackage "$package" ;;
	tdnf) run tdnf -y --nogpgcheck install "$package" ;;
	*) run "$manager" -y --setopt=localpkg_gpgcheck=0 install "$package" ;;
	esac
}

# A machine that has just booted may have no package lists yet, one that was
# switched off in the middle an installation to be finished, or, where the
# package manager does not wait itself, another is at work.
manager_tries()
{
	manager_installs && return
	case $manager:$said in
	apt-get:*'dpkg was interrupted'*) run dpkg --force-confold --configure -a ;;
	apt-get:*) run apt-get -q -o DPkg::Lock::Timeout=300 update ;;
	*) sleep 30 ;;
	esac
	manager_installs
}

is_package()
{
	case $manager in
	apt-get) run dpkg-deb --info "$package" ;;
	*) run rpm -qp "$package" ;;
	esac
}

# What was installed last is noted, so that it is not fetched again: where root
# alone may write, since root does.
NOTE=/etc/walship/package.sha256

install_package()
{
	if command -v walship >/dev/null && [ -n "$sha256" ] &&
		[ "$(cat "$NOTE" 2>/dev/null)" = "$sha256" ]; then
		say 'the package is installed already'
		return
	fi
	case $package in
	http://* | https://*) fetch ;;
	'') package=$(package_beside) ;;
	esac
	[ -f "$package" ] || fail 5 "there is no package ${package:-beside this \
script, nor was one named with --package}"
	package=$(readlink -f "$package")
	check_sum
	is_package || fail 5 "$package is no package: $said"
	if command -v walship >/dev/null &&
		[ "$(cat "$NOTE" 2>/dev/null)" = "$is" ]; then
		say 'the package is installed already'
		return
	fi
	manager_tries || fail 6 "$manager does not install the package: $said"
	echo "$is" >"$NOTE"
	say "installed $(walship --version)"
}

# --- The unit and the configuration ------------------------------------------

fit_unit()
{
	set -- walship-setup
	[ -z "$force" ] || set -- "$@" --keys
	[ -z "$link" ] || set -- "$@" --link
	[ -z "$access" ] || set -- "$@" --access "$access"
	[ -z "$instance" ] || set -- "$@" --instance "$instance"
	[ -z "$data_dir" ] || set -- "$@" --data-dir "$data_dir"
	keys=$("$@" 2>"$log.setup" </dev/null)
	status=$?
	said=$(cat "$log.setup")
	cat "$log.setup" >>"$log"
	rm -f "$log.setup"
	[ $status -eq 0 ] || fail 4 "$(printf '%s' "$said" | tr -s ' \n' ' ')"
}

# In YAML's quotes.
quoted()
{
	printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"
}

# What the entry is called in logs and metrics: by its host, which is none of
# the secrets that a URL may have.
entry_name()
{
	case $url in
	https://*.metrics.ingest.monitor.azure.*) echo azure ;;
	*) printf '%s' "$url" | sed 's|^[^:]*://||; s|[/?].*||; s|.*@||
		s|:[0-9]*$||' ;;
	esac
}

# Whether the configuration that is there has the word $1.
says()
{
	word=$1 awk '
		BEGIN { word = tolower(ENVIRON["word"]) }
		!/^[ \t]*#/ && (at = index(tolower($0), word)) &&
		    match(substr($0, at + length(word)), /^($|[\047" \t},])/) {
			found = 1
		}
		END { exit !found }' "$config"
}

# The options that the configuration which stays does not go by.
differing()
{
	says "$url" || printf %s ' --url'
	[ -z "$client_id" ] || says "$client_id" || printf %s ' --client-id'
}

configuration()
{
	echo '# Written by install.sh, which leaves it alone from now on.'
	echo "$keys"
	echo "external_labels: {$host_label: '\${HOSTNAME}'}"
	echo 'remote_write:'
	echo "  - name: $(quoted "$(entry_name)")"
	echo "    url: $(quoted "$url")"
	if [ -n "$client_id" ]; then
		echo "    azuread: {managed_identity: {client_id: $client_id}}"
	elif [ -n "$system_assigned" ]; then
		echo '    azuread: {managed_identity: {}}'
	fi
}

# Of the package: with the environment that the unit has.
CHECK=/usr/share/walship/check-config

# That it is due is noted before, for a run that is killed between the two; in
# /run, since a boot starts the unit anew.
put_configuration()
{
	if [ -f "$config" ]; then
		ln -f "$config" "$config.old" ||
			fail 7 "$config cannot be kept as $config.old"
	fi
	{ echo >"$due" && mv "$config.new" "$config"; } ||
		fail 7 "$config cannot be written"
}

write_configuration()
{
	if [ ! -f "$config" ] || [ -n "$force" ]; then
		text=$(configuration)
		{
			(umask 077 && printf '%s\n' "$text" >"$config.new") &&
				chgrp walship "$config.new" &&
				chmod 0640 "$config.new"
		} || fail 7 "$config.new cannot be written"
		run "$CHECK" "$unit" "$config.new" || {
			rm -f "$config.new"
			fail 7 "$said"
		}
		if cmp -s "$config" "$config.new"; then
			rm -f "$config.new"
		else
			put_configuration
			say "wrote $config"
		fi
	else
		say "$config is there already, and stays as it is"
		run "$CHECK" "$unit" "$config" || fail 7 "$said"
		differs=$(differing)
	fi
}

start_unit()
{
	run systemctl enable "$unit" || fail 8 "$said"
	if systemctl is-active --quiet "$unit"; then
		[ ! -f "$due" ] || run systemctl restart "$unit" || not_started
	else
		systemctl reset-failed "$unit" 2>/dev/null
		run systemctl start "$unit" || not_started
	fi
	systemctl is-active --quiet "$unit" || not_started
	rm -f "$due"
}

not_started()
{
	fail 8 "$unit does not start: $(journalctl -q --no-pager -o cat -n 1 \
		-t walship -u "$unit" 2>/dev/null)"
}

examine()
{
	run walship doctor -c "$config" && return
	[ $status -eq 1 ] || fail 9 "$said"
	fail 9 "$(printf '%s\n' "$said" | grep '^fail' | head -n 1)"
}

# --- The command line --------------------------------------------------------

url=
client_id=
system_assigned=
data_dir=
instance=
package=
sha256=
host_label=host
access=
link=
force=
differs=
log=/var/log/walship-install.log

wrong()
{
	echo "install.sh: failed (2): $*"
	exit 2
}

# Of option $1, that it has the value $2.
needs()
{
	[ -n "$2" ] || wrong "$1 takes a value"
}

while [ $# -gt 0 ]; do
	case $1 in
	--url | --client-id | --data-dir | --instance | --package | --sha256 | \
	--host-label | --access | --log)
		needs "$1" "${2-}"
		case $1 in
		--url) url=$2 ;;
		--client-id) client_id=$2 ;;
		--data-dir) data_dir=$2 ;;
		--instance) instance=$2 ;;
		--package) package=$2 ;;
		--sha256) sha256=$(printf '%s' "$2" | tr A-F a-f) ;;
		--host-label) host_label=$2 ;;
		--access) access=$2 ;;
		--log) log=$2 ;;
		esac
		shift ;;
	--system-assigned) system_assigned=yes ;;
	--link) link=yes ;;
	--force) force=yes ;;
	-h | --help) usage; exit 0 ;;
	*) wrong "no such option: $1; see --help" ;;
	esac
	shift
done
case $url in
http://*[!\ ] | https://*[!\ ]) ;;
'') wrong '--url is missing' ;;
*) wrong '--url: begins with https:// or http://' ;;
esac
case $url in
*[![:graph:]]*) wrong '--url: no blanks' ;;
esac
case $client_id$sha256 in
*[!0-9a-fA-F-]*) wrong '--client-id and --sha256: hexadecimal digits' ;;
esac
case $instance in
*[!A-Za-z0-9._-]* | .*) wrong '--instance: letters, digits, . _ and -' ;;
esac
case $access in
'' | auto | group | acl | none) ;;
*) wrong '--access: auto, group, acl or none' ;;
esac
[ -z "$access" ] || [ -z "$link" ] ||
	wrong 'either --access or --link, which reads as Prometheus itself'
case $host_label in
[0-9]* | *[!A-Za-z0-9_]*) wrong '--host-label: a name of a label' ;;
esac
case $package in
http://* | https://*) [ -n "$sha256" ] || wrong '--package URL takes --sha256' ;;
esac
[ -z "$client_id" ] || [ -z "$system_assigned" ] ||
	wrong 'either --client-id or --system-assigned'
case $url in
https://*.metrics.ingest.monitor.azure.*)
	[ -n "$client_id" ] || system_assigned=yes ;;
esac

if [ "$(id -u)" -ne 0 ]; then
	echo "install.sh: failed (3): only root may do that"
	exit 3
fi
if ! touch "$log"; then
	echo "install.sh: failed (3): $log cannot be written"
	exit 3
fi
[ -d /run/systemd/system ] || fail 3 'systemd does not run here'
exec 9>>"$log"
flock -w 900 9 || fail 3 'another install.sh is at work'
config=/etc/walship/${instance:-walship}.yml
unit=walship${instance:+@$instance}.service
due=/run/walship-install.$unit
choose_manager
install_package
fit_unit
write_configuration
start_unit
examine
say "done: $unit ships to what $config says${differs:+, which is not what \
these say:$differs; --force writes it anew}"
