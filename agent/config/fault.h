/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/config/fault.h - what is wrong with a file, each fault in its place.
 *
 * Faults are gathered while the file is read and written out at the end, in
 * the order of their places.  No message may hold a secret: the values of
 * headers and URLs are never quoted, other words only through fault_quote.
 */
#ifndef AGENT_CONFIG_FAULT_H
#define AGENT_CONFIG_FAULT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"

#define FAULT_TEXT_MAX 512u /* Bytes of one message; the rest is cut. */
#define FAULT_QUOTE_MAX 48u /* Bytes of a quoted word, its NUL included. */

/* A list of faults.  Zeroed, it is empty. */
struct fault_list {
	struct fault *faults; /* At most CONFIG_FAULTS_MAX. */
	size_t len;
	size_t count; /* Found in all: those kept and those not. */
	bool nomem;   /* Set by whoever finds no memory: a fault as well. */
	struct fault_list *notes; /* What is no fault, but is to be said. */
};

/* Add a fault at ${line} and ${column}, both from 1. */
void fault_add(struct fault_list *list, size_t line, size_t column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void fault_vadd(struct fault_list *list, size_t line, size_t column,
    const char *format, va_list args) __attribute__((format(printf, 4, 0)));

/* Whether nothing is wrong. */
bool fault_none(const struct fault_list *list);

/**
 * fault_write(list, path, out):
 * Append "${path}:LINE:COLUMN: message" a line to ${out}, sorted by place;
 * then how many more there were, if any, and whether memory ran out.
 */
void fault_write(struct fault_list *list, const char *path, struct buf *out);

/* Free what ${list} holds; it is then empty. */
void fault_release(struct fault_list *list);

/* A word of the file, fit for a message. */
struct fault_quoted {
	char text[FAULT_QUOTE_MAX];
};

/* ${word} with all but printable ASCII as '?', and cut if it is long. */
struct fault_quoted fault_quote(const char *word);

#endif /* AGENT_CONFIG_FAULT_H */
