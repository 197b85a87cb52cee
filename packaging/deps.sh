#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# deps.sh [--build-only | --quickstart]
#
# Install what walship needs to be built and tested, with apt, dnf or tdnf.
# Asks nothing, does nothing that is done already, and starts no service:
# Prometheus and VictoriaMetrics are not installed, their packages are only
# unpacked into ${XDG_CACHE_HOME:-~/.cache}/walship.
set -eu

usage()
{
	cat <<'END'
usage: packaging/deps.sh [--build-only | --quickstart]

  --build-only   only what ./configure and make need
  --quickstart   that, and what packaging/quickstart.sh needs
  (neither)      that, and what tests/run.sh needs

Packages are installed as root, or by sudo if it asks for no password.
PROMETHEUS_BIN and VICTORIA_METRICS_BIN name programs to be used instead of
the distribution's packages; so does PATH.
END
}

say()
{
	echo "deps.sh: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

what=all
case ${1-} in
--build-only) what=build ;;
--quickstart) what=quickstart ;;
-h | --help) usage; exit 0 ;;
'') ;;
*) usage >&2; exit 2 ;;
esac

# What there is, by package manager: to build, for quickstart.sh, to test, and
# what makes tests better but is not needed; and what a machine to test on has.
names_apt()
{
	build='autoconf automake pkg-config gcc libc6-dev make
		libcurl4-openssl-dev libssl-dev libsnappy-dev
		libprotobuf-c-dev protobuf-c-compiler libyaml-dev
		libsystemd-dev libpcre2-dev libjansson-dev
		libmicrohttpd-dev libgnutls28-dev libcrypt-dev libc-ares-dev
		libzstd-dev'
	quickstart='python3 python3-protobuf ca-certificates'
	test='libcmocka-dev python3-pytest python3-cryptography zstd curl
		procps util-linux xz-utils debhelper dpkg-dev lintian
		mmdebstrap systemd-container rpm elfutils rpmlint shellcheck strace zip'
	# Ubuntu has no package of a browser, only snaps.
	grep -qx 'ID=ubuntu' /etc/os-release ||
		test="$test chromium chromium-driver python3-selenium"
	extra='clang clang-format libclang-rt-14-dev python3-pytest-xdist
		python3-h2 zsh'
	machine=systemd,systemd-sysv,dbus,ca-certificates,procps,curl,acl,rpm
	machine=$machine,prometheus
	newer='trixie forky'
}

names_dnf()
{
	build='autoconf automake pkgconf-pkg-config gcc make diffutils
		libcurl-devel openssl-devel snappy-devel protobuf-c-devel
		protobuf-c-compiler libyaml-devel systemd-devel pcre2-devel
		jansson-devel libmicrohttpd-devel gnutls-devel libxcrypt-devel
		c-ares-devel libzstd-devel'
	quickstart='python3 python3-protobuf snappy cpio'
	test='libcmocka-devel python3-pytest python3-cryptography libasan
		libubsan zstd procps-ng util-linux tar xz strace zip'
	extra='clang clang-tools-extra compiler-rt python3-pytest-xdist
		python3-h2 zsh'
}

names_tdnf()
{
	build='autoconf automake pkgconf gcc glibc-devel kernel-headers
		binutils make diffutils gawk curl-devel openssl-devel
		snappy-devel protobuf-c protobuf-c-devel libyaml-devel
		systemd-devel pcre2-devel jansson-devel libmicrohttpd-devel
		gnutls-devel libxcrypt-devel c-ares-devel zstd-devel'
	quickstart='python3 python3-protobuf snappy cpio'
	test='libcmocka-devel python3-pytest python3-cryptography zstd
		procps-ng util-linux tar xz strace zip'
	extra='clang clang-tools-extra compiler-rt python3-pytest-xdist
		python3-h2 zsh'
}

# Whether package $1 is there.
has()
{
	case $manager in
	apt) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
		grep -qx installed ;;
	*) rpm -q --quiet --whatprovides "$1" 2>/dev/null ;;
	esac
}

# Those of the packages $* that are not there.
lacking()
{
	for package; do
		has "$package" || printf ' %s' "$package"
	done
}

# Run $* as root.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

can_be_root()
{
	[ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# The repository with the -devel packages of RHEL 9 and its relatives is off
# by default; it is used for this one command only.
dnf_repo()
{
	for repo in crb "codeready-builder-for-rhel-9-$(uname -m)-rpms"; do
		if dnf -q repolist --all 2>/dev/null | grep -q "^$repo "; then
			echo "--enablerepo=$repo"
			return
		fi
	done
}

install_all()
{
	case $manager in
	apt) as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install \
		--no-install-recommends "$@" </dev/null >/dev/null ;;
	dnf) as_root dnf -q -y $(dnf_repo) install "$@" </dev/null ;;
	tdnf) as_root tdnf -q -y install "$@" </dev/null ;;
	esac
}

# Install the packages $*, all at once, or, if that cannot be done, each that
# can be.
install_most()
{
	install_all "$@" && return
	for package; do
		install_all "$package" || say "$package could not be installed"
	done
}

refresh()
{
	if [ "$manager" = apt ]; then
		as_root apt-get -qq -o DPkg::Lock::Timeout=120 update \
			</dev/null || say 'apt-get update failed, continuing'
	fi
}

packages()
{
	need=$build
	case $what in
	quickstart) need="$need $quickstart" ;;
	all) need="$need $quickstart $test" ;;
	esac
	missing=$(lacking $need)
	[ "$what" = all ] && wish=$(lacking $extra) || wish=
	if [ -z "$missing$wish" ]; then
		return
	fi
	if ! can_be_root; then
		[ -z "$missing" ] && return
		die "these packages are missing:$missing
    Install them as root, or run this script as root, or let sudo work
    without a password: sudo packaging/deps.sh"
	fi
	refresh
	if [ -n "$missing" ]; then
		say "installing$missing"
		install_most $missing >&2
	fi
	for package in $wish; do
		install_all "$package" >/dev/null 2>&1 ||
			say "no $package here: some checks will be skipped, or slow"
	done
	missing=$(lacking $missing)
	if [ -n "$missing" ]; then
		explain_missing
	fi
}

explain_missing()
{
	say "still missing:$missing"
	case $manager in
	apt) say 'see above what apt said; walship is built on Debian 12 and' \
		'later, and Ubuntu 22.04 and later (with "universe")' ;;
	dnf) say 'on RHEL 9 the CodeReady Builder repository must be usable' \
		'and, for some, EPEL: https://docs.fedoraproject.org/epel' ;;
	tdnf) say 'walship is built on Azure Linux 3' ;;
	esac
	exit 1
}

# apt-get $*, as whoever this is.
apt()
{
	sandbox=
	[ "$(id -u)" -ne 0 ] || sandbox='-o APT::Sandbox::User=root'
	apt-get -qq $sandbox "$@"
}

# Download the packages $* into the current directory, not installing them.
download()
{
	case $manager in
	apt) apt download "$@" ;;
	dnf) dnf -q download "$@" ;;
	tdnf) as_root tdnf -q -y install --downloadonly --nodeps \
		--downloaddir "$PWD" "$@" ;;
	esac
}

# The same on a machine that has no package lists yet.
download_somehow()
{
	download "$@" || { can_be_root && refresh && download "$@"; }
}

# The same from the suite $1 of the mirror that this Debian is installed from,
# with lists in the current directory: what the machine knows stays as it is.
download_of_suite()
{
	mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 'Component: main' |
		sed -n "s/^$(codename) //p" | head -n 1)
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "deb [signed-by=$keys] $mirror $1 main" >list
	shift
	mkdir -p state/lists/partial archives/partial
	cat >apt.conf <<-END
		Dir::Etc::SourceList "$PWD/list";
		Dir::Etc::SourceParts "-";
		Dir::State "$PWD/state";
		Dir::Cache "$PWD";
	END
	export APT_CONFIG="$PWD/apt.conf"
	apt update && apt download "$@"
}

# Unpack the packages in the current directory into root/.
unpack()
{
	mkdir root
	case $manager in
	apt) for deb in ./*.deb; do dpkg -x "$deb" root; done ;;
	*) rpm2cpio ./*.rpm | (cd root && cpio -idm --quiet) ;;
	esac
}

# Fetch program $1 into $cache/$2, in a directory that is only renamed into
# place when it is whole; $3 and what follows downloads its packages.
fetch()
{
	program=$1
	place=$cache/$2
	shift 2
	work=$place.tmp.$$
	mkdir -p "$work"
	if (cd "$work" && "$@" && unpack) >/dev/null 2>"$work/log" &&
		[ -x "$work/root/usr/bin/$program" ]; then
		rm -rf "${place:?}"
		mv "$work/root" "$place"
		rm -rf "$work"
		return 0
	fi
	sed 's/^/    /' "$work/log" >&2
	rm -rf "$work"
	return 1
}

# Provide program $1: $2 names it, or PATH has it, or the cache, or it is
# fetched from one of the packages after.
provide()
{
	program=$1
	named=$2
	shift 2
	if [ -n "$named" ]; then
		[ -x "$named" ] || die "$named is not a program"
		return 0
	fi
	if command -v "$program" >/dev/null ||
		[ -x "$cache/$program/usr/bin/$program" ]; then
		return 0
	fi
	for package; do
		say "unpacking $package into $cache (not installing it)"
		fetch "$program" "$program" download_somehow "$package" &&
			return 0
	done
	return 1
}

# The name of this release.
codename()
{
	(. /etc/os-release && echo "$VERSION_CODENAME")
}

# Prometheus as Debian's later releases have it, for the tests that are run
# with each: what they cannot have, they say and leave out.
provide_newer()
{
	grep -qx 'ID=debian' /etc/os-release || return 0
	for suite in $newer; do
		name=prometheus-$suite
		if [ "$suite" = "$(codename)" ] ||
			[ -x "$cache/$name/usr/bin/prometheus" ]; then
			continue
		fi
		say "unpacking the Prometheus of $suite into $cache"
		fetch prometheus "$name" \
			download_of_suite "$suite" prometheus promtool ||
			say "no Prometheus of $suite here: tests with it are" \
				'skipped'
	done
}

# What of the libraries is needed to run.
runtime()
{
	dpkg-query -W -f '${Depends}\n' $build | tr ',' '\n' |
		sed -n 's/^ *\(lib[^ ]*\) (= .*/\1/p' | grep -v -e '-dev$' |
		sort -u | tr '\n' ','
}

# A machine's files, whose systemd can be booted: of this distribution, with
# its Prometheus and what walship needs.
provide_root()
{
	root=$cache/root
	if [ "$manager" != apt ] || [ "$(id -u)" -ne 0 ] ||
		[ "$(cat "$root.holds" 2>/dev/null)" = "$machine" ]; then
		return
	fi
	say "making a machine to test packages on in $root"
	rm -rf "$root.tmp"
	if mmdebstrap --quiet --variant=apt --include="$(runtime)$machine" \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"$(codename)" "$root.tmp" >"$cache/root.log" 2>&1; then
		rm -f "$root.tmp"/etc/systemd/system/*.wants/prometheus*
		rm -rf "$root" "$root.holds"
		mv "$root.tmp" "$root"
		echo "$machine" >"$root.holds"
		return
	fi
	sed 's/^/    /' "$cache/root.log" >&2
	say 'no such machine can be made here: tests of packages are skipped'
}

programs()
{
	: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/walship
	mkdir -p "$cache"
	provide prometheus "${PROMETHEUS_BIN-}" prometheus \
		golang-github-prometheus ||
		die 'no Prometheus package here: download one from
    https://prometheus.io/download and name its binary in PROMETHEUS_BIN'
	[ "$what" = quickstart ] || provide_root
	[ "$what" = quickstart ] || provide_newer
	[ "$what" = quickstart ] || provide victoria-metrics \
		"${VICTORIA_METRICS_BIN-}" victoria-metrics ||
		say 'no VictoriaMetrics package here: tests with it will be' \
			'skipped, unless VICTORIA_METRICS_BIN names one'
}

if command -v apt-get >/dev/null; then
	manager=apt
elif command -v dnf >/dev/null; then
	manager=dnf
elif command -v tdnf >/dev/null; then
	manager=tdnf
else
	die 'neither apt-get, dnf nor tdnf is here.  walship is built on Debian,
    Ubuntu, RHEL 9 and its relatives, Fedora, and Azure Linux.  Elsewhere,
    install what the lists in this script name.'
fi
"names_$manager"
packages
if [ "$what" != build ]; then
	programs
fi
