/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/batch/cutter.h"
#include "agent/intake/intake.h"
#include "agent/intake/legacy.h"
#include "agent/intake/resume.h"
#include "agent/send/outlet.h"
#include "agent/series/external.h"
#include "agent/ship/berth.h"
#include "agent/ship/destination.h"
#include "agent/ship/lag.h"
#include "agent/ship/news.h"
#include "agent/ship/pending.h"
#include "agent/ship/shape.h"
#include "agent/ship/situation.h"
#include "agent/ship/totals.h"

#define WAIT_DISK (5 * CLOCK_MSEC) /* Until what is being read may be there. */
#define WAIT_FAILED CLOCK_SEC      /* Until a failed read is tried again. */

struct destination {
	struct destination_options options;
	struct meters meters;
	struct window window;
	struct cutter cutter;
	struct intake *intake;
	struct families *families; /* What the log says of metrics. */
	struct outlet outlet;
	struct catchup catchup; /* How fast it sends a backlog, */
	struct lag lag;         /* and when it skips some of it. */
	struct wal_label *external;
	struct room_guest guest; /* In the room for series, once begun. */
	struct berth berth;      /* What it needs of the log. */
	struct timer *timer;     /* The next turn. */

	struct kept_record record; /* Read, and not taken by the cutter. */
	bool pending;              /* There is such a record. */
	uint64_t unread; /* Bytes read since the end of the log was met. */
	bool at_end;     /* The log was read to its end since it was poked. */
	bool begun;      /* It has a place to save. */
	bool unsaved;    /* Something was settled since it was. */
	bool stopping;
	bool read_out; /* When stopping: the end of the log was reached. */
	bool drained;
	struct news news;
};

static struct intake *
open_intake(struct destination *destination, bool again)
{
	const struct destination_options *options = &destination->options;
	struct intake_options taking = {
		.clock = options->clock,
		.sets = options->sets,
		.meters = &destination->meters,
		.wal_dir = options->wal_dir,
		.keeper = destination->berth.log.keeper,
		.external = destination->external,
		.room = options->room,
		.graveyard = options->graveyard,
		.position = &options->place->position,
		.again = again,
		.place = options->place,
		.legacy = options->legacy,
		.families = destination->families,
	};

	shape_take(options->config, options->remote, &taking);
	return intake_new(&taking);
}

/* Save how far it has come. */
static void
save(struct destination *destination)
{
	struct position *position = &destination->options.place->position;

	ranges_save(&destination->cutter.ranges, position);
	position->ranges_len = cutter_list(
	    &destination->cutter, position->ranges, POSITION_RANGES_MAX);
	place_save(destination->options.place);
	berth_move(&destination->berth, position, destination->intake);
	destination->unsaved = false;
}

/* How many bytes of memory it takes that grow with its series. */
static size_t
bytes(const void *arg)
{
	const struct destination *destination = arg;

	return intake_bytes(destination->intake) +
	    window_bytes(&destination->window);
}

/* Begin to read at the place, which is saved first. */
static int
begin(struct destination *destination)
{
	const struct destination_options *options = &destination->options;
	struct place *place = options->place;
	struct cutter_options cutting;
	enum resume_how how = resume(place, options->config,
	    &destination->berth.log, clock_wall(options->clock));

	resume_say(how, place, options->remote->name);
	/* Sent or not: they may be to be one day. */
	if ((destination->families = legacy_families(
		 options->legacy, &place->position.mark)) == NULL)
		return -1;
	destination->intake = open_intake(destination, how != RESUME_NEW);
	if (destination->intake == NULL)
		return -1;
	cutting = (struct cutter_options){
		.window = &destination->window,
		.finals = intake_finals(destination->intake),
	};
	shape_cut(options->remote, options->clock, options->host, &cutting);
	cutter_init(&destination->cutter, &cutting);
	if (cutter_resume(&destination->cutter, &place->position) != 0)
		return -1;
	destination->guest =
	    (struct room_guest){ .bytes = bytes, .arg = destination };
	room_enter(options->room, &destination->guest);
	destination->begun = true;
	place_save(place);
	berth_limit(
	    &destination->berth, options->remote->queue.sample_age_limit);
	berth_move(&destination->berth, &place->position, destination->intake);
	return 0;
}

static void take_turn(void *arg);

/* What is about to be on the wire is saved first. */
static void
launch(void *arg, struct range *range)
{
	struct destination *destination = arg;

	position_reach(&destination->options.place->position, &range->end);
	save(destination);
}

static void
settled(void *arg, struct range *range)
{
	struct destination *destination = arg;

	cutter_settled(&destination->cutter, range);
	destination->unsaved = true;
	timer_set(destination->timer, 0);
}

/* Its parts. */
static struct works
works_of(struct destination *destination)
{
	return (struct works){
		.clock = destination->options.clock,
		.remote = destination->options.remote,
		.meters = &destination->meters,
		.window = &destination->window,
		.cutter = &destination->cutter,
		.intake = destination->intake,
		.outlet = &destination->outlet,
		.news = &destination->news,
		.before = destination->lag.before,
		.read = destination->catchup.read,
		.stopping = destination->stopping,
	};
}

static void
measure(void *arg)
{
	struct works works = works_of(arg);

	works_measure(&works);
}

static int
open_outlet(struct destination *destination)
{
	const struct destination_options *options = &destination->options;

	if (outlet_init(&destination->outlet,
		&(struct sender_options){
		    .clock = options->clock,
		    .http = options->http,
		    .tokens = options->tokens,
		    .window = &destination->window,
		    .remote = options->remote,
		    .meters = &destination->meters,
		    .catchup = &destination->catchup,
		    .host = options->host,
		    .launch = launch,
		    .settled = settled,
		    .arg = destination,
		},
		options->stats) != 0)
		return -1;
	return outlet_describe(
	    &destination->outlet, options->config, destination->families);
}

struct destination *
destination_new(const struct destination_options *options)
{
	struct destination *destination;

	if ((destination = calloc(1, sizeof(*destination))) == NULL)
		return NULL;
	destination->options = *options;
	window_init(&destination->window);
	catchup_tune(&destination->catchup, options->remote, options->host + 1);
	lag_init(&destination->lag, options->remote->max_lag);
	destination->timer = timer_new(options->clock, take_turn, destination);
	if (destination->timer == NULL ||
	    (destination->external = external_lend(options->config)) == NULL ||
	    berth_take(&destination->berth, options->spool, options->wal_dir) !=
		0 ||
	    meters_init(&destination->meters, options->stats,
		options->remote->name, options->remote->shown_url) != 0 ||
	    begin(destination) != 0 || open_outlet(destination) != 0 ||
	    stats_refresh(options->stats, measure, destination) != 0)
		goto fail;
	return destination;

fail:
	destination_free(destination);
	return NULL;
}

void
destination_free(struct destination *destination)
{
	if (destination == NULL)
		return;
	stats_forget(destination->options.stats, measure, destination);
	if (destination->begun) {
		room_leave(destination->options.room, &destination->guest);
		save(destination);
		place_close(destination->options.place);
	}
	berth_leave(&destination->berth);
	outlet_release(&destination->outlet);
	if (destination->begun)
		cutter_release(&destination->cutter);
	intake_free(destination->intake);
	families_free(destination->families);
	window_release(&destination->window);
	timer_free(destination->timer);
	meters_release(&destination->meters);
	free(destination->external);
	free(destination);
}

void
destination_leave(struct destination *destination, struct legacy *ret)
{
	if (intake_leave(destination->intake, ret))
		destination->families = NULL;
}

int
destination_tune(
    struct destination *destination, const struct config_remote *remote)
{
	const struct destination_options *options = &destination->options;
	struct cutter_options cutting = destination->cutter.options;
	bool relabel = strcmp(options->remote->name, remote->name) != 0 ||
	    strcmp(options->remote->shown_url, remote->shown_url) != 0;
	struct meters meters = { 0 };

	if ((relabel &&
		meters_init(&meters, options->stats, remote->name,
		    remote->shown_url) != 0) ||
	    outlet_tune(&destination->outlet, remote) != 0) {
		meters_release(&meters);
		return -1;
	}
	if (relabel) {
		meters_release(&destination->meters);
		destination->meters = meters;
	}
	destination->options.remote = remote;
	berth_limit(&destination->berth, remote->queue.sample_age_limit);
	intake_rename(destination->intake, remote->name);
	catchup_tune(&destination->catchup, remote, options->host + 1);
	lag_tune(&destination->lag, remote->max_lag);
	shape_cut(remote, options->clock, options->host, &cutting);
	cutter_tune(
	    &destination->cutter, &cutting, clock_monotonic(options->clock));
	save(destination);
	timer_set(destination->timer, 0);
	return 0;
}

/* There is no record to read: do what that asks for; when is the next turn? */
static uint64_t
rest(struct destination *destination, enum intake_result why, uint64_t now)
{
	const struct destination_options *options = &destination->options;

	switch (why) {
	case INTAKE_WAIT:
		return now + WAIT_DISK;
	case INTAKE_FAILED:
		news_failing(&destination->news, options->remote->name,
		    options->wal_dir,
		    intake_position(destination->intake).segment, now);
		destination->read_out = destination->stopping;
		return now + WAIT_FAILED;
	case INTAKE_NOMEM:
		destination->options.failed(destination->options.arg);
		return CLOCK_NEVER;
	case INTAKE_RECORD:
	case INTAKE_KNOWN:
	case INTAKE_END:
		break;
	}
	if (intake_waiting(destination->intake))
		news_waiting(&destination->news, options->remote->name,
		    options->wal_dir, now);
	destination->unread = 0;
	destination->cutter.behind = false;
	destination->read_out = destination->stopping;
	cutter_idle(&destination->cutter);
	return intake_tidy(destination->intake,
		   wal_mark_position(&destination->cutter.ranges.acknowledged)
		       .segment)
	    ? now + WAIT_DISK
	    : CLOCK_NEVER;
}

/* A record was read, and the end of the log was not met yet. */
static void
note_read(struct destination *destination, uint64_t now)
{
	const struct kept_record *record = &destination->record;

	news_reading(
	    &destination->news, destination->options.remote->name, now);
	destination->pending = true;
	destination->unread += record->stored;
	if (destination->unread > destination->options.behind)
		destination->cutter.behind = true;
	catchup_read(&destination->catchup, record);
	totals_read(destination->options.totals, record);
}

/* Read the next record, unless there was none when the log last grew. */
static enum intake_result
read_one(struct destination *destination)
{
	enum intake_result result = destination->at_end
	    ? INTAKE_END
	    : intake_next(destination->intake, &destination->record);

	destination->at_end = result == INTAKE_END;
	return result;
}

/* Read and cut for one turn; return when there is more to do of it. */
static uint64_t
read_on(struct destination *destination, uint64_t now)
{
	struct clock *clock = destination->options.clock;
	enum intake_result result;
	unsigned int records;

	for (records = 0; records < DESTINATION_RECORDS &&
	     clock_monotonic(clock) - now <= DESTINATION_TURN;
	     records++) {
		if (!destination->pending) {
			if (destination->read_out)
				return CLOCK_NEVER;
			result = read_one(destination);
			if (result == INTAKE_KNOWN)
				continue;
			if (result != INTAKE_RECORD)
				return rest(destination, result, now);
			note_read(destination, now);
		}
		switch (cutter_take(
		    &destination->cutter, &destination->record, now)) {
		case CUT_TAKEN:
			destination->pending = false;
			break;
		case CUT_MORE:
			break;
		case CUT_FULL:
			stat_inc(destination->meters.enqueue_retries);
			return CLOCK_NEVER; /* Until a batch is settled. */
		case CUT_NOMEM:
			return now + WAIT_FAILED;
		}
	}
	return now;
}

/* When stopping: whether the last sample is settled, said once. */
static void
check_drained(struct destination *destination)
{
	if (!destination->read_out || destination->pending ||
	    destination->window.used > 0 || destination->cutter.range != NULL ||
	    destination->drained)
		return;
	destination->drained = true;
	destination->options.drained(destination->options.arg);
}

/* Cut what is due; return when that is to be looked at again. */
static uint64_t
cut_due(struct destination *destination, uint64_t now)
{
	bool last = destination->read_out && !destination->pending;
	struct cutter *cutter = &destination->cutter;

	if (!last && now < cutter_deadline(cutter))
		return cutter_deadline(cutter);
	switch (cutter_cut(cutter)) {
	case CUT_TAKEN:
		break;
	case CUT_MORE:
		return now;
	case CUT_FULL:
		return CLOCK_NEVER; /* Until a batch is settled. */
	case CUT_NOMEM:
		return now + WAIT_FAILED;
	}
	return cutter_deadline(cutter);
}

static void
take_turn(void *arg)
{
	struct destination *destination = arg;
	uint64_t now = clock_monotonic(destination->options.clock);
	struct works works = works_of(destination);
	struct cutter *cutter = &destination->cutter;
	uint64_t next, deadline;
	bool keeping;

	cutter->stalled = works.remote->spread && window_waits(works.window);
	next = read_on(destination, now);
	deadline = cut_due(destination, now);
	sender_fly(destination->outlet.sender);
	lag_turn(&destination->lag, &works, now);
	doubles_say(&cutter->doubles, works.remote->name, works.meters, now);
	if (destination->unsaved || cutter->ranges.moved)
		save(destination);
	keeping = intake_keep(destination->intake, &cutter->ranges.acknowledged,
	    destination->stopping);
	if (keeping && destination->stopping && next > now + WAIT_DISK)
		next = now + WAIT_DISK;
	timer_set(destination->timer, deadline < next ? deadline : next);
	if (!keeping)
		check_drained(destination);
}

void
destination_poke(struct destination *destination)
{
	destination->at_end = false;
	timer_set(destination->timer, 0);
}

void
destination_stop(struct destination *destination)
{
	destination->stopping = true;
	outlet_stop(&destination->outlet);
	destination_poke(destination);
}

bool
destination_ready(const struct destination *destination, struct buf *why)
{
	return intake_ready(destination->intake, why);
}

void
destination_look(struct destination *destination, struct situation *ret)
{
	struct works works = works_of(destination);

	situation_look(ret, &works);
}

uint64_t
destination_unsettled(const struct destination *destination)
{
	return pending_of(&destination->window, &destination->cutter, INT64_MIN)
	    .entries[KEPT_SAMPLE];
}
