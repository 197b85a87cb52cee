/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/hold.h"
#include "agent/spool/choose.h"
#include "agent/spool/guard.h"

struct hold {
	struct hold_options options;
	struct chooser chooser;
	struct spool *spool; /* NULL: segments are not to be held. */
	struct guard *guard;
	struct spool_reader *awaited; /* Stands for who is to read, or NULL. */
	struct timer *poll;
	uint64_t deadline;
	bool settling; /* It is not settled yet. */
};

/* Whether the way of holding has nothing more to save before ${deadline}. */
static bool
is_settled(struct hold *hold, uint64_t deadline)
{
	struct spool_way *way =
	    hold->spool != NULL ? spool_way(hold->spool) : NULL;

	return way == NULL || way->settle == NULL || way->settle(way, deadline);
}

static void
settle(void *arg)
{
	struct hold *hold = arg;

	hold_look(hold); /* What was shipped meanwhile need not be saved. */
	if (!is_settled(hold, hold->deadline)) {
		timer_set(hold->poll,
		    clock_monotonic(hold->options.clock) + HOLD_POLL);
		return;
	}
	hold->settling = false;
	hold->options.settled(hold->options.arg);
}

void
hold_settle(struct hold *hold, uint64_t deadline)
{
	hold->settling = true;
	hold->deadline = deadline;
	timer_set(hold->poll, clock_monotonic(hold->options.clock));
}

/* Make the parts that hold segments; -1, said, if that cannot be. */
static int
make_parts(struct hold *hold)
{
	const struct hold_options *options = &hold->options;
	const struct config_spool *config = &options->config->spool;
	int status = chooser_init(&hold->chooser,
	    &(struct chooser_options){
		.clock = options->clock,
		.worker = options->worker,
		.stats = options->stats,
		.config = options->config,
		.wal_dir = options->wal_dir,
	    });

	if (status != 0)
		return -1;
	hold->spool = spool_open(&(struct spool_options){
	    .clock = options->clock,
	    .worker = options->worker,
	    .stats = options->stats,
	    .state_dir = options->config->state_dir,
	    .wal_dir = options->wal_dir,
	    .choose = chooser_choose,
	    .arg = &hold->chooser,
	});
	if (hold->spool == NULL)
		return -1;
	hold->guard = guard_new(&(struct guard_options){
	    .worker = options->worker,
	    .stats = options->stats,
	    .spool = hold->spool,
	    .bounds = {
		.clock = options->clock,
		.max_bytes = config->max_bytes,
		.max_age = config->max_age,
		.reserve = { config->min_free, config->min_free_percent },
		.paths = { options->config->data_dir, config->dir },
	    },
	});
	if (hold->guard == NULL)
		log_error("out of memory");
	return hold->guard == NULL ? -1 : 0;
}

struct hold *
hold_new(const struct hold_options *options)
{
	struct hold *hold;

	if ((hold = calloc(1, sizeof(*hold))) == NULL ||
	    (hold->poll = timer_new(options->clock, settle, hold)) == NULL) {
		log_error("out of memory");
		free(hold);
		return NULL;
	}
	hold->options = *options;
	if (options->config->spool.mode == CONFIG_SPOOL_OFF) {
		chooser_discard();
	} else if (make_parts(hold) != 0) {
		hold_free(hold);
		return NULL;
	}
	return hold;
}

void
hold_free(struct hold *hold)
{
	if (hold == NULL)
		return;
	if (hold->settling)
		(void)is_settled(hold, 0);
	timer_free(hold->poll);
	(void)hold_await(hold, false);
	guard_free(hold->guard);
	spool_free(hold->spool);
	chooser_release(&hold->chooser);
	free(hold);
}

struct spool *
hold_spool(const struct hold *hold)
{
	return hold->spool;
}

int
hold_await(struct hold *hold, bool waiting)
{
	if (hold->spool == NULL || waiting == (hold->awaited != NULL))
		return 0;
	if (waiting) {
		hold->awaited = spool_join(hold->spool);
		return hold->awaited != NULL ? 0 : -1;
	}
	spool_leave(hold->awaited);
	hold->awaited = NULL;
	return 0;
}

void
hold_look(struct hold *hold)
{
	if (hold->spool == NULL)
		return;
	spool_look(hold->spool);
	spool_tidy(hold->spool);
	guard_check(hold->guard);
}
