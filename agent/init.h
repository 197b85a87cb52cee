/* SPDX-License-Identifier: Apache-2.0 */
/* agent/init.h - the command "walship init": a configuration to begin with. */
#ifndef AGENT_INIT_H
#define AGENT_INIT_H

#include "agent/base/buf.h"

#define INIT_TEXT_MAX (1u << 20) /* Bytes of a configuration, and of words. */

/* What is asked for. */
struct init_wishes {
	const char *from;     /* Prometheus's configuration; NULL: look. */
	const char *data_dir; /* NULL: look. */
	const char *proc;     /* PROCESS_DIR but in tests. */
};

/**
 * init_write(wishes, out, said):
 * Append a configuration to ${out}, and to ${said} what there is to say about
 * it, in lines.  Return -1 if what is in ${out}, perhaps nothing, will not do.
 */
int init_write(
    const struct init_wishes *wishes, struct buf *out, struct buf *said);

/* Run with these arguments, "init" being the first; return the exit status. */
int init_command(int argc, char **argv);

#endif /* AGENT_INIT_H */
