/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/meters/minute.h"

/* What is counted, and never goes down but when the meters begin anew. */
struct counts {
	double accepted, ends;           /* Requests. */
	double bytes, answers, duration; /* Of these. */
	double samples, retried, dropped, given_up;
};

struct minute {
	struct minute_options options;
	struct timer *timer;
	struct counts before; /* A minute ago. */
};

/* What there is now. */
static struct counts
count(const struct meters *meters)
{
	struct counts counts = {
		.accepted = meters_answers(meters, 2),
		.ends = meters_ends(meters),
		.bytes = stat_value(meters->bytes),
		.answers = stat_value(meters->duration),
		.duration = stat_sum(meters->duration),
	};
	const struct kind_meters *kind;
	unsigned int i, reason;

	for (i = 0; i < KEPT_KINDS; i++) {
		kind = &meters->kinds[i];
		counts.samples += stat_value(kind->total);
		counts.retried += stat_value(kind->retried);
		counts.given_up += stat_value(kind->failed);
		for (reason = 0; reason < DROP_REASONS; reason++)
			if (reason != DROP_BY_RULE)
				counts.dropped +=
				    stat_value(kind->dropped[reason]);
	}
	return counts;
}

static double
pending(const struct meters *meters)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < KEPT_KINDS; i++)
		sum += stat_value(meters->kinds[i].pending);
	return sum;
}

/* ${sum} by ${count}, or 0. */
static double
average(double sum, double count)
{
	return count > 0 ? sum / count : 0;
}

/* The difference of two numbers that are whole. */
static uint64_t
more(double now, double before)
{
	return now > before ? (uint64_t)(now - before) : 0;
}

static void
say(const struct minute *minute, const struct counts *now)
{
	const struct meters *meters = minute->options.meters;
	const struct counts *before = &minute->before;
	uint64_t accepted = more(now->accepted, before->accepted);
	uint64_t ends = more(now->ends, before->ends);

	log_info("Metric packets published in last 1 minute",
	    LOG_STR("remote", minute->options.remote->name),
	    LOG_UINT("avgBytesPerRequest",
		(uint64_t)average(
		    now->bytes - before->bytes, (double)accepted)),
	    LOG_NUM("avgRequestDurationInSec",
		average(now->duration - before->duration,
		    now->answers - before->answers)),
	    LOG_UINT("failedPublishing", ends - accepted),
	    LOG_UINT("successfullyPublished", accepted),
	    LOG_UINT("samples", more(now->samples, before->samples)),
	    LOG_UINT("retried", more(now->retried, before->retried)),
	    LOG_UINT("dropped", more(now->dropped, before->dropped)),
	    LOG_UINT("given_up", more(now->given_up, before->given_up)),
	    LOG_UINT("pending", more(pending(meters), 0)),
	    LOG_UINT("lag_seconds", more(stat_value(meters->lag), 0)));
}

static void
fire(void *arg)
{
	struct minute *minute = arg;
	struct counts now;

	stats_update(minute->options.stats);
	now = count(minute->options.meters);
	if (now.ends < minute->before.ends) /* They began anew. */
		minute->before = (struct counts){ 0 };
	say(minute, &now);
	minute->before = now;
	timer_set(minute->timer,
	    clock_monotonic(minute->options.clock) + MINUTE_PERIOD);
}

struct minute *
minute_new(const struct minute_options *options)
{
	struct minute *minute;

	if ((minute = calloc(1, sizeof(*minute))) == NULL)
		return NULL;
	minute->options = *options;
	minute->before = count(options->meters);
	if ((minute->timer = timer_new(options->clock, fire, minute)) == NULL) {
		minute_free(minute);
		return NULL;
	}
	timer_set(
	    minute->timer, clock_monotonic(options->clock) + MINUTE_PERIOD);
	return minute;
}

void
minute_stop(struct minute *minute)
{
	timer_set(minute->timer, CLOCK_NEVER);
}

void
minute_free(struct minute *minute)
{
	if (minute == NULL)
		return;
	timer_free(minute->timer);
	free(minute);
}

void
minute_tune(struct minute *minute, const struct config_remote *remote)
{
	minute->options.remote = remote;
}
