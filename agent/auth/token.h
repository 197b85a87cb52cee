/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/auth/token.h - where tokens come from.
 *
 * A small struct of functions: each way to be someone implements it in a file
 * of its own, and agent/auth/tokens.h keeps what it yields.  Times are counted
 * from the answer on, so that nobody else has to read an endpoint's clock.
 */
#ifndef AGENT_AUTH_TOKEN_H
#define AGENT_AUTH_TOKEN_H

#include <stdint.h>

#include "agent/base/clock.h"
#include "agent/config/config.h"
#include "agent/http/http.h"

#define TOKEN_MAX 65536u      /* Bytes of a token. */
#define TOKEN_ERROR_MAX 1024u /* Bytes of an error, and its NUL. */

/* One whole request for a token has this long; microseconds. */
#define TOKEN_TIMEOUT (30 * CLOCK_SEC)

/* Why there is no token: what walship_token_failures_total tells apart. */
enum token_failure {
	TOKEN_UNREACHABLE, /* The endpoint does not answer. */
	TOKEN_BUSY,        /* It answers that it cannot now: 429, 5xx, ... */
	TOKEN_INVALID,     /* It answers what is no answer. */
	TOKEN_NO_IDENTITY, /* This machine has none. */
	TOKEN_WRONG_ID,    /* There is no such client, object, resource. */
	TOKEN_AMBIGUOUS,   /* There are several, and none was named. */
	TOKEN_PERMISSION,  /* A file may not be read: a group is missing. */
	TOKEN_FILE,        /* A file is missing, or not what it should be. */
	TOKEN_EXPIRED,     /* A secret or certificate is out of date. */
	TOKEN_CREDENTIAL,  /* It is the wrong one. */
	TOKEN_TENANT,      /* There is no such tenant. */
	TOKEN_CLOCK,       /* A clock is wrong: ours, most likely. */
	TOKEN_SETTING,     /* What is needed is not configured. */
	TOKEN_REFUSED,     /* Refused for another reason. */
	TOKEN_FAILED,      /* It could not even be asked for: memory. */
	TOKEN_FAILURES     /* How many there are. */
};

/* What came of it.  Valid only while the callback runs. */
struct token_answer {
	const char *token;   /* NULL: there is none, see failure. */
	uint64_t lifetime;   /* Microseconds from now on; above 0. */
	uint64_t refresh_in; /* Likewise, when to ask anew; 0: not said. */

	enum token_failure failure;
	const char *error; /* What is wrong and what to do; nothing secret. */
	uint64_t retry_after; /* Microseconds; 0: not said. */
};

/* Called from the loop, once, and never after token_cancel. */
typedef void token_done_fn(void *arg, const struct token_answer *answer);

/* What implements it embeds this at the head of its own. */
struct token_source {
	int (*fetch)(
	    struct token_source *source, token_done_fn *done, void *arg);
	void (*cancel)(struct token_source *source);
	void (*free)(struct token_source *source);
};

/* What sources are made from; all of it outlives them. */
struct token_options {
	struct clock *clock;
	struct http *http; /* Bare: no credentials, no redirects. */
	const struct config_remote *remote; /* Whose identity it is. */
};

/**
 * token_fetch(source, done, arg):
 * Ask for a token, all that is needed for it read anew, and call ${done}(${arg},
 * answer) at the end, never from within this call.  One at a time: none may be
 * under way.  A source may try again by itself for as long as its endpoint says
 * that it takes, no longer than two minutes.  Return -1, and call nothing, if
 * there is no memory to begin.
 */
static inline int
token_fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	return source->fetch(source, done, arg);
}

/* End what is under way, if anything, without calling back. */
static inline void
token_cancel(struct token_source *source)
{
	source->cancel(source);
}

/* Nothing may be under way.  Do nothing to NULL. */
static inline void
token_source_free(struct token_source *source)
{
	if (source != NULL)
		source->free(source);
}

#endif /* AGENT_AUTH_TOKEN_H */
