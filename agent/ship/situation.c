/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "agent/auth/auth.h"
#include "agent/base/human.h"
#include "agent/send/waits.h"
#include "agent/ship/pending.h"
#include "agent/ship/situation.h"

#define SAID_MAX 320 /* Bytes of what was said that a sentence has. */

/* How it is with reading. */
static void
look_at_log(struct situation *to, const struct works *works, uint64_t now)
{
	const struct news *news = works->news;
	struct buf why;

	buf_over(&why, to->why, sizeof(to->why));
	to->ready = intake_ready(works->intake, &why);
	(void)buf_text(&why);
	to->waiting = intake_waiting(works->intake);
	if (news->failed != 0 && now - news->failed < SITUATION_UNREAD)
		to->unread = news->error;
	to->at = intake_position(works->intake);
	to->newest = (int64_t)(stat_value(works->meters->highest) * 1000);
	to->read = works->read;
	to->damaged = stat_value(works->meters->damaged);
	to->gaps = stat_value(works->meters->gap);
}

/* When the first of those that wait for their time is tried; 0: none is. */
static uint64_t
next_try(const struct window *window, const struct waits *waits, uint64_t now)
{
	uint64_t next = CLOCK_NEVER, least = waits->resume;
	unsigned int i;

	if (least < waits->paused)
		least = waits->paused;
	for (i = 0; i < WINDOW_SLOTS; i++)
		if (window->slots[i].state == BATCH_WAITING &&
		    window->slots[i].not_before < next)
			next = window->slots[i].not_before;
	if (next == CLOCK_NEVER)
		return 0;
	if (next < least)
		next = least;
	return next > now ? next - now : 0;
}

/* How it is with sending. */
static void
look_at_receiver(struct situation *to, const struct works *works, uint64_t now)
{
	struct sender_view view = sender_look(works->outlet->sender);
	const struct complaint *complaint = view.complaint;

	to->flying = works->window->flying;
	to->allowed = view.allowed;
	to->last = complaint->last;
	if (complaint->since != 0)
		to->troubled = now - complaint->since + 1;
	to->holds = view.waits->holds;
	to->asked = view.waits->paused > 0;
	to->throttled = throttle_active(&view.waits->throttle, now);
	to->next = next_try(works->window, view.waits, now);
	to->offset = view.offset;
}

/* What is counted of it. */
static void
look_at_meters(struct situation *to, const struct meters *meters)
{
	const struct kind_meters *kind;
	unsigned int i, j;

	for (i = 0; i < KEPT_KINDS; i++) {
		kind = &meters->kinds[i];
		to->delivered += stat_value(kind->delivered);
		for (j = 0; j < DROP_REASONS; j++)
			to->dropped[j] += stat_value(kind->dropped[j]);
		for (j = 0; j < FAIL_REASONS; j++)
			to->given_up[j] += stat_value(kind->given_up[j]);
	}
	to->series = stat_value(meters->series);
}

/* As whom it sends. */
static void
look_at_identity(struct situation *to, const struct works *works)
{
	struct auth_view view = auth_look(works->outlet->http);

	to->tokens = view.tokens;
	to->expiry = (int64_t)(view.expiry * 1000);
	source_name(works->remote, to->identity);
	if (view.error != NULL)
		(void)snprintf(
		    to->token_error, sizeof(to->token_error), "%s", view.error);
}

/* While nothing is pending: the age of the newest that is settled; seconds. */
static double
unread_age(const struct situation *situation, const struct cutter *cutter)
{
	int64_t highest = cutter->ranges.highest;

	return highest > INT64_MIN && highest < situation->wall
	    ? (double)(situation->wall - highest) / 1000
	    : 0;
}

void
situation_look(struct situation *ret, const struct works *works)
{
	uint64_t now = clock_monotonic(works->clock);
	struct pending pending =
	    pending_of(works->window, works->cutter, works->before);

	works_measure(works);
	*ret = (struct situation){
		.remote = works->remote,
		.wall = clock_wall(works->clock),
		.settled = pending.settled,
		.lag = stat_value(works->meters->lag),
		.stopping = works->stopping,
	};
	memcpy(ret->pending, pending.entries, sizeof(ret->pending));
	look_at_log(ret, works, now);
	look_at_receiver(ret, works, now);
	look_at_meters(ret, works->meters);
	look_at_identity(ret, works);
	if (ret->lag == 0 && works->cutter->behind)
		ret->lag = unread_age(ret, works->cutter);
}

double
situation_lost(const struct situation *situation)
{
	double lost = 0;
	unsigned int i;

	for (i = 0; i < DROP_REASONS; i++)
		if (i != DROP_BY_RULE)
			lost += situation->dropped[i];
	for (i = 0; i < FAIL_REASONS; i++)
		if (i != FAIL_DUPLICATE)
			lost += situation->given_up[i];
	return lost;
}

/* Seconds since the newest sample of the log. */
static double
quiet_for(const struct situation *situation)
{
	return (double)(situation->wall - situation->newest) / 1000;
}

/* The same, of what is being delivered. */
static enum situation_state
judge_delivery(const struct situation *situation)
{
	bool late = situation->lag > SITUATION_LATE;

	if (situation->tokens && situation->expiry == 0 &&
	    *situation->token_error != '\0')
		return SITUATION_TOKENLESS;
	if (situation->throttled && late)
		return SITUATION_THROTTLED;
	if (situation->lost_lately > 0)
		return SITUATION_LOSING;
	if (late)
		return SITUATION_CATCHING_UP;
	if (situation->newest != 0 && quiet_for(situation) > SITUATION_QUIET)
		return SITUATION_IDLE;
	return SITUATION_DELIVERING;
}

void
situation_judge(struct situation *situation)
{
	if (situation->stopping)
		situation->state = SITUATION_STOPPING;
	else if (situation->unread != 0)
		situation->state = SITUATION_UNREADABLE;
	else if (situation->troubled != 0 && situation->holds > 0)
		situation->state = SITUATION_HELD;
	else if (situation->troubled != 0 && situation->asked)
		situation->state = SITUATION_PAUSED;
	else if (situation->troubled != 0)
		situation->state = SITUATION_RETRYING;
	else if (situation->waiting)
		situation->state = SITUATION_WAITING;
	else if (!situation->ready)
		situation->state = SITUATION_STARTING;
	else
		situation->state = judge_delivery(situation);
}

enum situation_level
situation_level(const struct situation *situation)
{
	switch (situation->state) {
	case SITUATION_DELIVERING:
	case SITUATION_STARTING:
	case SITUATION_STOPPING:
	case SITUATION_CATCHING_UP:
	case SITUATION_STATES:
		break;
	case SITUATION_WAITING:
	case SITUATION_THROTTLED:
	case SITUATION_IDLE:
	case SITUATION_LOSING:
	case SITUATION_TOKENLESS:
		return SITUATION_ATTENTION;
	case SITUATION_RETRYING:
	case SITUATION_PAUSED:
		return situation->troubled < SITUATION_PATIENCE
		    ? SITUATION_ATTENTION
		    : SITUATION_TROUBLE;
	case SITUATION_HELD:
	case SITUATION_UNREADABLE:
		return SITUATION_TROUBLE;
	}
	return SITUATION_OK;
}

const char *
situation_state_word(enum situation_state state)
{
	static const char *const words[SITUATION_STATES] = {
		[SITUATION_DELIVERING] = "delivering",
		[SITUATION_STARTING] = "starting",
		[SITUATION_WAITING] = "waiting",
		[SITUATION_CATCHING_UP] = "catching_up",
		[SITUATION_THROTTLED] = "throttled",
		[SITUATION_IDLE] = "idle",
		[SITUATION_LOSING] = "losing",
		[SITUATION_STOPPING] = "stopping",
		[SITUATION_TOKENLESS] = "tokenless",
		[SITUATION_RETRYING] = "retrying",
		[SITUATION_PAUSED] = "paused",
		[SITUATION_HELD] = "held",
		[SITUATION_UNREADABLE] = "unreadable",
	};

	return words[state];
}

const char *
situation_level_word(enum situation_level level)
{
	static const char *const words[] = {
		[SITUATION_OK] = "ok",
		[SITUATION_ATTENTION] = "attention",
		[SITUATION_TROUBLE] = "trouble",
	};

	return words[level];
}

/* Say what went wrong, since when, and when it is tried again. */
static void
put_trouble(const struct situation *situation, struct buf *out)
{
	const struct complaint_last *last = &situation->last;

	buf_putc(out, (char)toupper((unsigned char)*last->what));
	buf_puts(out, last->what + 1);
	if (last->status != 0)
		buf_printf(out, " (status %d)", last->status);
	else if (*last->said != '\0')
		buf_printf(out, " (%.*s)", SAID_MAX, last->said);
	buf_puts(out, "; for ");
	human_put_time(out, (double)situation->troubled / CLOCK_SEC);
	if (situation->next > 0) {
		buf_puts(out, ", next try in ");
		human_put_time(out, (double)situation->next / CLOCK_SEC);
	}
	buf_puts(out,
	    strstr(last->what, "refused samples, dropped") != NULL
		? ". What it refuses so is lost: see what it says, and the url."
		: ". What waits stays in the log.");
}

/* Say how far it is behind, and for how long. */
static void
put_catching_up(const struct situation *situation, struct buf *out)
{
	buf_puts(out, "Catching up: ");
	human_put_time(out, situation->lag);
	buf_puts(out, " behind");
	if (situation->remaining > 0) {
		buf_puts(out, ", caught up in about ");
		human_put_time(out, situation->remaining);
	}
	buf_putc(out, '.');
}

/* By which reason most is lost. */
static const char *
main_reason(const struct situation *situation)
{
	const char *reason = "";
	double most = 0;
	unsigned int i;

	for (i = 0; i < DROP_REASONS; i++)
		if (i != DROP_BY_RULE && situation->dropped[i] > most) {
			most = situation->dropped[i];
			reason = meters_drop_reason(i);
		}
	for (i = 0; i < FAIL_REASONS; i++)
		if (i != FAIL_DUPLICATE && situation->given_up[i] > most) {
			most = situation->given_up[i];
			reason = meters_fail_reason(i);
		}
	return reason;
}

/* Say what is delivered, though not all. */
static void
put_losing(const struct situation *situation, struct buf *out)
{
	buf_puts(out, "Delivering, but of the last ten minutes ");
	human_put_count(out, situation->lost_lately);
	buf_printf(out, " samples were dropped, most of them as %s.",
	    main_reason(situation));
}

/* Say how it is with the log, as of which there is nothing to deliver. */
static void
put_log(const struct situation *situation, struct buf *out)
{
	switch (situation->state) {
	case SITUATION_WAITING:
		buf_puts(out,
		    "There is no log yet: start Prometheus, or mend "
		    "prometheus.data_dir.");
		break;
	case SITUATION_STARTING:
		buf_printf(out, "Starting: %s",
		    *situation->why != '\0' ? situation->why
					    : "learning the series.");
		break;
	case SITUATION_IDLE:
		buf_puts(out,
		    "All is delivered, but the log has had nothing "
		    "new for ");
		human_put_time(out, quiet_for(situation));
		buf_puts(out, ": does Prometheus run and scrape?");
		break;
	default:
		buf_printf(out,
		    "The log cannot be read (%s): check that this user may "
		    "read it; trying again.",
		    strerror(situation->unread));
	}
}

void
situation_put(const struct situation *situation, struct buf *out)
{
	switch (situation->state) {
	case SITUATION_DELIVERING:
	case SITUATION_STATES:
		buf_puts(out,
		    situation->delivered > 0
			? "Delivering as it comes."
			: "Nothing was delivered yet since the start; nothing "
			  "failed either.");
		break;
	case SITUATION_TOKENLESS:
		buf_printf(out,
		    "There is no token (%s). What waits stays in the log.",
		    situation->token_error);
		break;
	case SITUATION_STOPPING:
		buf_puts(out, "Stopping: sending what was read.");
		break;
	case SITUATION_STARTING:
	case SITUATION_WAITING:
	case SITUATION_IDLE:
	case SITUATION_UNREADABLE:
		put_log(situation, out);
		break;
	case SITUATION_CATCHING_UP:
		put_catching_up(situation, out);
		break;
	case SITUATION_THROTTLED:
		buf_puts(out,
		    "Throttled: the receiver, or rate_limit, takes "
		    "less than there is; ");
		human_put_time(out, situation->lag);
		buf_puts(out, " behind. Raise its limits.");
		break;
	case SITUATION_LOSING:
		put_losing(situation, out);
		break;
	case SITUATION_RETRYING:
	case SITUATION_PAUSED:
	case SITUATION_HELD:
		put_trouble(situation, out);
		break;
	}
}
