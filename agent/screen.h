/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/screen.h - what "walship status" shows of the agent's answer.
 *
 * Whatever is in the answer, nothing of it can mean anything to the terminal,
 * and what is missing or of another kind is left out.
 */
#ifndef AGENT_SCREEN_H
#define AGENT_SCREEN_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/base/buf.h"

#define SCREEN_MAX (1u << 20) /* Bytes of it. */
#define SCREEN_WIDTH_MIN 40u  /* Columns: on less it is not made narrower. */

/* Append ${status} for so many columns ${width}, with ${color} or without. */
void screen_put(
    json_t *status, unsigned int width, bool color, struct buf *out);

/* Whether some destination of ${status} is in trouble. */
bool screen_in_trouble(json_t *status);

#endif /* AGENT_SCREEN_H */
