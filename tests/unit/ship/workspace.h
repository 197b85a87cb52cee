/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/ship/workspace.h - an Azure Monitor workspace, made up.
 *
 * It keeps to what is known of the real one: a url with the path of a rule and
 * an api-version; bodies of 1 MiB; so many requests and samples a minute;
 * samples of twenty minutes to either side of its clock; series in the order
 * of time, whose labels do not differ by case alone.  What it does not take
 * for its time, order or labels it drops in silence and counts, under an
 * answer of 200; what it has all of already is refused.
 */
#ifndef TESTS_UNIT_SHIP_WORKSPACE_H
#define TESTS_UNIT_SHIP_WORKSPACE_H

#include <stdbool.h>

#include "tests/unit/http/sim.h"

/* Of the url: it is a workspace's to the configuration as well. */
#define WORKSPACE_PATH \
	"/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/" \
	"Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24"
#define WORKSPACE_URL \
	"https://" \
	"dce-1234.westeurope-1.metrics.ingest.monitor.azure." \
	"com" WORKSPACE_PATH

#define WORKSPACE_BODY_MAX 1048576u       /* Bytes. */
#define WORKSPACE_WINDOW INT64_C(1200000) /* ms. */
#define WORKSPACE_SECONDS (5u * 3600u)    /* Whose requests are counted. */
#define WORKSPACE_SERIES_MAX 4096u

/* Why it drops a sample; its own words are in workspace.c. */
enum workspace_reason {
	WORKSPACE_OLD,
	WORKSPACE_FUTURE,
	WORKSPACE_OUT_OF_ORDER,
	WORKSPACE_DUPLICATE,
	WORKSPACE_BAD_INPUT,
	WORKSPACE_REASONS,
};

struct workspace_series {
	char *key; /* Labels in small letters; NULL: the slot is free. */
	int64_t newest;
	double value;
};

struct workspace {
	struct sim *sim;

	/* How it is, to be changed at any time. */
	bool away;               /* Nobody answers. */
	int64_t skew;            /* ms that its clock is ahead. */
	uint64_t forbidden;      /* Monotonic us: 403 before. */
	uint64_t requests_max;   /* A minute, all of them; 0: any. */
	uint64_t samples_max;    /* A minute; 0: any. */
	const char *retry_after; /* With 429; or NULL. */
	int duplicate;           /* Status for what it has all of. */
	const char *unwanted;    /* 400 to all with this value; or NULL. */
	unsigned int lost;       /* One in so many answers is; 0: none. */

	/* What came of it. */
	uint64_t requests;
	uint64_t statuses[600];
	uint64_t dropped[WORKSPACE_REASONS];
	uint64_t taken;      /* Samples. */
	int64_t first_taken; /* ms: when the first was; 0: to be set. */
	int64_t oldest;      /* ms: the greatest age of one; to be reset. */
	uint16_t seconds[WORKSPACE_SECONDS]; /* Requests in each, from the
						start. */
	/* A sample of ${value} of the series ${number} of ${host} was taken. */
	void (*take)(
	    void *arg, unsigned int host, unsigned int number, uint64_t value);
	void *arg;

	/* Its own. */
	int64_t minute;
	uint64_t minute_requests, minute_samples;
	char dates[256][32];
	struct workspace_series series[WORKSPACE_SERIES_MAX];
};

/* A workspace that takes all that it can. */
void workspace_init(struct workspace *workspace);

void workspace_release(struct workspace *workspace);

/* What it does with a request. */
struct sim_answer workspace_answer(
    struct workspace *workspace, const struct http_request *request);

/* Samples dropped in silence, for whatever reason. */
uint64_t workspace_dropped(const struct workspace *workspace);

/* The most requests that came in one second, from ${from} on for ${seconds}. */
unsigned int workspace_peak(
    const struct workspace *workspace, unsigned int from, unsigned int seconds);

/* The second, from the start, that it is. */
unsigned int workspace_second(const struct workspace *workspace);

#endif /* TESTS_UNIT_SHIP_WORKSPACE_H */
