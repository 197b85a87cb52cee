/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/spool/way.h - a way of holding segments.
 *
 * A small struct of functions; whoever implements it embeds it.  It knows what
 * it holds by name, and neither what is needed nor what can be believed: that
 * is the spool's.  All is called from the loop, and nothing here waits for a
 * disk for long.
 */
#ifndef AGENT_SPOOL_WAY_H
#define AGENT_SPOOL_WAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/spool/name.h"

/* A segment in the log's directory, which is to be held. */
struct spool_file {
	const char *dir;  /* The log's. */
	const char *file; /* The segment's name in it. */
	int fd;           /* It, open to read; not to be kept, but by dup. */
};

struct spool_way {
	const char *mode; /* "link", "fd": for people. */

	/*
	 * Hold ${file} under ${name}, which is held not yet.  Return -1, with
	 * errno: ENOENT if it is gone from there, or is another file by now.
	 */
	int (*hold)(struct spool_way *way, const struct spool_name *name,
	    const struct spool_file *file);

	/*
	 * Open what is held under ${name} to read: a descriptor at offset 0 that
	 * shares it with no other.  -1, with errno: ENOENT if nothing is.
	 */
	int (*open)(struct spool_way *way, const struct spool_name *name);

	/*
	 * What is held under ${name} has lost its name in the log's directory,
	 * or another file has taken it: told once.  NULL: that changes nothing.
	 */
	void (*orphaned)(struct spool_way *way, const struct spool_name *name);

	/* Hold it no more.  What is not held does no harm. */
	void (*let_go)(struct spool_way *way, const struct spool_name *name);

	/*
	 * Bytes that only this way keeps on a disk; 0 while others do too.  Of
	 * which device is stored in ${ret}, if there are any.
	 */
	uint64_t (*pinned)(
	    struct spool_way *way, const struct spool_name *name, dev_t *ret);

	/*
	 * Call ${each}(${arg}, name) for all that is held from an earlier life.
	 * Return -1, with errno, if that cannot be known.
	 */
	int (*list)(struct spool_way *way,
	    void (*each)(void *arg, const struct spool_name *name), void *arg);

	/*
	 * The agent stops: save what would not outlive it, until the monotonic
	 * ${deadline}.  Return false if that is to be asked again soon; NULL:
	 * all does outlive it.
	 */
	bool (*settle)(struct spool_way *way, uint64_t deadline);

	/* Free it; what is held stays held as far as it can.  Not of NULL. */
	void (*free)(struct spool_way *way);
};

#endif /* AGENT_SPOOL_WAY_H */
