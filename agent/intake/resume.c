/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/intake/gap.h"
#include "agent/intake/resume.h"
#include "wal/log.h"

/*
 * Set ${ret} to the end of ${log}, in the generation that its keeper says; false
 * if there is none yet.
 */
static bool
find_end(const struct wal_log *log, struct wal_mark *ret)
{
	struct wal_log newest = *log;
	bool found;

	newest.generation = UINT64_MAX;
	found = wal_log_look(&newest) == WAL_OK && wal_mark_end(ret, &newest);
	if (found && newest.keeper != NULL)
		ret->generation = newest.generation;
	wal_log_release(&newest);
	return found;
}

/* Begin as the configuration says. */
static void
begin(struct position *position, const struct config *config,
    const struct wal_log *log, int64_t wall)
{
	position->since = position->highest = position->after = INT64_MIN;
	switch (config->start.kind) {
	case CONFIG_START_NOW:
		position->begun = find_end(log, &position->mark);
		position->highest = wall; /* As if all before had been read. */
		break;
	case CONFIG_START_OLDEST:
		position->checkpoint = gap_is_server(config->data_dir);
		break;
	case CONFIG_START_AGO:
		position->since = wall - config->start.ago;
		break;
	case CONFIG_START_TIME:
		position->since = config->start.time;
		break;
	}
}

/* All that the log holds now may have been sent by an earlier life. */
static void
doubt_all(struct position *position, const struct wal_log *log)
{
	struct wal_mark end = { .generation = position->mark.generation };

	if (find_end(log, &end) &&
	    position_compare(position_point(&end), position->furthest) > 0)
		position->furthest = position_point(&end);
}

enum resume_how
resume(struct place *place, const struct config *config,
    const struct wal_log *log, int64_t wall)
{
	struct position *position = &place->position;
	bool clean = position->clean;

	position->clean = false;
	if (place->known && clean)
		return RESUME_CLEAN;
	if (place->known) {
		doubt_all(position, log);
		return RESUME_HARD;
	}
	if (place->lost) {
		position->since = position->highest = INT64_MIN;
		position->after = INT64_MIN;
		position->checkpoint = gap_is_server(config->data_dir);
		doubt_all(position, log);
		return RESUME_LOST;
	}
	begin(position, config, log, wall);
	return RESUME_NEW;
}

void
resume_say(enum resume_how how, const struct place *place, const char *name)
{
	const struct wal_mark *mark = &place->position.mark;

	switch (how) {
	case RESUME_NEW:
		break;
	case RESUME_CLEAN:
	case RESUME_HARD:
		log_info("going on from the saved position",
		    LOG_STR("remote", name),
		    LOG_UINT("segment", wal_mark_position(mark).segment),
		    LOG_UINT("offset", mark->at.offset),
		    LOG_STR("stop", how == RESUME_HARD ? "unclean" : "clean"));
		break;
	case RESUME_LOST:
		log_error("the saved position is of no use: all that the log "
			  "holds is sent, some of it perhaps again",
		    LOG_STR("remote", name));
		break;
	}
}
