/* SPDX-License-Identifier: Apache-2.0 */
/* agent/terminal.h - text of others, printed so that no terminal can mind. */
#ifndef AGENT_TERMINAL_H
#define AGENT_TERMINAL_H

#include <stdio.h>

#include "agent/base/buf.h"

/* Print ${text} to ${to}; all but UTF-8 without controls, and lines, as '?'. */
void terminal_print(const char *text, FILE *to);

/* The same to ${out}, where lines, too, are '?'. */
void terminal_put(struct buf *out, const char *text);

#endif /* AGENT_TERMINAL_H */
