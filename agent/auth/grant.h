/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/grant.h - what endpoints answer that give out tokens.
 *
 * JSON, read as the official libraries do: numbers may be strings, an expiry
 * may be a time or a date, and what is not known is passed over.  Bytes come
 * from the network, and none of them is believed.
 */
#ifndef AGENT_AUTH_GRANT_H
#define AGENT_AUTH_GRANT_H

#include <stddef.h>
#include <stdint.h>

#define GRANT_BODY_MAX 131072u     /* Bytes of an answer: answer_max of it. */
#define GRANT_LIFETIME_MAX 604800u /* Seconds: a longer life counts as this. */
#define GRANT_CODES_MAX 8u         /* Of the numbers that say what is wrong. */
#define GRANT_TEXT_MAX 512u        /* Bytes of a text, and its NUL. */

/* A token, and whose it is as far as the answer says: "" if not. */
struct grant {
	char *token;         /* A header can hold it. */
	uint64_t lifetime;   /* Microseconds from now on; above 0. */
	uint64_t refresh_in; /* Likewise; 0: not said. */
	char client_id[GRANT_TEXT_MAX];
	char object_id[GRANT_TEXT_MAX];
	char resource_id[GRANT_TEXT_MAX];
};

enum grant_result {
	GRANT_OK,
	GRANT_GARBAGE,   /* Not such an answer, or without a token. */
	GRANT_NO_EXPIRY, /* It says no end, or none that can be read. */
	GRANT_PAST,      /* By our clock the token has ended already. */
	GRANT_NOMEM,
};

/* What went wrong, as OAuth has it: "" and 0 where the answer does not say. */
struct grant_error {
	char error[GRANT_TEXT_MAX];       /* A word: invalid_request. */
	char description[GRANT_TEXT_MAX]; /* Its first line, cut if long. */
	long codes[GRANT_CODES_MAX];      /* AADSTS numbers. */
	size_t codes_len;
};

/**
 * grant_read(body, len, wall, ret):
 * Read the ${len} bytes at ${body}, an answer of status 200 that came at
 * ${wall} milliseconds since 1970.  If GRANT_OK, ${ret} is to be released.
 */
enum grant_result grant_read(
    const char *body, size_t len, int64_t wall, struct grant *ret);

/* The same, but what says no end lasts for ${lifetime} microseconds. */
enum grant_result grant_read_lasting(const char *body, size_t len, int64_t wall,
    uint64_t lifetime, struct grant *ret);

/* Wipe and free the token. */
void grant_release(struct grant *grant);

/* Read an answer of another status; what is no JSON says nothing. */
void grant_read_error(const char *body, size_t len, struct grant_error *ret);

#endif /* AGENT_AUTH_GRANT_H */
