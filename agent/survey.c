/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/ship/head.h"
#include "agent/spool/sum.h"
#include "agent/survey.h"

/* The last hour of the destination of a name. */
struct record {
	char *name;
	bool used; /* There is such a destination. */
	struct history history;
};

struct survey {
	struct survey_options options;
	struct timer *timer; /* When the next points are noted. */
	struct record *records[CONFIG_REMOTES_MAX]; /* NULL: not made yet. */
	struct situation situations[CONFIG_REMOTES_MAX];
	struct overview_destination destinations[CONFIG_REMOTES_MAX];
	struct head head;
	struct overview overview;
};

/* The record under ${name}; NULL: there is none, and no memory for one. */
static struct record *
record_of(struct survey *survey, const char *name)
{
	struct record *record, **unused = NULL;
	size_t i;

	for (i = 0; i < CONFIG_REMOTES_MAX; i++) {
		record = survey->records[i];
		if (record == NULL)
			unused = &survey->records[i];
		else if (strcmp(record->name, name) == 0)
			return record;
	}
	if (unused == NULL || (record = calloc(1, sizeof(*record))) == NULL)
		return NULL;
	if ((record->name = strdup(name)) == NULL) {
		free(record);
		return NULL;
	}
	return *unused = record;
}

static void
drop(struct record *record)
{
	if (record == NULL)
		return;
	free(record->name);
	free(record);
}

/* Forget the last hour of those that are no more. */
static void
forget(struct survey *survey)
{
	struct record *record;
	size_t i;

	for (i = 0; i < CONFIG_REMOTES_MAX; i++) {
		record = survey->records[i];
		if (record != NULL && !record->used) {
			drop(record);
			survey->records[i] = NULL;
		} else if (record != NULL) {
			record->used = false;
		}
	}
}

/* Note how all stand. */
static void
note(void *arg)
{
	struct survey *survey = arg;
	struct clock *clock = survey->options.clock;
	uint64_t now = clock_monotonic(clock);
	struct record *record;
	uint64_t bytes;
	size_t i, len;

	len = fleet_look(survey->options.fleet, survey->situations, &bytes);
	for (i = 0; i < len; i++) {
		record = record_of(survey, survey->situations[i].remote->name);
		if (record == NULL)
			continue;
		record->used = true;
		history_note(&record->history, &survey->situations[i], now);
	}
	forget(survey);
	timer_set(survey->timer, now + HISTORY_STEP);
}

struct survey *
survey_new(const struct survey_options *options)
{
	struct survey *survey;

	if ((survey = calloc(1, sizeof(*survey))) == NULL)
		return NULL;
	survey->options = *options;
	survey->overview.started = clock_wall(options->clock);
	survey->timer = timer_new(options->clock, note, survey);
	if (survey->timer == NULL) {
		survey_free(survey);
		return NULL;
	}
	note(survey);
	return survey;
}

void
survey_free(struct survey *survey)
{
	size_t i;

	if (survey == NULL)
		return;
	for (i = 0; i < CONFIG_REMOTES_MAX; i++)
		drop(survey->records[i]);
	timer_free(survey->timer);
	head_release(&survey->head);
	free(survey);
}

/* What is about the log, and what is held of it. */
static void
take_log(struct survey *survey)
{
	struct overview *overview = &survey->overview;
	struct spool *spool = hold_spool(survey->options.hold);
	struct spool_way *way = spool != NULL ? spool_way(spool) : NULL;
	struct spool_sum sum = { 0 };

	if (spool != NULL)
		sum = spool_sum(spool_segments(spool), way);
	overview->spool_mode = way != NULL ? way->mode : "off";
	overview->held = sum.segments;
	overview->pinned = sum.pinned;
	head_look(&survey->head, survey->options.wal_dir);
	overview->wal_dir = survey->options.wal_dir;
	overview->log_bytes = head_bytes(&survey->head);
	overview->has_log = head_end(&survey->head, &overview->head);
}

/* What is about destination ${i}. */
static void
take_destination(struct survey *survey, size_t i, uint64_t now)
{
	static const struct history none;
	struct situation *situation = &survey->situations[i];
	struct record *record = record_of(survey, situation->remote->name);
	const struct history *history =
	    record != NULL ? &record->history : &none;

	history_tell(history, situation, now);
	situation_judge(situation);
	survey->destinations[i] = (struct overview_destination){
		.situation = situation,
		.history = history,
		.behind = head_behind(&survey->head, situation->settled),
	};
}

const struct overview *
survey_take(struct survey *survey)
{
	const struct survey_options *options = &survey->options;
	struct overview *overview = &survey->overview;
	struct reloader_view view = reloader_look(options->reloader);
	uint64_t now = clock_monotonic(options->clock);
	size_t i;

	overview->version = PACKAGE_VERSION;
	overview->now = clock_wall(options->clock);
	overview->config = view.config;
	overview->config_path = options->config_path;
	overview->reloaded = view.success;
	overview->reloaded_at = view.success_at;
	take_log(survey);
	overview->destinations = survey->destinations;
	overview->len =
	    fleet_look(options->fleet, survey->situations, &overview->memory);
	overview->ready = true;
	for (i = 0; i < overview->len; i++) {
		take_destination(survey, i, now);
		overview->ready =
		    overview->ready && survey->situations[i].ready;
	}
	return overview;
}
