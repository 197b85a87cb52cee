/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/regex.h - regular expressions as Prometheus has them.
 *
 * The syntax is RE2's (see re2.h); a pattern must fit the whole text, and its
 * "." a line break too, as in Prometheus from 3.0 on.  Of several ways to fit,
 * that of Perl is taken, as there; only a group within a loop that can go
 * round without taking anything may have captured another round.
 *
 * Here PCRE2 looks for it, which can try ways without end where RE2 cannot.
 * So a search ends at a limit, and what came to it counts as no match.  An
 * expression that comes to it again and again gets a lower one, so that no
 * texts can keep the loop busy for long.
 *
 * Bytes that are not UTF-8 are each taken, and captured, as U+FFFD.  Used from
 * one thread.
 */
#ifndef AGENT_BASE_REGEX_H
#define AGENT_BASE_REGEX_H

#include <stddef.h>

#include "agent/base/buf.h"

#define REGEX_PATTERN_MAX (256u << 10) /* Bytes of a pattern. */
#define REGEX_STEPS_MAX 500000u        /* Of one search: some milliseconds. */
#define REGEX_GIVEN_UP_MAX 16u  /* Times at that limit; from then on ... */
#define REGEX_STEPS_LOW 5000u   /* ... this one: some 0.1 ms. */
#define REGEX_DEPTH_MAX 200000u /* Steps that could still be taken back. */
#define REGEX_HEAP_MAX 16384u   /* KiB for a search. */
#define REGEX_FAULT_MAX 256u    /* Bytes of a fault, its NUL included. */

struct regex;

/* What is wrong with a pattern; "" if there was no memory. */
struct regex_fault {
	char text[REGEX_FAULT_MAX];
};

/**
 * regex_new(pattern, ret):
 * Return the expression ${pattern}, which is copied; or NULL, with what is
 * wrong and what to write instead in ${ret}.
 */
struct regex *regex_new(const char *pattern, struct regex_fault *ret);

/* The pattern, as it was given. */
const char *regex_pattern(const struct regex *regex);

/* Do nothing to NULL. */
void regex_free(struct regex *regex);

enum regex_result {
	REGEX_MATCH,
	REGEX_NONE,
	REGEX_LIMIT, /* Given up: to be taken as no match, and counted. */
};

/**
 * regex_match(regex, data, len):
 * Whether ${regex} fits all of the ${len} bytes at ${data}.  If so, these must
 * stay for regex_expand.
 */
enum regex_result regex_match(
    struct regex *regex, const char *data, size_t len);

/**
 * regex_expand(regex, template, out):
 * Append ${template} to ${out}, with $1, ${1} and ${name} replaced by what
 * those groups captured in the last call of regex_match, which was a match,
 * or by nothing if there is no such group; $0 is all of it and $$ a dollar
 * sign.  $1x is the group 1x, not 1 and an x; a $ with no name is itself.
 */
void regex_expand(
    const struct regex *regex, const char *template, struct buf *out);

#endif /* AGENT_BASE_REGEX_H */
