/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/grips.h - by what each segment is held: a descriptor, here and
 * in systemd's store, or a copy.
 */
#ifndef AGENT_SPOOL_GRIPS_H
#define AGENT_SPOOL_GRIPS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/worker.h"
#include "agent/spool/name.h"
#include "agent/spool/store.h"
#include "agent/spool/table.h"

#define GRIPS_MAX SPOOL_TABLE_MAX /* Segments. */

struct grip {
	struct spool_name name;
	int fd;       /* -1: it is held by its copy alone. */
	bool stored;  /* The descriptor is in systemd's store too. */
	bool copied;  /* There is a copy. */
	bool to_copy; /* There is to be one, */
	bool failed;  /* which failed, and is not to be tried by now. */
};

struct grips {
	struct grip *list; /* By name: the oldest first. */
	size_t len, cap;
	size_t open; /* Of them with a descriptor. */
	struct store *store;
	struct worker *worker; /* It closes them. */
	bool refused;          /* That the store does not take all was told. */
};

/* Return -1 if there is no memory; grips_release is in order even then. */
int grips_init(struct grips *grips, struct worker *worker);

/* The grip on ${name}, or NULL; valid until the next grips_add or _remove. */
struct grip *grips_find(
    const struct grips *grips, const struct spool_name *name);

/**
 * grips_add(grips, name):
 * The grip on ${name}, made if there is none, without descriptor or copy.
 * NULL: there is no memory, or there are GRIPS_MAX.
 */
struct grip *grips_add(struct grips *grips, const struct spool_name *name);

/**
 * grips_open(grips, grip, fd, stored):
 * Give ${grip}, which has none, the descriptor ${fd}, its own from now on.  It is
 * put into the store, unless it is ${stored} already; that it cannot be is
 * logged once.
 */
void grips_open(struct grips *grips, struct grip *grip, int fd, bool stored);

/* Close its descriptor, if it has one, here and in the store. */
void grips_close(struct grips *grips, struct grip *grip);

/* Remove it, closed. */
void grips_remove(struct grips *grips, struct grip *grip);

/* Whether no younger segment is held. */
bool grips_is_last(const struct grips *grips, const struct grip *grip);

/* Close all, but not in the store, and free. */
void grips_release(struct grips *grips);

#endif /* AGENT_SPOOL_GRIPS_H */
