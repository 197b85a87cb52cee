/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/report.h - what was found, as text or as JSON.
 *
 * As text, a line a step, and below it what to do:
 *
 *   fail  names           localhost.invalid has no address: ...
 *                         do: see that the name in the url is right
 *
 * As JSON, one object:
 *
 *   {"steps":[{"step":"names","destination":"azure","result":"fail",
 *   "found":"...","do":"..."}, ...], "result":"fail"}
 *
 * where "destination" is there for a step about one, and "do" if there is
 * something to do.  Text from outside is not yet made safe for a terminal.
 */
#ifndef AGENT_DOCTOR_REPORT_H
#define AGENT_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"
#include "agent/doctor/finding.h"

/* Zeroed is ready for use. */
struct report {
	const char *destination; /* That the last lines were about, or NULL. */
	size_t steps;
	size_t results[FINDING_SKIP + 1]; /* How many there were of each. */
};

/**
 * report_line(report, step, destination, finding, out):
 * Append to ${out} as text what ${step} found; ${destination}, NULL for none,
 * must outlive the report.
 */
void report_line(struct report *report, const char *step,
    const char *destination, const struct finding *finding, struct buf *out);

/* Append the last line: what it comes to. */
void report_end(const struct report *report, struct buf *out);

/* The same as JSON. */
void report_object(struct report *report, const char *step,
    const char *destination, const struct finding *finding, struct buf *out);
void report_end_object(const struct report *report, struct buf *out);

#endif /* AGENT_DOCTOR_REPORT_H */
