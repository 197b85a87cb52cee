#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ship.sh [--full]: what shipping takes, from a log on disk to a receiver on
# the loopback address that only counts.  Run it where the program was built.
#
# Times are CPU time as the scheduler accounts it, user and system, of all
# threads: what else the machine does changes them little.  The receiver counts
# every sample that it was given.  What is printed is explained in README.md.
#
#   PROMETHEUS_BIN  the Prometheus to measure beside; else from PATH, or what
#                   packaging/deps.sh fetched; without one that part is left out
#   WALSHIP_BIN     the walship to measure; else ./walship
#   RUNS            how often everything is done; once
#   SECONDS_EACH    for how long something live is measured; 20
set -eu

full=${1:-}
here=$PWD
walship=${WALSHIP_BIN:-$here/walship}
seconds=${SECONDS_EACH:-20}
port=$((20000 + $$ % 10000))
work=$(mktemp -d "${TMPDIR:-/tmp}/walship-bench.XXXXXX")
started=

# End what was started, the youngest first.
end() {
	for pid in $started; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	started=
}
trap 'end; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# start LOG COMMAND...: run it beside; its process is in ${pid}.
start() {
	log=$work/$1.log
	shift
	"$@" >"$log" 2>&1 &
	pid=$!
	started="$pid $started"
}

# stop PID
stop() {
	kill "$1"
	wait "$1" 2>/dev/null || true
}

# cpu PID: nanoseconds of all its threads.
cpu() {
	cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# memory PID WHICH: bytes, of VmRSS (now) or VmHWM (at most so far).
memory() {
	awk -v which="$2:" '$1 == which { printf "%.0f\n", $2 * 1024 }' \
	    /proc/"$1"/status
}

# calc EXPRESSION [FORMAT]
calc() {
	awk "BEGIN { printf \"${2:-%.1f}\", ($1) }"
}

# counted DIGIT FIELD: 1 requests, 2 bytes, 3 samples, 4 the time of the
# first of these.
counted() {
	curl -s "http://127.0.0.1:$port/stats/$1" | cut -d ' ' -f "$2"
}

# wait_for DIGIT FIELD VALUE: until so much was counted.
wait_for() {
	until [ "$(counted "$1" "$2")" -ge "$3" ]; do
		kill -0 "$watched" 2>/dev/null || {
			tail -n 5 "$work"/*.log >&2
			echo "ship.sh: a process ended, see above" >&2
			exit 1
		}
		sleep 0.2
	done
}

# ship NAME DATA_DIR START DIGIT: start walship on DATA_DIR/wal.
ship() {
	mkdir -p "$work/$1-state"
	cat >"$work/$1.yml" <<-END
		prometheus: { data_dir: "$2" }
		state_dir: "$work/$1-state"
		start: $3
		web: { listen_address: "" }
		remote_write:
		  - url: http://127.0.0.1:$port/write/$4?samples
	END
	start "$1" "$walship" run -c "$work/$1.yml"
}

# receive SERIES: the receiver anew, all its figures at nothing; it is also
# the scrape target, with SERIES a page.
receive() {
	start peer "$here/tests/bench/peer" "$port" "$1"
	until [ -n "$(counted 0 1)" ]; do sleep 0.1; done
}

# backlog SERIES SCRAPES: all of a log that is there already.
backlog() {
	mkdir "$work/data"
	"$here/tests/bench/walgen" "$work/data/wal" "$1" "$2"
	receive 1000
	begin=$(date +%s.%N)
	ship backlog "$work/data" oldest 1
	watched=$pid
	wait_for 1 3 $(($1 * $2))
	wall=$(calc "$(date +%s.%N) - $begin" %.2f)
	took=$(cpu "$watched")
	most=$(memory "$watched" VmHWM)
	samples=$(counted 1 3)
	echo "backlog, $1 series, $(calc "$samples / 1e6") M samples in" \
	    "$(du -sm "$work/data/wal" | cut -f 1) MB:" \
	    "$(calc "$took / $samples") ns a sample," \
	    "$(calc "1e3 / ($took / $samples)" %.2f) M samples/s of CPU," \
	    "$(calc "$samples / $wall / 1e6" %.2f) of wall time," \
	    "$(calc "$(counted 1 2) / $samples") bytes a sample," \
	    "$(calc "$samples / $(counted 1 1)" %.0f) samples a request," \
	    "RSS at most $(calc "$most / 1e6") MB"
	end
	rm -rf "$work/data" "$work/backlog-state"
}

# live SERIES INTERVAL: scrapes as they come, every INTERVAL ms; then a restart.
live() {
	mkdir "$work/data"
	receive 1000
	start writer "$here/tests/bench/walgen" "$work/data/wal" "$1" 1000000 \
	    $((($1 + 999) / 1000)) "$2"
	sleep $(($2 / 1000 + 2))
	ship live "$work/data" now 1
	watched=$pid
	wait_for 1 3 $(($1 * 3 / 2))
	samples=$(counted 1 3)
	took=$(cpu "$watched")
	requests=$(counted 1 1)
	bytes=$(counted 1 2)
	sleep "$seconds"
	took=$(($(cpu "$watched") - took))
	samples=$(($(counted 1 3) - samples))
	requests=$(($(counted 1 1) - requests))
	bytes=$(($(counted 1 2) - bytes))
	rss=$(memory "$watched" VmRSS)
	most=$(memory "$watched" VmHWM)
	echo "live, $1 series every $2 ms, $(calc "$samples / 1e6" %.2f) M" \
	    "samples: $(calc "$took / $samples") ns a sample," \
	    "$(calc "$bytes / $samples") bytes a sample," \
	    "$(calc "$samples / $requests" %.0f) samples a request," \
	    "RSS $(calc "$rss / 1e6") MB, at most $(calc "$most / 1e6") MB" \
	    "(aim: $(calc "30 + $1 * 400 / 1e6" %.0f) MB)"
	restart "$1" "$watched"
	end
	rm -rf "$work/data" "$work/live-state"
}

# restart SERIES PID: until the first samples of the next life of PID, which
# ships to 1, while scrapes go on.
restart() {
	stop "$2"
	begin=$(date +%s.%N)
	ship live "$work/data" now 2
	watched=$pid
	wait_for 2 3 1
	took=$(cpu "$watched")
	echo "restart, $1 series, $(du -sm "$work/data/wal" | cut -f 1) MB of" \
	    "log: $(calc "$(counted 2 4) - $begin" %.2f) s of wall time to the" \
	    "first samples, at most $(calc "$took / 1e9" %.2f) s of CPU"
}

# The Prometheus to measure beside.
prometheus_bin() {
	[ -z "${PROMETHEUS_BIN:-}" ] || {
		echo "$PROMETHEUS_BIN"
		return
	}
	command -v prometheus && return
	cached=${XDG_CACHE_HOME:-$HOME/.cache}/walship/prometheus/usr/bin/prometheus
	[ ! -x "$cached" ] || echo "$cached"
}

# scrape NAME TARGETS INTERVAL PORT [DIGIT]: start a Prometheus that scrapes
# the targets, and with a DIGIT writes to that by itself, as Prometheus 3 does
# by default: in batches of 2000.
scrape() {
	{
		echo "global: { scrape_interval: ${3}ms, scrape_timeout: ${3}ms }"
		[ -z "${5:-}" ] || cat <<-END
			remote_write:
			  - url: http://127.0.0.1:$port/write/$5?samples
			    queue_config: { max_samples_per_send: 2000, capacity: 10000 }
		END
		echo "scrape_configs: [{ job_name: x, honor_labels: true,"
		echo "static_configs: ["
		target=0
		while [ $target -lt "$2" ]; do
			echo "{ targets: ['127.0.0.1:$port']," \
			    "labels: { __metrics_path__: /page/$target } },"
			target=$((target + 1))
		done
		echo "]}]"
	} >"$work/$1.yml"
	start "$1" "$(prometheus_bin)" --config.file="$work/$1.yml" \
	    --storage.tsdb.path="$work/$1-data" \
	    --web.listen-address="127.0.0.1:$4"
}

# beside SERIES INTERVAL: two Prometheis scrape the same; one writes by itself,
# walship ships the other's log.
beside() {
	[ -n "$(prometheus_bin)" ] || {
		echo "no Prometheus: run packaging/deps.sh, or set PROMETHEUS_BIN"
		return
	}
	receive 1000
	scrape source $(($1 / 1000)) "$2" $((port + 1))
	source=$pid
	scrape writes $(($1 / 1000)) "$2" $((port + 2)) 2
	writes=$pid
	until [ -d "$work/source-data/wal" ]; do sleep 0.1; done
	ship beside "$work/source-data" oldest 1
	watched=$pid
	wait_for 1 3 $(($1 * 3))
	wait_for 2 3 "$(counted 1 3)" # It has caught up.
	source_took=$(cpu "$source")
	writes_took=$(cpu "$writes")
	took=$(cpu "$watched")
	mine=$(counted 1 3)
	its=$(counted 2 3)
	sleep "$seconds"
	source_took=$(($(cpu "$source") - source_took))
	writes_took=$(($(cpu "$writes") - writes_took))
	took=$(($(cpu "$watched") - took))
	mine=$(($(counted 1 3) - mine))
	its=$(($(counted 2 3) - its))
	more=$(($(memory "$writes" VmRSS) - $(memory "$source" VmRSS)))
	rss=$(memory "$watched" VmRSS)
	echo "beside Prometheus, $1 series every $2 ms," \
	    "$(calc "$mine / 1e6" %.2f) and $(calc "$its / 1e6" %.2f) M samples:" \
	    "walship $(calc "$took / $mine") ns a sample, RSS" \
	    "$(calc "$rss / 1e6") MB; Prometheus's remote write" \
	    "$(calc "($writes_took - $source_took) / $its") ns a sample" \
	    "($(calc "$writes_took / 1e9" %.2f) s of CPU with it," \
	    "$(calc "$source_took / 1e9" %.2f) s without)," \
	    "$(calc "($writes_took - $source_took) / $its / ($took / $mine)")" \
	    "times walship's; RSS $(calc "$more / 1e6") MB," \
	    "$(calc "$more / $rss") times"
	end
	rm -rf "$work"/*-data "$work/beside-state"
}

echo "$("$walship" --version | head -n 1), $(nproc) processors"
run=0
while [ $run -lt "${RUNS:-1}" ]; do
	run=$((run + 1))
	backlog 10000 1700
	live 10000 1000
	live 10000 100
	beside 10000 250
	[ "$full" = --full ] || continue
	backlog 100000 150
	backlog 1000000 10
	live 1000000 15000
	beside 1000000 15000
done
