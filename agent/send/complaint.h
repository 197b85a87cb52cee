/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/send/complaint.h - what is said of a destination that makes trouble.
 *
 * A line now and then while it does, with what the receiver says, and one
 * when it is over.  What is dropped for good has lines of its own.
 */
#ifndef AGENT_SEND_COMPLAINT_H
#define AGENT_SEND_COMPLAINT_H

#include <stdbool.h>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/config/config.h"
#include "agent/http/http.h"
#include "agent/send/trip.h"

/* Of one trouble, a line is logged this often at most. */
#define COMPLAINT_PERIOD (60 * CLOCK_SEC)

/* Bytes of a receiver's answer that are logged, and of a series' labels. */
#define COMPLAINT_BODY_MAX 1024u
#define COMPLAINT_SERIES_MAX 1024u

/* Bytes of what was said that are remembered, with a NUL. */
#define COMPLAINT_SAID_MAX 512u

/* What went wrong last, for who asks later. */
struct complaint_last {
	int64_t at;       /* Milliseconds since 1970; 0: nothing has yet. */
	const char *what; /* What it is, and what to do; as in the log. */
	int status;       /* Of the answer; 0: there was none. */
	char said[COMPLAINT_SAID_MAX]; /* By the receiver, or why there was no
					  answer: any bytes. */
};

/* Zeroed with its first two it is ready for use. */
struct complaint {
	const struct config_remote *remote;
	struct clock *clock;
	uint64_t since; /* Monotonic us: of the trouble; 0: there is none. */
	bool said;      /* That there is, to the log. */
	struct complaint_last last;
	struct log_gate gate, dropping, aging;
	uint64_t untimely; /* Entries of which nothing was said yet. */
};

/* It goes wrong, ${what}, and it will be tried again. */
void complaint_make(struct complaint *complaint, const char *what,
    const struct http_response *response);

/* A request of several kinds is refused, and goes on without one of them. */
void complaint_divide(
    struct complaint *complaint, const struct http_response *response);

/* A request is refused, or too large, and goes on in halves. */
void complaint_halve(
    struct complaint *complaint, const struct http_response *response);

/* Nothing is accepted before a person does something: say what. */
void complaint_hold(
    struct complaint *complaint, const struct http_response *response);

/* The request of ${trip} is given up, and why; if it is of one series, name it. */
void complaint_drop(struct complaint *complaint, enum fail_reason reason,
    const struct trip *trip, const struct http_response *response);

/* A request could not be made, for want of memory. */
void complaint_starved(struct complaint *complaint);

/* So many entries were dropped for their time. */
void complaint_untimely(struct complaint *complaint, uint64_t entries);

/* It goes well; say so if the last that was said is that it does not. */
void complaint_end(struct complaint *complaint);

#endif /* AGENT_SEND_COMPLAINT_H */
