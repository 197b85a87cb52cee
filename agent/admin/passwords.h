/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/admin/passwords.h - whether a password is that of its hash, without
 * making the loop wait for the answer.
 *
 * bcrypt is slow on purpose, so it is done by a worker, one after the other,
 * with no more than PASSWORDS_QUEUE that wait; what came of the last ones is
 * kept, and who asks again is told at once: of right passwords apart from wrong
 * ones, so that no flood of these has those forgotten.  What is kept is a hash
 * with a salt of this life's, in memory that is neither swapped, if that can be
 * had, nor in a core.  A user who does not exist takes as long as one who does.
 */
#ifndef AGENT_ADMIN_PASSWORDS_H
#define AGENT_ADMIN_PASSWORDS_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "agent/base/worker.h"

#define PASSWORDS_QUEUE 8u        /* Being compared, or waiting for that. */
#define PASSWORDS_RIGHT 32u       /* Right ones that are remembered. */
#define PASSWORDS_WRONG 32u       /* Wrong ones. */
#define PASSWORDS_LENGTH_MAX 256u /* Bytes; what is longer is wrong. */
#define PASSWORDS_NAME_MAX 256u   /* Likewise of who says so. */
#define PASSWORDS_HASH_MAX 60u    /* Bytes of a hash. */

enum passwords_verdict {
	PASSWORDS_RIGHT_ONE,
	PASSWORDS_WRONG_ONE,
	PASSWORDS_LATER, /* Ask again when decided is called. */
	PASSWORDS_BUSY,  /* Too many are waiting. */
};

struct passwords;

/**
 * passwords_new(worker, decided, arg):
 * Have ${worker} compare, and call ${decided}(${arg}) after each.  NULL if
 * there is no memory.
 */
struct passwords *passwords_new(
    struct worker *worker, void (*decided)(void *arg), void *arg);

/**
 * passwords_thread_new(event, decided, arg):
 * The same with a worker of its own, which reports to ${event}.
 */
struct passwords *passwords_thread_new(
    sd_event *event, void (*decided)(void *arg), void *arg);

/**
 * passwords_thread_free(passwords):
 * Leave what waits, and free it and the worker; what is still being compared
 * after WORKER_PATIENCE is left to the end of the process.  Nothing to NULL.
 */
void passwords_thread_free(struct passwords *passwords);

/* Have what waits be left, and nobody be told any more.  Nothing to NULL. */
void passwords_close(struct passwords *passwords);

/* After that, when the worker has nothing of it any more.  Nothing to NULL. */
void passwords_free(struct passwords *passwords);

/**
 * passwords_ask(passwords, name, hash, known, password):
 * Whether ${password} is that of ${hash}, of at most PASSWORDS_HASH_MAX bytes,
 * as who is called ${name} says.  Unless ${known} it is wrong in any case, after
 * the same time; what came of another name says nothing of this one.
 */
enum passwords_verdict passwords_ask(struct passwords *passwords,
    const char *name, const char *hash, bool known, const char *password);

#endif /* AGENT_ADMIN_PASSWORDS_H */
