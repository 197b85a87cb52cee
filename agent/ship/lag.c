/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/lag.h"
#include "agent/base/log.h"
#include "agent/ship/pending.h"

void
lag_init(struct lag *lag, uint64_t max)
{
	*lag = (struct lag){ .max = (int64_t)(max / CLOCK_MSEC),
		.before = INT64_MIN };
}

void
lag_tune(struct lag *lag, uint64_t max)
{
	lag->max = (int64_t)(max / CLOCK_MSEC);
}

/* Find out whether it is kept ${behind} ms behind. */
static void
watch(struct lag *lag, int64_t behind, uint64_t now)
{
	if (!lag->watching) {
		lag->watching = true;
		lag->kept = false;
	} else if (now - lag->since < LAG_PROOF) {
		return;
	} else {
		lag->kept = behind >= lag->then;
	}
	lag->since = now;
	lag->then = behind;
}

bool
lag_look(
    struct lag *lag, int64_t oldest, int64_t wall, bool throttled, uint64_t now)
{
	int64_t behind = oldest < wall ? wall - oldest : 0;

	if (lag->max == 0 || !throttled) {
		lag->watching = false;
		return false;
	}
	watch(lag, behind, now);
	if (!lag->kept || behind <= lag->max || lag->skipping)
		return false;
	lag->watching = false;
	lag->skipping = true;
	lag->from = oldest;
	lag->before = wall - lag->max / 2;
	return true;
}

/* How many entries of all kinds were left out so far. */
static double
dropped(const struct meters *meters)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		sum += stat_value(meters->kinds[i].dropped[DROP_MAX_LAG]);
	return sum;
}

void
lag_tell(
    struct lag *lag, int64_t oldest, const char *remote, struct meters *meters)
{
	double seconds = (double)(lag->before - lag->from) / 1000;

	/* With nothing at all, reading may not be done with it. */
	if (!lag->skipping || oldest < lag->before || oldest == INT64_MAX)
		return;
	lag->skipping = false;
	stat_inc(meters->skips);
	stat_add(meters->skipped_seconds, seconds);
	log_warn("the receiver takes less than there is: skipped ahead, so "
		 "that what is sent is fresh; raise its limits, or max_lag",
	    LOG_STR("remote", remote),
	    LOG_NUM("samples", dropped(meters) - lag->dropped),
	    LOG_INT("from_ms", lag->from), LOG_INT("to_ms", lag->before),
	    LOG_NUM("seconds", seconds));
	lag->dropped = dropped(meters);
}

void
lag_turn(struct lag *lag, const struct works *works, uint64_t now)
{
	struct sender *sender = works->outlet->sender;
	int64_t oldest =
	    pending_of(works->window, works->cutter, INT64_MIN).oldest;

	if (lag_look(lag, oldest, sender_wall(sender), sender_throttled(sender),
		now))
		sender_skip(sender, lag->before);
	/* What an earlier life had cut is cut again, whatever is left out. */
	intake_skip(works->intake,
	    cutter_planned(works->cutter) ? INT64_MIN : lag->before);
	lag_tell(lag, oldest, works->remote->name, works->meters);
}
