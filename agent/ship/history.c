/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ship/history.h"

/* A lag that changes less than this a second does not tell when it ends. */
#define SLOPE_MIN 0.01

/* How much a counter grew; it may have begun anew. */
static double
growth(double now, double before)
{
	return now > before ? now - before : 0;
}

/* What was counted since the last point, over ${seconds}. */
static struct history_point
since(const struct history *history, const struct situation *situation,
    double seconds)
{
	return (struct history_point){
		.lag = (float)situation->lag,
		.in = (float)(growth((double)situation->read, history->read) /
		    seconds),
		.out =
		    (float)(growth(situation->delivered, history->delivered) /
			seconds),
		.lost = (float)growth(situation_lost(situation), history->lost),
	};
}

void
history_note(
    struct history *history, const struct situation *situation, uint64_t now)
{
	if (history->begun && now > history->at) {
		history->points[history->next] = since(history, situation,
		    (double)(now - history->at) / CLOCK_SEC);
		history->next = (history->next + 1) % HISTORY_POINTS;
		if (history->len < HISTORY_POINTS)
			history->len++;
	}
	if (situation->lag <= SITUATION_LATE)
		history->worst = 0;
	else if (situation->lag > history->worst)
		history->worst = situation->lag;
	history->begun = true;
	history->at = now;
	history->read = (double)situation->read;
	history->delivered = situation->delivered;
	history->lost = situation_lost(situation);
}

const struct history_point *
history_at(const struct history *history, size_t back)
{
	if (back >= history->len)
		return NULL;
	return &history->points[(history->next + HISTORY_POINTS - 1 - back) %
	    HISTORY_POINTS];
}

/* Seconds until ${lag} is over, at the pace of the last points; 0: unknown. */
static double
remaining(const struct history *history, double lag, double seconds)
{
	const struct history_point *point =
	    history_at(history, HISTORY_SLOPE - 1);
	double slope;

	if (point == NULL)
		return 0;
	seconds += (HISTORY_SLOPE - 1) * (double)(HISTORY_STEP / CLOCK_SEC);
	slope = ((double)point->lag - lag) / seconds;
	return slope > SLOPE_MIN ? lag / slope : 0;
}

void
history_tell(
    const struct history *history, struct situation *situation, uint64_t now)
{
	const struct history_point *last = history_at(history, 0), *point;
	double seconds = (double)(now - history->at) / CLOCK_SEC;
	struct history_point new = { 0 };
	size_t i;

	if (!history->begun)
		return;
	if (now > history->at)
		new = since(history, situation, seconds);
	situation->lost_lately = (double)new.lost;
	for (i = 0; i < HISTORY_LATELY; i++)
		if ((point = history_at(history, i)) != NULL)
			situation->lost_lately += (double)point->lost;
	if (last == NULL || now - history->at >= HISTORY_LEAST)
		last = &new;
	situation->in = (double)last->in;
	situation->out = (double)last->out;
	if (situation->lag <= SITUATION_LATE)
		return;
	situation->worst =
	    situation->lag > history->worst ? situation->lag : history->worst;
	situation->remaining = remaining(history, situation->lag, seconds);
}
