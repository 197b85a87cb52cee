/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/berth.h"
#include "agent/spool/need.h"

int
berth_take(struct berth *berth, struct spool *spool, const char *wal_dir)
{
	*berth = (struct berth){ .log.path = wal_dir, .spool = spool };
	if (spool == NULL)
		return 0;
	berth->log.keeper = spool_keeper(spool);
	berth->reader = spool_join(spool);
	return berth->reader == NULL ? -1 : 0;
}

/* Whether ${point} is in the last segment of the log. */
static bool
is_in_last(const struct berth *berth, struct position_point point)
{
	const struct spool_table *table = spool_segments(berth->spool);

	return point.generation == table->generation &&
	    point.segment + 1 >= table->next;
}

/* The earlier of ${a} and the place of ${mark}. */
static struct position_point
earlier(struct position_point a, const struct wal_mark *mark)
{
	struct position_point b = position_point(mark);

	return position_compare(b, a) < 0 ? b : a;
}

/* Have the intake ${arg} close what it reads. */
static void
close_segment(void *arg, struct wal_mark *ret)
{
	intake_abandon(arg, ret);
}

void
berth_move(
    struct berth *berth, const struct position *position, struct intake *intake)
{
	struct position_point from = position_point(&position->mark);
	struct wal_mark known;

	if (berth->reader == NULL)
		return;
	berth->reader->close = close_segment;
	berth->reader->arg = intake;
	if (!position->begun)
		return;
	/* What follows a checkpoint is the segment above it. */
	if (position->mark.inside != 0)
		from.segment = position->mark.checkpoint + 1;
	else if (!is_in_last(berth, from) && intake_known(intake, &known))
		from = earlier(from, &known);
	spool_stand(berth->reader, from.generation, from.segment);
}

void
berth_limit(struct berth *berth, uint64_t usec)
{
	if (berth->reader != NULL)
		spool_limit(berth->reader, usec);
}

void
berth_leave(struct berth *berth)
{
	spool_leave(berth->reader);
	*berth = (struct berth){ 0 };
}
