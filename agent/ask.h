/* SPDX-License-Identifier: Apache-2.0 */
/* agent/ask.h - ask the agent that runs, over its control socket. */
#ifndef AGENT_ASK_H
#define AGENT_ASK_H

#include "agent/base/buf.h"

/* Bytes of an answer that are believed. */
#define ASK_ANSWER_MAX (1u << 20)

/**
 * ask_state_dir(path):
 * The state directory that the configuration ${path} names, to be freed; NULL,
 * with why said on standard error, if it cannot be known.
 */
char *ask_state_dir(const char *path);

/**
 * ask(command, state_dir, question, answer):
 * Have the agent of ${state_dir} do ${question}, a word, and append what it
 * answers to ${answer}.  Return 0 if it did; 1 if it says that it did not; or
 * -1, with why, and what to do, said on standard error in the name of the
 * ${command}.
 */
int ask(const char *command, const char *state_dir, const char *question,
    struct buf *answer);

#endif /* AGENT_ASK_H */
