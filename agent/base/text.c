/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

#define REPLACEMENT "\xef\xbf\xbd"          /* U+FFFD. */
#define EXACT_MAX INT64_C(9007199254740992) /* 2^53. */

/* The bytes of what ${first} says it begins; 0 if it begins nothing. */
static size_t
char_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0 || first > 0xf7)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t
text_decode(const char *data, size_t len, uint32_t *ret_c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)data;
	size_t n = char_len(p[0]);
	uint32_t c;
	size_t i;

	if (n == 0 || n > len)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*ret_c = c;
	return n;
}

/* Whether a terminal or a reader of lines could be led astray by ${c}. */
static bool
unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

static void
put_escaped(struct buf *out, uint32_t c, const char *data, size_t n)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", (int)c);
	else if (c == '\n')
		buf_puts(out, "\\n");
	else if (c == '\r')
		buf_puts(out, "\\r");
	else if (c == '\t')
		buf_puts(out, "\\t");
	else if (unsafe(c))
		buf_printf(out, "\\u%04" PRIx32, c);
	else
		buf_put(out, data, n);
}

void
text_put_json(struct buf *out, const char *data, size_t len)
{
	size_t i, n;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		if ((n = text_decode(data + i, len - i, &c)) > 0) {
			put_escaped(out, c, data + i, n);
		} else {
			buf_puts(out, "\\ufffd");
			n = 1;
		}
	}
}

void
text_put_quoted(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	text_put_json(out, text, strlen(text));
	buf_putc(out, '"');
}

/* Whether a logfmt value can stand without quotes. */
static bool
bare(const char *data, size_t len)
{
	size_t i, n;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		n = text_decode(data + i, len - i, &c);
		if (n == 0 || unsafe(c) || c == ' ' || c == '=' || c == '"' ||
		    c == '\\')
			return false;
	}
	return len > 0;
}

void
text_put_logfmt(struct buf *out, const char *data, size_t len)
{
	bool quoted = !bare(data, len);

	if (quoted)
		buf_putc(out, '"');
	text_put_json(out, data, len);
	if (quoted)
		buf_putc(out, '"');
}

void
text_put_label(struct buf *out, const char *data, size_t len)
{
	size_t i, n;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		n = text_decode(data + i, len - i, &c);
		if (n == 0 || c == '\0') {
			buf_puts(out, REPLACEMENT);
			n = 1;
		} else if (c == '\n') {
			buf_puts(out, "\\n");
		} else if (c == '"' || c == '\\') {
			buf_printf(out, "\\%c", (int)c);
		} else {
			buf_put(out, data + i, n);
		}
	}
}

void
text_put_utf8(struct buf *out, const char *data, size_t len)
{
	size_t i, n;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		n = text_decode(data + i, len - i, &c);
		if (n > 0 && c != '\0')
			buf_put(out, data + i, n);
		else
			buf_puts(out, REPLACEMENT);
		n += n == 0;
	}
}

/* Append a character of HTML, whose ${n} bytes are at ${data}. */
static void
put_html(struct buf *out, uint32_t c, const char *data, size_t n)
{
	if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
		buf_printf(out, "&#%" PRIu32 ";", c);
	else if (unsafe(c) && c != '\n' && c != '\t')
		buf_printf(out, "\\u%04" PRIx32, c);
	else
		buf_put(out, data, n);
}

void
text_put_html(struct buf *out, const char *data, size_t len)
{
	size_t i, n;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		n = text_decode(data + i, len - i, &c);
		if (n > 0)
			put_html(out, c, data + i, n);
		else
			buf_puts(out, REPLACEMENT);
		n += n == 0;
	}
}

void
text_put_help(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			buf_puts(out, "\\\\");
		else if (*text == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *text);
	}
}

void
text_put_number(struct buf *out, double value)
{
	char text[32];
	int digits;

	if (isnan(value)) {
		buf_puts(out, "NaN");
	} else if (isinf(value)) {
		buf_puts(out, value > 0 ? "+Inf" : "-Inf");
	} else if (fabs(value) <= (double)EXACT_MAX &&
	    (double)(int64_t)value == value) {
		buf_printf(out, "%" PRId64, (int64_t)value);
	} else {
		/* 17 digits always read back the same; fewer often do. */
		for (digits = 15; digits <= 17; digits++) {
			(void)snprintf(
			    text, sizeof(text), "%.*g", digits, value);
			if (strtod(text, NULL) == value)
				break;
		}
		buf_puts(out, text);
	}
}

/* The bytes of the scheme and its "://", or 0 if there is none. */
static size_t
scheme_len(const char *url)
{
	size_t n = strspn(url,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789+-.");

	return n > 0 && strncmp(url + n, "://", 3) == 0 ? n + 3 : 0;
}

/* The last @ in the ${len} bytes at ${text}, or NULL. */
static const char *
last_at(const char *text, size_t len)
{
	return memrchr(text, '@', len);
}

/* Whether "host:12" has something else for a port. */
static bool
odd_port(const char *authority, size_t len)
{
	const char *colon = memrchr(authority, ':', len);
	size_t digits;

	if (colon == NULL ||
	    memchr(colon, ']', len - (size_t)(colon - authority)))
		return false;
	digits = strspn(colon + 1, "0123456789");
	return colon + 1 + digits != authority + len;
}

/*
 * Append "***@" or nothing, and return where in the URL, whose authority is
 * at ${text}, what may be shown begins.
 */
static const char *
skip_userinfo(struct buf *out, const char *text)
{
	size_t authority = strcspn(text, "/?#");
	size_t path = strcspn(text, "?#");
	const char *at;

	if ((at = last_at(text, authority)) != NULL)
		return at + 1;
	/* A slash, ? or # in a password ends the authority too early. */
	if ((at = last_at(text, path)) == NULL && odd_port(text, authority))
		at = last_at(text, strlen(text));
	if (at == NULL)
		return text;
	buf_puts(out, "***@");
	return at + 1;
}

/* Append the query, from its ? to before the fragment, values masked. */
static void
put_query(struct buf *out, const char *query, size_t len)
{
	const char *end = query + len;
	const char *stop, *equals;

	for (; query < end; query = stop) {
		buf_putc(out, *query++); /* ? or & */
		stop = memchr(query, '&', (size_t)(end - query));
		if (stop == NULL)
			stop = end;
		equals = memchr(query, '=', (size_t)(stop - query));
		if (equals != NULL)
			buf_put(out, query, (size_t)(equals + 1 - query));
		if (stop > query)
			buf_puts(out, "***");
	}
}

void
text_put_shown_url(struct buf *out, const char *url)
{
	size_t scheme = scheme_len(url);
	size_t len;

	buf_put(out, url, scheme);
	url = skip_userinfo(out, url + scheme);
	len = strcspn(url, "?#");
	buf_put(out, url, len);
	url += len;
	len = strcspn(url, "#");
	put_query(out, url, len);
	if (url[len] == '#')
		buf_puts(out, "#***");
}

void
text_put_query(struct buf *out, const char *text)
{
	static const char *const plain = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._~";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
}
