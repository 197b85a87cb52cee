/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/store.h - descriptors that systemd keeps for us.
 *
 * A service can give its manager open files to keep under a name, and is
 * handed them when it is started anew: after a restart, a crash or kill -9,
 * but not after a stop.  So a segment that nobody needs any more but us stays
 * on the disk though we are gone.
 *
 * What is handed to us at the start is another's word.  It is believed to be
 * a segment only if it is a regular file, open for reading alone and under a
 * name that could be ours; whether it is the right one is for others to see.
 *
 * Nobody answers what is said to the manager: a descriptor may be refused
 * without our hearing of it, and one that is not there is not missed before the
 * next start.
 */
#ifndef AGENT_SPOOL_STORE_H
#define AGENT_SPOOL_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/clock.h"
#include "agent/spool/name.h"

/* No more are given to it, whatever it would take. */
#define STORE_MAX 4096u

/* How long store_settle waits for a manager that does not answer. */
#define STORE_PATIENCE (500 * CLOCK_MSEC)

struct store;

/* What becomes of a descriptor that was kept: see store_take. */
typedef bool store_offer_fn(void *arg, const char *name, int fd);

/**
 * store_new(void):
 * The store of the manager that started us: its address and how much it takes
 * are in the environment.  NULL if there is no memory.
 */
struct store *store_new(void);

/* Do nothing to NULL.  What is kept stays so. */
void store_free(struct store *store);

/* How many it may hold; 0: there is no such store. */
size_t store_max(const struct store *store);

/* Whether the manager says so; if not, ours is a guess, and it may keep none. */
bool store_promised(const struct store *store);

/* How many are in it, as far as we know. */
size_t store_len(const struct store *store);

/**
 * store_take(store, offer, arg):
 * At the start, once: call ${offer}(${arg}, name, fd) with each descriptor that
 * was kept, under its name.  True: ${offer} took it over, and it stays in the
 * store.  False, or if it cannot be a segment: it is closed, and removed from
 * the store, with all others of that name, if none was taken.  Return how many
 * were closed.
 */
size_t store_take(struct store *store, store_offer_fn *offer, void *arg);

/* Take nothing of what was kept; return how many files are gone by that. */
size_t store_discard(void);

/**
 * store_put(store, name, fd):
 * Have ${fd}, which stays the caller's, kept as ${name}, of less than
 * SPOOL_NAME_MAX bytes.  Return -1, with errno, if it is not: ENOSPC if the
 * store is full or there is none.
 */
int store_put(struct store *store, const char *name, int fd);

/* Have it no longer keep what store_put or store_take put there as ${name}. */
void store_remove(struct store *store, const char *name);

/**
 * store_settle(store):
 * Before we end: wait, up to STORE_PATIENCE, until the manager has read all
 * that it was sent, since it may not know whose the rest is when we are gone.
 */
void store_settle(struct store *store);

#endif /* AGENT_SPOOL_STORE_H */
