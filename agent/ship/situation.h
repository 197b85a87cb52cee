/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/ship/situation.h - how a destination stands, for the person who asks.
 *
 * A plain copy of all that is worth knowing, taken in one go: nothing in it is
 * per series.  What needs a look back is filled in by agent/ship/history.h;
 * then situation_judge tells in which state it is, and situation_put says that
 * in one sentence.
 */
#ifndef AGENT_SHIP_SITUATION_H
#define AGENT_SHIP_SITUATION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/auth/source.h"
#include "agent/base/buf.h"
#include "agent/config/config.h"
#include "agent/meters/kind.h"
#include "agent/meters/meters.h"
#include "agent/send/complaint.h"
#include "agent/ship/works.h"

#define SITUATION_WHY_MAX 256u /* Bytes of a reason, and its NUL. */

/* What is older than this and not delivered is late; seconds. */
#define SITUATION_LATE 60

/* A log without anything newer than this is out of the ordinary; seconds. */
#define SITUATION_QUIET 300

/* What fails for so long does not pass by itself. */
#define SITUATION_PATIENCE (30 * CLOCK_SEC)

/* A log that failed within this time cannot be read. */
#define SITUATION_UNREAD (5 * CLOCK_SEC)

enum situation_state {
	SITUATION_DELIVERING, /* As it comes. */
	SITUATION_STARTING,   /* The series are being learnt. */
	SITUATION_WAITING,    /* There is no log yet. */
	SITUATION_CATCHING_UP,
	SITUATION_THROTTLED, /* It gets less than there is, by its wish or by
				 the rate limit. */
	SITUATION_IDLE,      /* The log has nothing new. */
	SITUATION_LOSING,    /* It delivers, and something is dropped. */
	SITUATION_STOPPING,  /* The agent is. */
	SITUATION_TOKENLESS, /* There is none, and nothing was tried yet. */
	SITUATION_RETRYING,  /* What was tried last failed. */
	SITUATION_PAUSED,    /* The same, and the receiver asked for a pause. */
	SITUATION_HELD,      /* A person has to mend something first. */
	SITUATION_UNREADABLE, /* The log cannot be read. */
	SITUATION_STATES,
};

/* How much it matters. */
enum situation_level {
	SITUATION_OK,
	SITUATION_ATTENTION, /* It works, and is not as it should be. */
	SITUATION_TROUBLE,   /* Nothing gets through. */
};

/* Times without a word are ms since 1970. */
struct situation {
	const struct config_remote *remote; /* The destination's. */
	int64_t wall;                       /* When this was seen. */

	/* Of reading. */
	bool waiting;                /* There is no log yet. */
	bool ready;                  /* The series are known; else ... */
	char why[SITUATION_WHY_MAX]; /* ... how far that is. */
	int unread;                  /* Why it cannot be read: errno; 0. */
	bool stopping;
	struct wal_position at;      /* Where reading stands. */
	struct wal_position settled; /* All before it is. */
	int64_t newest;              /* Of what was read; 0: nothing was. */
	uint64_t read;               /* Entries, in all. */
	double series;

	/* Of sending. */
	double lag; /* Seconds: age of the oldest that is not settled; 0. */
	uint64_t pending[KEPT_KINDS];
	unsigned int flying;          /* Requests on the wire. */
	unsigned int allowed;         /* So many could be. */
	double delivered;             /* Entries, in all. */
	double dropped[DROP_REASONS]; /* Likewise. */
	double given_up[FAIL_REASONS];
	double damaged, gaps; /* Places of the log; segments gone unread. */
	struct complaint_last last;
	uint64_t troubled;  /* For so many microseconds it fails; 0: not. */
	unsigned int holds; /* Times in a row that it was held off. */
	bool asked;         /* The receiver asked for a pause, or holds. */
	bool throttled;
	uint64_t next;  /* In so many microseconds it is tried again; 0. */
	int64_t offset; /* ms: of the receiver's clock. */

	/* Of who it is sent as. */
	bool tokens;
	char identity[SOURCE_NAME_MAX];
	int64_t expiry; /* Of the token; 0: there is none. */
	char token_error[SITUATION_WHY_MAX];

	/* See agent/ship/history.h. */
	double in, out;     /* Entries a second. */
	double lost_lately; /* Entries that should have been delivered. */
	double worst;       /* The most that it lagged in this backlog. */
	double remaining;   /* Seconds until it has caught up; 0: unknown. */

	enum situation_state state; /* See situation_judge. */
};

/* Copy how the destination of ${works} stands. */
void situation_look(struct situation *ret, const struct works *works);

/* Entries that were dropped, or given up, though they should be delivered. */
double situation_lost(const struct situation *situation);

/* Find out in which state it is. */
void situation_judge(struct situation *situation);

/* How much its state matters: what fails may pass by itself at first. */
enum situation_level situation_level(const struct situation *situation);

/* The words for them: "catching_up", "attention". */
const char *situation_state_word(enum situation_state state);
const char *situation_level_word(enum situation_level level);

/* Append how it stands, and what to do, in one sentence; as yet unescaped. */
void situation_put(const struct situation *situation, struct buf *out);

#endif /* AGENT_SHIP_SITUATION_H */
