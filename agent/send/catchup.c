/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/send/catchup.h"
#include "agent/base/clock.h"

#define TIME_MAX (INT64_MAX / 4) /* ms: of samples that are looked at. */

void
catchup_tune(struct catchup *catchup, const struct config_remote *remote,
    uint64_t random)
{
	catchup->factor = remote->catch_up;
	catchup->age_limit =
	    (int64_t)(remote->queue.sample_age_limit / CLOCK_MSEC);
	catchup->spread =
	    remote->spread ? remote->queue.batch_send_deadline : 0;
	catchup->chance.random = random;
}

/* Begin to count with what is of ${time}. */
static void
begin(struct catchup *catchup, int64_t time, uint64_t count)
{
	catchup->since = catchup->latest = time;
	catchup->count = count;
}

void
catchup_read(struct catchup *catchup, const struct kept_record *record)
{
	int64_t time;
	double rate;

	catchup->read += record->len;
	if (record->len == 0)
		return;
	time = record->kept[0].time;
	/* What is so far from all else would have no difference either. */
	if (time < -TIME_MAX || time > TIME_MAX)
		return;
	if (catchup->count == 0 || time < catchup->since - CATCHUP_JUMP ||
	    time > catchup->latest + CATCHUP_JUMP) {
		begin(catchup, time, record->len);
		return;
	}
	if (time - catchup->since >= CATCHUP_SPAN) {
		rate = (double)catchup->count / (double)(time - catchup->since);
		catchup->rate =
		    catchup->rate > 0 ? (catchup->rate + rate) / 2 : rate;
		begin(catchup, time, 0);
	}
	if (time > catchup->latest)
		catchup->latest = time;
	catchup->count += record->len;
}

/* Whether ${batch} is late; not so if it is about to be too late. */
static bool
is_backlog(
    const struct catchup *catchup, const struct batch *batch, int64_t wall)
{
	if (catchup->factor == 0 || catchup->rate <= 0 ||
	    wall - batch->newest <= CATCHUP_AGE)
		return false;
	return catchup->age_limit == 0 ||
	    wall - batch->oldest <= catchup->age_limit - CATCHUP_MARGIN;
}

uint64_t
catchup_until(struct catchup *catchup, const struct batch *batch, int64_t wall,
    uint64_t now)
{
	if (!is_backlog(catchup, batch, wall)) {
		if (wall - batch->newest <= CATCHUP_AGE)
			catchup->begun = false;
		return 0;
	}
	if (!catchup->begun) {
		catchup->begun = true;
		now += backoff_chance(&catchup->chance, catchup->spread);
		if (catchup->next < now)
			catchup->next = now;
		return catchup->next;
	}
	return catchup->next > now ? catchup->next : 0;
}

void
catchup_spend(struct catchup *catchup, const struct batch *batch,
    uint32_t entries, int64_t wall, uint64_t now)
{
	double rate = catchup->rate * catchup->factor / CLOCK_MSEC;

	if (!is_backlog(catchup, batch, wall))
		return;
	if (catchup->next < now)
		catchup->next = now;
	catchup->next += (uint64_t)(entries / rate);
}
