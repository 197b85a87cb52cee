/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/identity.h"
#include "agent/auth/vault.h"
#include "agent/base/backoff.h"
#include "agent/base/log.h"

struct identity {
	struct identity_options options;
	struct timer *timer;           /* When to ask next. */
	struct backoff backoff, wrong; /* The other where an edit is needed. */
	struct vault vault;            /* The token; "": there is none. */
	uint64_t number;               /* Of the token, from 1. */
	uint64_t until;                /* Monotonic: it serves so long. */
	uint64_t anew;              /* Monotonic: when one was last refused. */
	bool asking;                /* A fetch is under way. */
	unsigned int failures;      /* In a row. */
	enum token_failure failure; /* The last that was said, and whether */
	bool spare;                 /* a token was still there then. */
	char error[TOKEN_ERROR_MAX];
	struct identity_wait *waits;
	struct log_gate gate;
	bool complained; /* More than of how it began. */
};

static void
schedule(struct identity *identity, uint64_t wait)
{
	timer_set(
	    identity->timer, clock_monotonic(identity->options.clock) + wait);
}

/* ${wait}, and a little, so that a fleet does not ask all at once. */
static uint64_t
spread(struct identity *identity, uint64_t wait)
{
	return wait +
	    backoff_chance(&identity->backoff, wait / IDENTITY_SPREAD);
}

/* Say that there is no token, and whether that matters yet. */
static void
complain(struct identity *identity, enum token_failure failure, uint64_t wait)
{
	uint64_t now = clock_monotonic(identity->options.clock), hidden;
	bool spare = now < identity->until;

	if (identity->failures == 1 || failure != identity->failure ||
	    spare != identity->spare)
		identity->gate = (struct log_gate){ 0 };
	identity->failure = failure;
	identity->spare = spare;
	if (!log_gate_open(&identity->gate, now, IDENTITY_LOG_PERIOD, &hidden))
		return;
	identity->complained = true;
	log_warn(spare ? "a token could not be renewed: using the one there "
			 "is, and trying again"
		       : "there is no token: sending nothing that needs it, "
			 "and trying again",
	    LOG_STR("identity", identity->options.name),
	    LOG_STR("err", identity->error),
	    LOG_STR("reason", token_meters_reason(failure)),
	    LOG_UINT("retry_in_seconds", (wait + CLOCK_SEC - 1) / CLOCK_SEC),
	    LOG_UINT("unsaid", hidden));
}

/* Whether ${failure} stays until somebody edits something. */
static bool
needs_an_edit(enum token_failure failure)
{
	return failure == TOKEN_CREDENTIAL || failure == TOKEN_EXPIRED ||
	    failure == TOKEN_TENANT;
}

static void
failed(struct identity *identity, const struct token_answer *answer)
{
	struct backoff *backoff = needs_an_edit(answer->failure)
	    ? &identity->wrong
	    : &identity->backoff;
	uint64_t wait = answer->retry_after;

	if (wait > IDENTITY_WAIT_MAX)
		wait = IDENTITY_WAIT_MAX;
	identity->failures++;
	wait = wait > 0 ? spread(identity, wait)
			: backoff_wait(backoff, identity->failures);
	(void)snprintf(
	    identity->error, sizeof(identity->error), "%s", answer->error);
	stat_inc(identity->options.meters->failures[answer->failure]);
	complain(identity, answer->failure, wait);
	schedule(identity, wait);
}

/* When a token of ${answer} is to be had anew. */
static uint64_t
refresh_of(const struct token_answer *answer)
{
	uint64_t wait = answer->lifetime / 2;

	if (answer->refresh_in > 0 && answer->refresh_in < wait)
		wait = answer->refresh_in;
	return wait > IDENTITY_REFRESH_MIN ? wait : IDENTITY_REFRESH_MIN;
}

static void
store(struct identity *identity, const struct token_answer *answer)
{
	struct clock *clock = identity->options.clock;
	uint64_t lifetime = answer->lifetime, margin = lifetime / 10;

	if (margin > IDENTITY_MARGIN)
		margin = IDENTITY_MARGIN;
	vault_put(&identity->vault, answer->token);
	identity->number++;
	identity->until = clock_monotonic(clock) + lifetime - margin;
	stat_set(identity->options.meters->expiry,
	    (double)(clock_wall(clock) / 1000) +
		(double)(lifetime / CLOCK_SEC));
	stat_inc(identity->options.meters->refreshes);
	if (identity->complained || identity->number == 1)
		log_info("there is a token",
		    LOG_STR("identity", identity->options.name),
		    LOG_UINT("seconds", lifetime / CLOCK_SEC));
	identity->failures = 0;
	identity->complained = false;
	schedule(identity, spread(identity, refresh_of(answer)));
}

static void
answered(void *arg, const struct token_answer *answer)
{
	struct identity *identity = arg;
	struct identity_wait *wait;

	identity->asking = false;
	if (answer->token != NULL)
		store(identity, answer);
	else
		failed(identity, answer);
	while ((wait = identity->waits) != NULL) {
		identity->waits = wait->next;
		wait->wake(wait->arg);
	}
}

static void
ask(void *arg)
{
	struct identity *identity = arg;

	if (identity->asking)
		return;
	identity->asking = true;
	if (token_fetch(identity->options.source, answered, identity) != 0)
		answered(identity,
		    &(struct token_answer){
			.failure = TOKEN_FAILED,
			.error = "out of memory",
		    });
}

struct identity *
identity_new(const struct identity_options *options)
{
	struct identity *identity;

	if ((identity = calloc(1, sizeof(*identity))) == NULL)
		return NULL;
	identity->options = *options;
	identity->backoff = (struct backoff){
		.min = IDENTITY_RETRY_MIN,
		.max = IDENTITY_RETRY_MAX,
		.random = (uint64_t)clock_wall(options->clock),
	};
	identity->wrong = identity->backoff;
	identity->wrong.max = IDENTITY_WRONG_MAX;
	(void)snprintf(identity->error, sizeof(identity->error),
	    "a token was asked for, and has not come yet");
	identity->timer = timer_new(options->clock, ask, identity);
	if (identity->timer == NULL ||
	    vault_open(&identity->vault, TOKEN_MAX) != 0) {
		timer_free(identity->timer);
		free(identity);
		return NULL;
	}
	schedule(identity, 0);
	return identity;
}

void
identity_free(struct identity *identity)
{
	if (identity == NULL)
		return;
	token_cancel(identity->options.source);
	token_source_free(identity->options.source);
	timer_free(identity->timer);
	vault_close(&identity->vault);
	free(identity);
}

const char *
identity_token(struct identity *identity, uint64_t *ret_number)
{
	if (clock_monotonic(identity->options.clock) >= identity->until) {
		vault_wipe(&identity->vault);
		stat_set(identity->options.meters->expiry, 0);
		return NULL;
	}
	*ret_number = identity->number;
	return identity->vault.text;
}

bool
identity_await(struct identity *identity, struct identity_wait *wait)
{
	if (identity->number > 0 || identity->failures > 0)
		return false;
	wait->next = identity->waits;
	identity->waits = wait;
	return true;
}

void
identity_forget(struct identity *identity, struct identity_wait *wait)
{
	struct identity_wait **link = &identity->waits;

	while (*link != NULL && *link != wait)
		link = &(*link)->next;
	if (*link != NULL)
		*link = wait->next;
}

const char *
identity_error(const struct identity *identity)
{
	return identity->error;
}

double
identity_expiry(const struct identity *identity)
{
	return stat_value(identity->options.meters->expiry);
}

bool
identity_failing(const struct identity *identity)
{
	return identity->failures > 0;
}

void
identity_refused(struct identity *identity, uint64_t number)
{
	uint64_t now = clock_monotonic(identity->options.clock);

	if (number != identity->number || identity->asking ||
	    (identity->anew != 0 && now - identity->anew < IDENTITY_ANEW_EVERY))
		return;
	identity->anew = now;
	schedule(identity, 0);
}
