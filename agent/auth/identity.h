/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/identity.h - one identity and its token, always at hand.
 *
 * The token is had anew in the background, long before it ends, and the one
 * there is serves until shortly before that.  What goes wrong is counted, and
 * logged now and then, and tried again for ever.
 */
#ifndef AGENT_AUTH_IDENTITY_H
#define AGENT_AUTH_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/auth/token.h"
#include "agent/auth/token_meters.h"

/* A token serves until this long before its end, or a tenth of its life. */
#define IDENTITY_MARGIN (60 * CLOCK_SEC)

/*
 * Of a time that many machines would count down alike, as of half a life, up
 * to one part of so many is added by chance.
 */
#define IDENTITY_SPREAD 10u

/* No token is had anew sooner than this after it came, but if refused. */
#define IDENTITY_REFRESH_MIN CLOCK_SEC

/* After a failure; asked by its endpoint to wait, at most so long. */
#define IDENTITY_RETRY_MIN CLOCK_SEC
#define IDENTITY_RETRY_MAX (30 * CLOCK_SEC)
#define IDENTITY_WAIT_MAX (600 * CLOCK_SEC)

/* The same where nothing but an edit helps: each attempt counts against the
 * application, and may lock it out. */
#define IDENTITY_WRONG_MAX (300 * CLOCK_SEC)

/* A token that is refused is had anew, but not more often than this. */
#define IDENTITY_ANEW_EVERY (300 * CLOCK_SEC)

/* Of one kind of failure, a line is logged this often at most. */
#define IDENTITY_LOG_PERIOD (300 * CLOCK_SEC)

/* All of it must outlive the identity, but for the source: that is its own. */
struct identity_options {
	struct clock *clock;
	struct token_source *source;
	struct token_meters *meters;
	const char *name; /* For the log. */
};

struct identity;

/* Someone who waits; zeroed but for the last two. */
struct identity_wait {
	struct identity_wait *next;
	void (*wake)(void *arg);
	void *arg;
};

/**
 * identity_new(options):
 * Begin to ask for a token.  NULL if there is no memory: then the source is
 * still the caller's.
 */
struct identity *identity_new(const struct identity_options *options);

/* Wipe and free, with the source.  Do nothing to NULL. */
void identity_free(struct identity *identity);

/**
 * identity_token(identity, ret_number):
 * Return the token, valid until the next turn of the loop, with its number in
 * ${ret_number}; NULL, with identity_error saying why, if there is none now.
 */
const char *identity_token(struct identity *identity, uint64_t *ret_number);

/**
 * identity_await(identity, wait):
 * If it is still open whether there is a token, as at the start, call
 * ${wait}'s function when it is not, and return true; else return false.  The
 * function must not free the identity.
 */
bool identity_await(struct identity *identity, struct identity_wait *wait);

/* Do not call ${wait}'s function, if it is still to be called. */
void identity_forget(struct identity *identity, struct identity_wait *wait);

/* Why there is no token and what to do, or that one was asked for. */
const char *identity_error(const struct identity *identity);

/* When the token there is ends, in seconds since 1970; 0: there is none. */
double identity_expiry(const struct identity *identity);

/* Whether the last that was asked for was not had. */
bool identity_failing(const struct identity *identity);

/* The token of that ${number} was not accepted: have another. */
void identity_refused(struct identity *identity, uint64_t number);

#endif /* AGENT_AUTH_IDENTITY_H */
