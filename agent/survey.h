/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/survey.h - look at the whole agent, now and over the last hour.
 *
 * Once every HISTORY_STEP it notes how each destination stands, under its name:
 * so a destination that is begun anew keeps its history.
 */
#ifndef AGENT_SURVEY_H
#define AGENT_SURVEY_H

#include "agent/admin/overview.h"
#include "agent/base/clock.h"
#include "agent/fleet.h"
#include "agent/hold.h"
#include "agent/reloader.h"

/* All of it must outlive the survey. */
struct survey_options {
	struct clock *clock;
	const struct fleet *fleet;
	const struct hold *hold;
	const struct reloader *reloader;
	const char *config_path;
	const char *wal_dir;
};

struct survey;

/* NULL if there is no memory. */
struct survey *survey_new(const struct survey_options *options);

/* Do nothing to NULL. */
void survey_free(struct survey *survey);

/* How all of it is now; valid until the next call, or turn of the loop. */
const struct overview *survey_take(struct survey *survey);

#endif /* AGENT_SURVEY_H */
