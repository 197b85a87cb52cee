/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/machine.h - the facts of this machine, as Azure says them.
 *
 * Asked for once somebody wants them, and again until they are known, by the
 * loop.  What was answered is kept in the state directory.  Where nobody
 * answers for MACHINE_PATIENCE, what was kept there in another life counts, if
 * it is of this host; and what is answered later counts more.
 */
#ifndef AGENT_MACHINE_H
#define AGENT_MACHINE_H

#include "agent/auth/endpoint.h"
#include "agent/base/clock.h"
#include "agent/base/worker.h"
#include "agent/config/facts.h"
#include "agent/http/http.h"

#define MACHINE_PATIENCE (15 * CLOCK_SEC)
#define MACHINE_TIMEOUT (5 * CLOCK_SEC) /* Of a request. */
#define MACHINE_RETRY_MIN CLOCK_SEC
#define MACHINE_RETRY_MAX (60 * CLOCK_SEC)
#define MACHINE_LOG_PERIOD (60 * CLOCK_SEC) /* A line of what is wrong. */
#define MACHINE_FILE "machine.json"         /* In the state directory. */

/* All of it must outlive the machine. */
struct machine_options {
	struct clock *clock;
	struct worker *worker; /* Writes what is kept. */
	struct http *http;     /* Bare. */
	const struct endpoint_paths *paths;
	const char *state_dir;
	uint32_t host; /* See host_number. */

	void (*known)(void *arg); /* The facts are known, or others. */
	void *arg;
};

struct machine;

/* NULL if there is no memory.  Nobody is asked yet. */
struct machine *machine_new(const struct machine_options *options);

/* Do nothing to NULL. */
void machine_free(struct machine *machine);

/* The facts; NULL as long as they are not known, and then they are asked for. */
const struct facts *machine_facts(struct machine *machine);

#endif /* AGENT_MACHINE_H */
