/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/re2.h - a pattern as Prometheus takes it, in PCRE2's words.
 *
 * Prometheus's patterns are those of RE2, which is smaller than PCRE2: it has
 * no look-around, no references back, nothing possessive or atomic, and some
 * of its words mean other things there (\v, \s, \12, [[.a.]], {,5}).  So each
 * part of a pattern is read here by RE2's grammar and written out such that
 * PCRE2 takes it in the same sense; what RE2 would refuse is refused.  Groups
 * lose their names, which are kept beside.
 */
#ifndef AGENT_BASE_RE2_H
#define AGENT_BASE_RE2_H

#include <stddef.h>

#include "agent/base/buf.h"

#define RE2_GROUPS_MAX 1000u   /* Groups that capture. */
#define RE2_REPEAT_MAX 1000u   /* The greatest n and m of x{n,m}. */
#define RE2_OUT_MAX (8u << 20) /* Bytes of the result. */
#define RE2_FAULT_MAX 160u     /* Bytes of what is wrong, its NUL included. */

/* The name of a group, within the pattern; of no bytes if it has none. */
struct re2_name {
	size_t at, len; /* Bytes. */
};

struct re2 {
	struct buf out;         /* The pattern for PCRE2. */
	struct re2_name *names; /* names[i] is that of group i + 1. */
	size_t groups;
	char fault[RE2_FAULT_MAX]; /* What is wrong, if anything. */
};

/**
 * re2_translate(re2, pattern):
 * Translate ${pattern}, which is UTF-8.  Return -1 if it is no pattern of
 * RE2's, with re2->fault saying where, and what to write instead, or if there
 * is no memory, with re2->fault "".  To be released in any case.
 */
int re2_translate(struct re2 *re2, const char *pattern);

/* Free what it holds. */
void re2_release(struct re2 *re2);

#endif /* AGENT_BASE_RE2_H */
