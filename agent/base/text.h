/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/base/text.h - text from outside, made safe for where it goes.
 *
 * One function a sink.  Each appends to a buffer, whole characters or whole
 * escapes at a time, so that what a full buffer holds ends with neither cut
 * in two.  Bytes that are not UTF-8 become U+FFFD, one each.
 */
#ifndef AGENT_BASE_TEXT_H
#define AGENT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"

/**
 * text_decode(data, len, ret):
 * Decode the first character of the ${len} bytes, at least 1, at ${data}.
 * Return its bytes, or 0 if it is not UTF-8: too long a form, a surrogate,
 * past U+10FFFF, cut off, or no start of a character at all.
 */
size_t text_decode(const char *data, size_t len, uint32_t *ret);

/**
 * text_put_logfmt(out, data, len):
 * Append a logfmt value, in quotes if it needs them.  In quotes the escapes
 * are those of JSON; control characters, DEL, C1 controls, line separators
 * and what turns the direction of writing are always escaped.
 */
void text_put_logfmt(struct buf *out, const char *data, size_t len);

/* Append the inside of a JSON string, escaped as above; no quotes around. */
void text_put_json(struct buf *out, const char *data, size_t len);

/* Append ${text} as a whole JSON string, which YAML reads as well. */
void text_put_quoted(struct buf *out, const char *text);

/**
 * text_put_label(out, data, len):
 * Append the inside of a label value of Prometheus's text format, where only
 * backslash, quote and newline have escapes.  All else passes as it is, but
 * NUL, which Prometheus's parser refuses, becomes U+FFFD.
 */
void text_put_label(struct buf *out, const char *data, size_t len);

/* Append the text itself, but for what is not UTF-8, and NUL. */
void text_put_utf8(struct buf *out, const char *data, size_t len);

/**
 * text_put_html(out, data, len):
 * Append text of an HTML element, or of an attribute in double quotes.  Lines
 * and tabs pass; other controls, line separators and what turns the direction
 * of writing become visible, as in JSON.
 */
void text_put_html(struct buf *out, const char *data, size_t len);

/* Append the inside of a HELP line: backslash and newline are escaped. */
void text_put_help(struct buf *out, const char *text);

/**
 * text_put_number(out, value):
 * Append ${value} so that it reads back the same, in few digits: integers up
 * to 2^53 without an exponent, NaN, +Inf and -Inf by those names.
 */
void text_put_number(struct buf *out, double value);

/* Append ${text} as a value of a URL's query, or of a form. */
void text_put_query(struct buf *out, const char *text);

/**
 * text_put_shown_url(out, url):
 * Append ${url} without what may be secret: userinfo is left out, each value
 * in the query is ***, as are a parameter without a value and the fragment.
 * Where an @ outside its place suggests a password that was not escaped, all
 * before it is *** too.  Any text may be given; what is appended is not yet
 * escaped for a sink.
 */
void text_put_shown_url(struct buf *out, const char *url);

#endif /* AGENT_BASE_TEXT_H */
