/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/doctor.h - all steps that a user would try by hand.
 *
 * In the order in which things fail; what depends on something that failed is
 * not tried, and said to be skipped for it.
 */
#ifndef AGENT_DOCTOR_DOCTOR_H
#define AGENT_DOCTOR_DOCTOR_H

#include <stdint.h>

#include "agent/doctor/exam.h"

#define DOCTOR_HOSTS_MAX 1000000u /* Of a fleet. */

struct doctor_options {
	const char *path;      /* Of the configuration. */
	const char *usual;     /* That of a walship which is given none. */
	const char *user;      /* See with the eyes of this one; or NULL. */
	const char *query_url; /* Where the probe is looked for; or NULL. */
	uint32_t hosts;        /* As many as the fleet has; at least 1. */

	/* See exam.h; NULL: nobody can be asked. */
	exam_facts_fn *facts;

	/* Told of each step; ${destination} is NULL if it is about none. */
	void (*tell)(void *arg, const char *step, const char *destination,
	    const struct finding *finding);
	void *arg;
};

/**
 * doctor_run(options, fault):
 * Take all steps.  If we are root, become the service's user for good.  Return
 * -1, with ${fault} for a person, if that cannot be done; what was found was
 * told.
 */
int doctor_run(const struct doctor_options *options, const char **fault);

#endif /* AGENT_DOCTOR_DOCTOR_H */
