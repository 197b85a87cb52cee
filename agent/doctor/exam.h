/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/exam.h - what the steps of an examination share.
 *
 * A step is a function that looks at one thing and says what it found.  It
 * takes the way that the agent takes, by the agent's own parts, and waits no
 * longer than it says.
 */
#ifndef AGENT_DOCTOR_EXAM_H
#define AGENT_DOCTOR_EXAM_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "agent/auth/tokens.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/stats.h"
#include "agent/config/config.h"
#include "agent/config/facts.h"
#include "agent/doctor/finding.h"
#include "agent/doctor/instances.h"
#include "agent/doctor/senders.h"
#include "agent/doctor/traffic.h"
#include "agent/http/http.h"
#include "agent/http/resolve.h"
#include "agent/prometheus/process.h"
#include "agent/prometheus/sight.h"

#define EXAM_SECONDS 180u       /* That all of it takes, at most. */
#define EXAM_FAULTS_MAX 262144u /* Bytes of the faults of a configuration. */

#define EXAM_FACTS_TIME (20 * CLOCK_SEC) /* Until they are known. */

struct exam;

/**
 * Ask who knows for the facts of this machine, for EXAM_FACTS_TIME at most, and
 * store them in ${ret}; whether they are known.
 */
typedef bool exam_facts_fn(struct exam *exam, struct facts *ret);

struct exam {
	const char *path;          /* Of the configuration. */
	const char *query_url;     /* Where the probe is looked for; or NULL. */
	uint32_t hosts;            /* As many as the fleet has; at least 1. */
	char user[SIGHT_USER_MAX]; /* Who looks. */
	bool
	    entered; /* With the mounts and environment of the one that runs. */

	/* Found out as root, if we were. */
	struct process_list prometheus;
	struct instances walships;
	struct senders senders;
	const struct instance *running; /* With this configuration; or NULL. */

	struct config *config; /* NULL: it has faults. */
	char *faults;          /* Those, or NULL. */
	char *wal_dir;
	exam_facts_fn *facts; /* Or NULL. */
	bool runs;            /* A walship works with this configuration. */

	/* For the steps that ask others. */
	sd_event *event;
	struct clock *clock;
	struct stats *stats;
	struct http *http;
	struct resolver *names;
	struct tokens *tokens;
	uint64_t deadline; /* Of all of it; monotonic microseconds. */

	/* Of the destination that is looked at. */
	const struct config_remote *remote;
	char addresses[1024]; /* Of its host, or the proxy; "" if not known. */
	bool proxied;
	struct identity *identity; /* Whose token is shown; or NULL. */
	bool dated;                /* It said what time it is, and ... */
	int64_t ahead;  /* ... our clock is so many milliseconds ahead. */
	int64_t probed; /* When the probe was sent; ms since 1970; 0: not. */
	struct traffic traffic; /* What would be sent there. */
};

typedef void exam_look_fn(struct exam *exam, struct finding *finding);

/**
 * exam_open(exam):
 * Make what the steps that ask others need.  Return -1 if that cannot be had;
 * to be closed in any case.
 */
int exam_open(struct exam *exam);

/* Free all of it. */
void exam_close(struct exam *exam);

/* Look at ${remote} from now on, or at none if that is NULL. */
void exam_turn_to(struct exam *exam, const struct config_remote *remote);

/* Until when a step may take that may take ${time} microseconds. */
uint64_t exam_until(const struct exam *exam, uint64_t time);

/**
 * exam_wait(exam, done, until):
 * Have the loop run until ${*done} or the monotonic time ${until}; whether it
 * is done.
 */
bool exam_wait(struct exam *exam, const bool *done, uint64_t until);

/* What came of a request. */
struct exam_answer {
	enum http_outcome outcome;
	int status;      /* 0 if there is none. */
	struct buf text; /* The body, or what went wrong. */
	int64_t date;    /* That it says, ms since 1970; 0: none. */
	bool done;
};

#define EXAM_ANSWER_MAX 65536u /* Bytes of an answer's body. */

/**
 * exam_ask(exam, http, request, answer):
 * Make ${request} over ${http} and wait for its end; ${answer} is to be
 * released by buf_release of its text.  Return false if there is no memory.
 */
bool exam_ask(struct exam *exam, struct http *http,
    const struct http_request *request, struct exam_answer *answer);

/**
 * exam_nobody(remote):
 * ${remote} as anybody would be, without what shows who it is; all else is
 * lent from it.
 */
struct config_remote exam_nobody(const struct config_remote *remote);

#endif /* AGENT_DOCTOR_EXAM_H */
