/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "tests/unit/series/body.h"
#include "tests/unit/ship/workspace.h"

#define LABELS_MAX 63u
#define NAME_MAX_CHARS 511u
#define VALUE_MAX 1023u

/* A request while it is looked at. */
struct visit {
	struct workspace *workspace;
	Remote__WriteRequest *message;
	size_t samples, fresh;
};

void
workspace_init(struct workspace *workspace)
{
	memset(workspace, 0, sizeof(*workspace));
	workspace->duplicate = 422;
}

void
workspace_release(struct workspace *workspace)
{
	unsigned int i;

	for (i = 0; i < WORKSPACE_SERIES_MAX; i++)
		free(workspace->series[i].key);
}

/* What its clock reads, in ms since 1970. */
static int64_t
wall_of(const struct workspace *workspace)
{
	return clock_wall(sim_clock(workspace->sim)) + workspace->skew;
}

unsigned int
workspace_second(const struct workspace *workspace)
{
	return (
	    unsigned int)((sim_now(workspace->sim) - SIM_START) / CLOCK_SEC);
}

uint64_t
workspace_dropped(const struct workspace *workspace)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < WORKSPACE_REASONS; i++)
		sum += workspace->dropped[i];
	return sum;
}

unsigned int
workspace_peak(
    const struct workspace *workspace, unsigned int from, unsigned int seconds)
{
	unsigned int i, peak = 0;

	assert(from + seconds <= WORKSPACE_SECONDS);
	for (i = from; i < from + seconds; i++)
		if (workspace->seconds[i] > peak)
			peak = workspace->seconds[i];
	return peak;
}

/* The labels of ${series} in small letters, to be freed. */
static char *
key_of(const Remote__TimeSeries *series)
{
	size_t i, len = 1;
	char *key, *at;

	for (i = 0; i < series->n_labels; i++)
		len += series->labels[i]->name.len +
		    series->labels[i]->value.len + 2;
	at = key = malloc(len);
	assert(key != NULL);
	for (i = 0; i < series->n_labels; i++)
		at +=
		    sprintf(at, "%.*s=%.*s,", (int)series->labels[i]->name.len,
			(const char *)series->labels[i]->name.data,
			(int)series->labels[i]->value.len,
			(const char *)series->labels[i]->value.data);
	*at = '\0';
	for (at = key; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return key;
}

/* What is known of the series of ${key}, which it takes over. */
static struct workspace_series *
find(struct workspace *workspace, char *key)
{
	struct workspace_series *series;
	uint32_t hash = 2166136261u;
	const char *at;

	for (at = key; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	for (;; hash++) {
		series = &workspace->series[hash % WORKSPACE_SERIES_MAX];
		if (series->key == NULL) {
			series->key = key;
			series->newest = INT64_MIN;
			return series;
		}
		if (strcmp(series->key, key) == 0)
			break;
	}
	free(key);
	return series;
}

/* Whether it takes such labels. */
static bool
are_fine(const Remote__TimeSeries *series)
{
	const Remote__Label *label, *other;
	size_t i, j;

	if (series->n_labels > LABELS_MAX)
		return false;
	for (i = 0; i < series->n_labels; i++) {
		label = series->labels[i];
		if (label->name.len > NAME_MAX_CHARS ||
		    label->value.len > VALUE_MAX)
			return false;
		for (j = 0; j < i; j++) {
			other = series->labels[j];
			if (other->name.len == label->name.len &&
			    strncasecmp((const char *)other->name.data,
				(const char *)label->name.data,
				label->name.len) == 0)
				return false;
		}
	}
	return true;
}

/* The number after the first letter of the value of the label ${name}. */
static unsigned int
number_of(const Remote__TimeSeries *series, const char *name)
{
	const ProtobufCBinaryData *value;
	unsigned int number = 0;
	size_t i, j;

	for (i = 0; i < series->n_labels; i++) {
		if (series->labels[i]->name.len != strlen(name) ||
		    memcmp(series->labels[i]->name.data, name, strlen(name)) !=
			0)
			continue;
		value = &series->labels[i]->value;
		for (j = 1; j < value->len; j++)
			number =
			    number * 10 + (unsigned int)(value->data[j] - '0');
	}
	return number;
}

/* Take or drop ${sample}. */
static void
judge(struct visit *visit, const Remote__TimeSeries *from,
    struct workspace_series *series, const Remote__Sample *sample)
{
	struct workspace *workspace = visit->workspace;
	int64_t age = wall_of(workspace) - sample->timestamp;

	visit->samples++;
	if (sample->timestamp == series->newest &&
	    sample->value == series->value) {
		workspace->dropped[WORKSPACE_DUPLICATE]++;
		return;
	}
	visit->fresh++;
	if (age > WORKSPACE_WINDOW) {
		workspace->dropped[WORKSPACE_OLD]++;
	} else if (age < -WORKSPACE_WINDOW) {
		workspace->dropped[WORKSPACE_FUTURE]++;
	} else if (sample->timestamp <= series->newest) {
		workspace->dropped[WORKSPACE_OUT_OF_ORDER]++;
	} else {
		series->newest = sample->timestamp;
		series->value = sample->value;
		workspace->taken++;
		if (workspace->first_taken == 0)
			workspace->first_taken = wall_of(workspace);
		if (age > workspace->oldest)
			workspace->oldest = age;
		workspace->take(workspace->arg, number_of(from, "a_host"),
		    number_of(from, "s"), (uint64_t)sample->value);
	}
}

/* Take what can be taken; the status of the answer. */
static int
take_in(struct visit *visit)
{
	struct workspace *workspace = visit->workspace;
	const Remote__TimeSeries *from;
	struct workspace_series *series;
	size_t i, j;

	for (i = 0; i < visit->message->n_timeseries; i++) {
		from = visit->message->timeseries[i];
		if (!are_fine(from)) {
			workspace->dropped[WORKSPACE_BAD_INPUT] +=
			    from->n_samples;
			visit->fresh += from->n_samples;
			continue;
		}
		series = find(workspace, key_of(from));
		for (j = 0; j < from->n_samples; j++)
			judge(visit, from, series, from->samples[j]);
	}
	return visit->samples > 0 && visit->fresh == 0 ? workspace->duplicate
						       : 200;
}

/* Whether there is a label of the value that it does not want. */
static bool
is_unwanted(
    const struct workspace *workspace, const Remote__WriteRequest *message)
{
	const char *value = workspace->unwanted;
	const Remote__TimeSeries *series;
	size_t i, j;

	for (i = 0; value != NULL && i < message->n_timeseries; i++) {
		series = message->timeseries[i];
		for (j = 0; j < series->n_labels; j++)
			if (series->labels[j]->value.len == strlen(value) &&
			    memcmp(series->labels[j]->value.data, value,
				strlen(value)) == 0)
				return true;
	}
	return false;
}

static size_t
count_samples(const Remote__WriteRequest *message)
{
	size_t i, samples = 0;

	for (i = 0; i < message->n_timeseries; i++)
		samples += message->timeseries[i]->n_samples;
	return samples;
}

/* Whether the quota of this minute has room for ${samples} more. */
static bool
is_within_quota(struct workspace *workspace, size_t samples)
{
	int64_t minute = wall_of(workspace) / 60000;

	if (workspace->minute != minute) {
		workspace->minute = minute;
		workspace->minute_requests = workspace->minute_samples = 0;
	}
	if (++workspace->minute_requests > workspace->requests_max &&
	    workspace->requests_max > 0)
		return false;
	if (workspace->samples_max > 0 &&
	    workspace->minute_samples + samples > workspace->samples_max)
		return false;
	workspace->minute_samples += samples;
	return true;
}

/* The status that ${request} is answered. */
static int
status_of(struct workspace *workspace, const struct http_request *request)
{
	struct visit visit = { .workspace = workspace };
	const char *path = strstr(request->url, "/dataCollectionRules/");
	int status;

	if (path == NULL || strcmp(path, WORKSPACE_PATH) != 0)
		return 404;
	if (sim_now(workspace->sim) < workspace->forbidden)
		return 403;
	if (request->body_len > WORKSPACE_BODY_MAX)
		return 413;
	visit.message = body_unpack(request->body, request->body_len);
	if (!is_within_quota(workspace, count_samples(visit.message)))
		status = 429;
	else if (is_unwanted(workspace, visit.message))
		status = 400;
	else
		status = take_in(&visit);
	remote__write_request__free_unpacked(visit.message, NULL);
	return status;
}

/* The Date of an answer, by its clock. */
static const char *
date_of(struct workspace *workspace)
{
	char *date = workspace->dates[workspace->requests % 256];
	time_t seconds = (time_t)(wall_of(workspace) / 1000);
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(date, sizeof(workspace->dates[0]),
	    "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return date;
}

struct sim_answer
workspace_answer(
    struct workspace *workspace, const struct http_request *request)
{
	unsigned int second = workspace_second(workspace);
	struct sim_answer answer = {
		.latency = 50 * CLOCK_MSEC,
		.outcome = HTTP_ANSWERED,
	};

	assert(second < WORKSPACE_SECONDS);
	workspace->seconds[second]++;
	workspace->requests++;
	if (workspace->away)
		return (struct sim_answer){ .latency = CLOCK_MSEC,
			.outcome = HTTP_UNREACHED };
	answer.status = status_of(workspace, request);
	answer.date = date_of(workspace);
	if (answer.status == 429)
		answer.retry_after = workspace->retry_after;
	workspace->statuses[answer.status]++;
	if (workspace->lost > 0 && workspace->requests % workspace->lost == 0)
		answer.outcome = HTTP_BROKEN;
	return answer;
}
