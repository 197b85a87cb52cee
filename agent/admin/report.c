/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admin/report.h"
#include "agent/base/human.h"
#include "agent/base/text.h"
#include "agent/config/profile.h"

#define TEXT_MAX 4096u /* Bytes of one text. */

/* Add what need not be there: null if there was no memory for it. */
static void
set(json_t *to, const char *key, json_t *value)
{
	(void)json_object_set_new(to, key, value != NULL ? value : json_null());
}

/* Any bytes, as a string. */
static json_t *
text(const char *value)
{
	struct buf utf8;
	json_t *json;

	buf_init(&utf8, TEXT_MAX);
	text_put_utf8(&utf8, value, strlen(value));
	json = json_string(buf_text(&utf8));
	buf_release(&utf8);
	return json;
}

/* A text, or null if it is empty. */
static json_t *
text_or_null(const char *value)
{
	return *value != '\0' ? text(value) : json_null();
}

static json_t *
count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* A number, whole if it is. */
static json_t *
number(double value)
{
	return value >= 0 && value < 9e15 && value == (double)(uint64_t)value
	    ? count((uint64_t)value)
	    : json_real(value);
}

/* A moment, in ms since 1970; 0: none. */
static json_t *
moment(int64_t ms)
{
	char memory[64];
	struct buf out;

	if (ms == 0)
		return json_null();
	buf_over(&out, memory, sizeof(memory));
	human_put_date(&out, ms);
	return json_string(buf_text(&out));
}

static json_t *
position(const struct wal_position *at)
{
	json_t *json = json_object();

	set(json, "segment", count(at->segment));
	set(json, "offset", count(at->offset));
	return json;
}

/* What of it is not delivered, by reason; reasons of which there is none are
 * left out. */
static json_t *
reasons(const struct situation *situation)
{
	json_t *json = json_object(), *dropped = json_object();
	json_t *given_up = json_object();
	unsigned int i;

	for (i = 0; i < DROP_REASONS; i++)
		if (situation->dropped[i] > 0)
			set(dropped, meters_drop_reason(i),
			    number(situation->dropped[i]));
	for (i = 0; i < FAIL_REASONS; i++)
		if (situation->given_up[i] > 0)
			set(given_up, meters_fail_reason(i),
			    number(situation->given_up[i]));
	set(json, "dropped", dropped);
	set(json, "given_up", given_up);
	set(json, "damaged_places", number(situation->damaged));
	set(json, "gap_segments", number(situation->gaps));
	return json;
}

/* What went wrong last, be it over or not; null: nothing has. */
static json_t *
last_error(const struct situation *situation)
{
	const struct complaint_last *last = &situation->last;
	json_t *json;

	if (last->at == 0)
		return json_null();
	json = json_object();
	set(json, "time", moment(last->at));
	set(json, "message", text(last->what));
	set(json, "status",
	    last->status != 0 ? json_integer(last->status) : json_null());
	set(json, "said", text_or_null(last->said));
	set(json, "over", json_boolean(situation->troubled == 0));
	return json;
}

/* Until when nothing, or little, is sent; null: something is. */
static json_t *
pause_of(const struct situation *situation)
{
	json_t *json;

	if (situation->troubled == 0)
		return json_null();
	json = json_object();
	set(json, "kind", json_string(situation_state_word(situation->state)));
	set(json, "for_seconds",
	    number((double)(situation->troubled / CLOCK_SEC)));
	set(json, "next_try_seconds",
	    json_real((double)situation->next / CLOCK_SEC));
	return json;
}

/* How far it is with a backlog; null: there is none. */
static json_t *
catch_up(const struct situation *situation)
{
	json_t *json;

	if (situation->worst <= 0)
		return json_null();
	json = json_object();
	set(json, "progress", json_real(overview_progress(situation)));
	set(json, "remaining_seconds",
	    situation->remaining > 0 ? json_real(situation->remaining)
				     : json_null());
	return json;
}

/* As whom it sends; null: as nobody in particular. */
static json_t *
token(const struct situation *situation)
{
	json_t *json;

	if (!situation->tokens)
		return json_null();
	json = json_object();
	set(json, "identity", text_or_null(situation->identity));
	set(json, "expires", moment(situation->expiry));
	set(json, "error", text_or_null(situation->token_error));
	return json;
}

/* What the profile changed of Prometheus's defaults; null: there is none. */
static json_t *
profile(const struct config_remote *remote)
{
	json_t *json, *defaults;
	struct buf put;
	char *word, *rest;

	if (remote->profile != CONFIG_PROFILE_AZUREMONITOR)
		return json_null();
	json = json_object();
	defaults = json_array();
	buf_init(&put, PROFILE_TEXT_MAX);
	profile_put(remote, &put);
	(void)buf_text(&put);
	for (word = put.len > 0 ? strtok_r((char *)put.data, " ", &rest) : NULL;
	     word != NULL; word = strtok_r(NULL, " ", &rest))
		(void)json_array_append_new(defaults, text(word));
	buf_release(&put);
	set(json, "name", json_string("azuremonitor"));
	set(json, "defaults", defaults);
	return json;
}

/* What is on its way. */
static void
put_window(json_t *json, const struct situation *situation)
{
	static const char *const kinds[KEPT_KINDS] = {
		[KEPT_SAMPLE] = "samples",
		[KEPT_EXEMPLAR] = "exemplars",
		[KEPT_HISTOGRAM] = "histograms",
	};
	json_t *pending = json_object();
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		set(pending, kinds[i], count(situation->pending[i]));
	set(json, "pending", pending);
	set(json, "requests_in_flight", count(situation->flying));
	set(json, "requests_allowed", count(situation->allowed));
}

static json_t *
sentence(const struct situation *situation)
{
	struct buf put;
	json_t *json;

	buf_init(&put, TEXT_MAX);
	situation_put(situation, &put);
	json = text(buf_text(&put));
	buf_release(&put);
	return json;
}

static json_t *
destination(const struct overview_destination *of)
{
	const struct situation *situation = of->situation;
	json_t *json = json_object();

	set(json, "name", text(situation->remote->name));
	set(json, "url", text(situation->remote->shown_url));
	set(json, "state", json_string(situation_state_word(situation->state)));
	set(json, "level",
	    json_string(situation_level_word(situation_level(situation))));
	set(json, "sentence", sentence(situation));
	set(json, "lag_seconds", json_real(situation->lag));
	set(json, "samples_in_per_second", json_real(situation->in));
	set(json, "samples_out_per_second", json_real(situation->out));
	set(json, "delivered", number(situation->delivered));
	put_window(json, situation);
	set(json, "series", number(situation->series));
	set(json, "acknowledged", position(&situation->settled));
	set(json, "read", position(&situation->at));
	set(json, "newest_sample", moment(situation->newest));
	set(json, "behind_bytes", count(of->behind));
	set(json, "catch_up", catch_up(situation));
	set(json, "pause", pause_of(situation));
	set(json, "last_error", last_error(situation));
	set(json, "token", token(situation));
	set(json, "lost", reasons(situation));
	set(json, "clock_offset_seconds",
	    json_real((double)situation->offset / 1000));
	set(json, "profile", profile(situation->remote));
	return json;
}

/* The configuration: where it is from, and what is to be said of it. */
static json_t *
config_of(const struct overview *overview)
{
	json_t *json = json_object(), *warnings = json_array();
	size_t i;

	for (i = 0; i < overview->config->warnings_len; i++)
		(void)json_array_append_new(
		    warnings, text(overview->config->warnings[i]));
	set(json, "file", text(overview->config_path));
	set(json, "last_reload_successful", json_boolean(overview->reloaded));
	set(json, "last_reload", moment(overview->reloaded_at));
	set(json, "warnings", warnings);
	return json;
}

/* What is about all destinations. */
static void
put_agent(json_t *json, const struct overview *overview)
{
	json_t *wal = json_object(), *spool = json_object();
	json_t *memory = json_object();

	set(json, "version", json_string(overview->version));
	set(json, "time", moment(overview->now));
	set(json, "started", moment(overview->started));
	set(json, "level",
	    json_string(situation_level_word(overview_level(overview))));
	set(json, "ready", json_boolean(overview->ready));
	set(json, "config", config_of(overview));
	set(wal, "directory", text(overview->wal_dir));
	set(wal, "head",
	    overview->has_log ? position(&overview->head) : json_null());
	set(json, "wal", wal);
	set(spool, "mode", json_string(overview->spool_mode));
	set(spool, "segments", count(overview->held));
	set(spool, "pinned_bytes", count(overview->pinned));
	set(json, "spool", spool);
	set(memory, "series_bytes", count(overview->memory));
	set(memory, "limit_bytes", count(overview->config->limits.memory));
	set(json, "memory", memory);
}

void
report_put(const struct overview *overview, struct buf *out)
{
	json_t *json = json_object(), *destinations = json_array();
	char *line;
	size_t i;

	put_agent(json, overview);
	for (i = 0; i < overview->len; i++)
		(void)json_array_append_new(
		    destinations, destination(&overview->destinations[i]));
	set(json, "destinations", destinations);
	line = json_dumps(
	    json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
	json_decref(json);
	if (line == NULL)
		return;
	buf_puts(out, line);
	buf_putc(out, '\n');
	free(line);
}
