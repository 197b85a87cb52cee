/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/send/sending.h - a sender with its window, on a clock and a
 * network that are made up, and a receiver that answers by a script.
 */
#ifndef TESTS_UNIT_SEND_SENDING_H
#define TESTS_UNIT_SEND_SENDING_H

#include "agent/batch/encode.h"
#include "agent/send/sender.h"
#include "tests/unit/http/sim.h"

#define SENDING_REQUESTS 8192u /* That the receiver remembers. */
#define SENDING_SERIES 64u

/* What the receiver saw of a request. */
struct seen {
	uint64_t at;
	size_t samples, exemplars, histograms;
	uint64_t series; /* Bits of those that have samples. */
	char url[64];
	size_t bytes;
	char retry[32]; /* The line Retry-Attempt, if any. */
};

struct sending {
	struct sim *sim;
	struct finals *finals;
	struct final *series[SENDING_SERIES];
	struct stats *stats;
	struct meters meters;
	struct config_remote remote; /* To be changed before the start. */
	struct window window;
	struct encoder encoder;
	struct range range; /* All batches are of this one. */
	struct catchup catchup;
	struct sender *sender;

	const struct sim_answer *script; /* Of the first requests. */
	size_t script_len;
	struct sim_answer always; /* Of those after; at first 200. */
	/* If not NULL, answers the requests that are accepted by these. */
	struct sim_answer (*judge)(struct sending *f, const struct seen *seen);
	/* Takes the requests that are not the sender's, if there are any. */
	bool (*other)(void *arg, const struct http_request *request,
	    struct sim_answer *ret);
	void *other_arg;
	struct seen seen[SENDING_REQUESTS];
	size_t seen_len;
};

/* Answers of a status, after a millisecond. */
#define SENDING_STATUS(status_) \
	{ \
		.latency = 1000, .outcome = HTTP_ANSWERED, .status = (status_) \
	}
#define SENDING_OK SENDING_STATUS(200)

/* The URL that is shown. */
#define SENDING_SHOWN "http://receiver/shown"

struct sending *sending_new(void);

void sending_free(struct sending *f);

/* Make the sender, with ${len} answers before those for always. */
void sending_start(
    struct sending *f, const struct sim_answer *script, size_t len);

/* The same, with the answers as arguments. */
#define SENDING_START(f_, ...) \
	do { \
		static const struct sim_answer script_[] = { __VA_ARGS__ }; \
		sending_start( \
		    f_, script_, sizeof(script_) / sizeof(*script_)); \
	} while (0)

/* A whole batch in the window, of ${len} samples of series ${first} and on. */
struct batch *sending_put(
    struct sending *f, unsigned int first, unsigned int len);

/* The same, the samples being of ${time} ms and one more each. */
struct batch *sending_put_at(
    struct sending *f, unsigned int first, unsigned int len, int64_t time);

/* One sample, one exemplar and one histogram in a batch. */
struct batch *sending_put_all_kinds(struct sending *f);

/* Bring the pace to eight at once, by sixty batches that are delivered. */
void sending_warm_up(struct sending *f);

/* ${stat} must have the value ${want}, a whole number. */
void sending_expect(const struct stat *stat, double want);

#endif /* TESTS_UNIT_SEND_SENDING_H */
