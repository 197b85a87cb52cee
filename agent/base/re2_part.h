/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/re2_part.h - what in a pattern stands for one character.
 *
 * Literals, escapes and classes, by RE2's grammar; agent/base/re2.h puts them
 * together.  Each function takes what comes next in the pattern, writes it
 * for PCRE2, and passes it.
 */
#ifndef AGENT_BASE_RE2_PART_H
#define AGENT_BASE_RE2_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/re2.h"

/* A pattern while it is translated. */
struct re2_part {
	struct re2 *re2;
	const char *start; /* Of the pattern. */
	const char *at;    /* What comes next. */
	size_t open;       /* Groups that are not closed. */
	bool repeatable;   /* What came last can be repeated. */
	bool failed;
};

/* Refuse what begins at ${where}; the first refusal counts. */
void re2_part_refuse(struct re2_part *p, const char *where, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Write the character at ${at} as itself; return its bytes. */
size_t re2_part_literal(struct re2_part *p, const char *at);

/* Translate an escaped character, p->at being behind the backslash. */
void re2_part_escape(struct re2_part *p);

/**
 * re2_part_shorthand(p, within):
 * Translate \d, \S and so on, ${within} a class or not, p->at being behind the
 * backslash.  False if it is none of them.
 */
bool re2_part_shorthand(struct re2_part *p, bool within);

/* The same of \p{Greek} or \pL. */
bool re2_part_property(struct re2_part *p);

/* Translate a class, p->at being at its "[". */
void re2_part_class(struct re2_part *p);

#endif /* AGENT_BASE_RE2_PART_H */
