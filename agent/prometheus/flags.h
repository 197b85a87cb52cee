/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/flags.h - what a command line of Prometheus says.
 *
 * A flag's value stands behind "=" or is the next argument, as Prometheus
 * takes both.  What is not said has Prometheus's own default, which that of a
 * distribution may not have.
 */
#ifndef AGENT_PROMETHEUS_FLAGS_H
#define AGENT_PROMETHEUS_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

/* Each borrowed from the arguments, or a constant; never NULL. */
struct prometheus_flags {
	const char *program; /* As it was called. */
	bool agent;          /* Agent mode. */
	const char *data_dir;
	const char *config_file;
	const char *listen_address;                 /* The first one. */
	bool data_dir_assumed, config_file_assumed; /* By default. */
	bool from_file; /* More flags are in a file that it names by @. */
};

/**
 * flags_read(args, len, ret):
 * Read the arguments of a process, each of the ${len} bytes at ${args} up to
 * its NUL, one more of which is behind them.  Return false if that is not how
 * Prometheus is called: its name is prometheus, perhaps with a version.
 */
bool flags_read(const char *args, size_t len, struct prometheus_flags *ret);

/* Whether ${path} ends with the name of a Prometheus. */
bool flags_is_prometheus(const char *path);

/**
 * flags_version(path, ret):
 * Copy the version that ${path}, that of a program, holds to the ${size} bytes
 * at ${ret}, as in .../prometheus-3.5.3.linux-amd64/prometheus; or "".
 */
void flags_version(const char *path, char *ret, size_t size);

#endif /* AGENT_PROMETHEUS_FLAGS_H */
