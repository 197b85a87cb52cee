/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/readback.h - step: whether the probe can be queried.
 *
 * By Prometheus's query API, as Azure Monitor workspaces have it too.  There,
 * queries need a token for another audience.
 */
#ifndef AGENT_DOCTOR_READBACK_H
#define AGENT_DOCTOR_READBACK_H

#include <stddef.h>

#include "agent/doctor/exam.h"

#define READBACK_TIME (60 * CLOCK_SEC)    /* That it is looked for. */
#define READBACK_PAUSE (3 * CLOCK_SEC)    /* Between two looks. */
#define READBACK_TIMEOUT (10 * CLOCK_SEC) /* Of one. */

exam_look_fn readback_look;

enum readback_result {
	READBACK_FOUND,
	READBACK_NONE,
	READBACK_NO_ANSWER, /* It is not that of the query API. */
};

/* What the ${len} bytes at ${body}, an answer to a query, say. */
enum readback_result readback_read(const char *body, size_t len);

#endif /* AGENT_DOCTOR_READBACK_H */
