/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/send/waits.h"

void
waits_init(
    struct waits *waits, const struct config_remote *remote, uint64_t random)
{
	*waits = (struct waits){
		.backoff = {
			.min = remote->queue.min_backoff,
			.max = remote->queue.max_backoff,
			.random = random,
		},
		.patience = {
			.min = WAITS_HOLD_MIN,
			.max = WAITS_HOLD_MAX,
			.random = random,
		},
		.throttle.per_minute = remote->samples_per_minute,
		.spread =
		    remote->spread ? remote->queue.batch_send_deadline : 0,
	};
}

void
waits_tune(
    struct waits *waits, const struct config_remote *remote, uint64_t now)
{
	const struct waits was = *waits;

	waits_init(waits, remote, was.backoff.random);
	if (was.holds == 0) {
		waits->paused = was.paused;
		waits->asked = was.asked;
	}
	waits->throttle = was.throttle;
	throttle_tune(&waits->throttle, remote->samples_per_minute, now);
}

uint64_t
waits_failed(struct waits *waits, const struct batch *batch, uint64_t now)
{
	if (batch->sent >= waits->failed)
		waits->failures++;
	waits->failed = now;
	if (waits->failures > 1)
		waits->resume =
		    now + backoff_wait(&waits->backoff, waits->failures);
	return now + backoff_wait(&waits->backoff, batch->attempts);
}

/* Someone asks for nothing to be sent before ${until}. */
static uint64_t
pause_until(struct waits *waits, uint64_t until, uint64_t now)
{
	waits->asked = now;
	if (waits->paused < until)
		waits->paused = until;
	return until;
}

uint64_t
waits_held(struct waits *waits, const struct batch *batch, uint64_t now)
{
	if (batch->sent >= waits->asked || waits->holds == 0)
		waits->holds++;
	return pause_until(
	    waits, now + backoff_wait(&waits->patience, waits->holds), now);
}

uint64_t
waits_throttled(
    struct waits *waits, const struct batch *batch, uint64_t wait, uint64_t now)
{
	if (wait == 0)
		wait = backoff_wait(&waits->backoff, batch->attempts);
	wait += backoff_chance(&waits->backoff, waits->spread);
	throttle_paused(&waits->throttle, now + wait);
	return pause_until(waits, now + wait, now);
}

uint64_t
waits_search(struct waits *waits, uint64_t now)
{
	uint64_t at = waits->search > now ? waits->search : now;

	if (waits->spread == 0)
		return 0;
	waits->search = at + WAITS_SEARCH;
	return at;
}

void
waits_refused(struct waits *waits)
{
	waits->failures = 0;
}

bool
waits_accepted(struct waits *waits, const struct batch *batch)
{
	if (batch->sent < waits->asked)
		return false;
	waits->failures = waits->holds = 0;
	waits->resume = waits->paused = 0;
	return true;
}

bool
waits_paused(const struct waits *waits, uint64_t now, bool flying)
{
	return now < waits->resume || now < waits->paused ||
	    (flying && (waits->resume > 0 || waits->paused > 0));
}

uint64_t
waits_until(struct waits *waits, uint64_t now)
{
	uint64_t until = throttle_next(&waits->throttle, now);

	if (until < waits->resume)
		until = waits->resume;
	return until < waits->paused ? waits->paused : until;
}

void
waits_forget(struct waits *waits)
{
	waits->resume = waits->paused = 0;
}
