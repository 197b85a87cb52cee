/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/re2.h"
#include "agent/base/re2_part.h"

/* Note a group that captures, with the name of ${len} bytes at ${name}. */
static void
add_group(struct re2_part *p, const char *name, size_t len)
{
	struct re2 *re2 = p->re2;
	struct re2_name *names;

	if (re2->groups == RE2_GROUPS_MAX) {
		re2_part_refuse(p, name,
		    "more than %u groups; write (?:...) for those "
		    "that are not referred to",
		    RE2_GROUPS_MAX);
		return;
	}
	names = reallocarray(re2->names, re2->groups + 1, sizeof(*names));
	if (names == NULL) {
		re2->out.bad = true;
		return;
	}
	re2->names = names;
	names[re2->groups++] =
	    (struct re2_name){ (size_t)(name - p->start), len };
	buf_puts(&p->re2->out, "(");
}

/* A named group, at its name: up to ">". */
static void
named_group(struct re2_part *p, const char *begin)
{
	size_t len = 0;

	while (isalnum((unsigned char)p->at[len]) || p->at[len] == '_')
		len++;
	if (len == 0 || p->at[len] != '>') {
		re2_part_refuse(p, begin,
		    "not the name of a group; write letters, digits and '_', "
		    "as (?P<name>...)");
		return;
	}
	add_group(p, p->at, len);
	p->at += len + 1;
	p->open++;
}

/* Flags for what follows, or a group that does not capture. */
static void
flags(struct re2_part *p, const char *begin)
{
	size_t on = strspn(p->at, "imsU"), off = 0;
	const char *end = p->at + on;

	if (*end == '-')
		off = 1 + strspn(end + 1, "imsU");
	end += off;
	if (off == 1 || (*end != ')' && *end != ':')) {
		re2_part_refuse(p, begin,
		    "RE2 has no such group: no look-around, atomic group, "
		    "condition or comment; write (...), (?:...) or (?i)");
		return;
	}
	if (*end == ':' || on + off > 0)
		buf_printf(
		    &p->re2->out, "(?%.*s%c", (int)(end - p->at), p->at, *end);
	p->open += *end == ':';
	p->at = end + 1;
}

/* Translate the beginning of a group, at its "(". */
static void
group(struct re2_part *p)
{
	const char *begin = p->at++;

	p->repeatable = false;
	if (*p->at != '?') {
		add_group(p, p->at, 0);
		p->open++;
		return;
	}
	p->at++;
	if (strncmp(p->at, "P<", 2) == 0)
		p->at += 2;
	else if (*p->at == '<' && p->at[1] != '=' && p->at[1] != '!')
		p->at += 1;
	else {
		flags(p, begin);
		return;
	}
	named_group(p, begin);
}

/* The end of a group. */
static void
end_group(struct re2_part *p)
{
	if (p->open == 0) {
		re2_part_refuse(p, p->at,
		    "a ')' without its '('; remove it, or write \\) for the "
		    "bracket itself");
		return;
	}
	p->open--;
	buf_puts(&p->re2->out, ")");
	p->at++;
	p->repeatable = true;
}

/* Translate *, + and so on, the ${len} bytes that come next. */
static void
repeat(struct re2_part *p, size_t len)
{
	if (!p->repeatable) {
		re2_part_refuse(p, p->at,
		    "nothing to repeat before it, or repeated already; write "
		    "\\%c for the character itself, or (?:...) around what "
		    "is meant",
		    *p->at);
		return;
	}
	if (p->at[len] == '?')
		len++;
	buf_put(&p->re2->out, p->at, len);
	p->at += len;
	p->repeatable = false; /* ** and *+ are not RE2's. */
}

/* Read digits; -1 if there are none, or too many. */
static long
read_count(const char **at)
{
	long count = 0;
	const char *c = *at;

	for (; *c >= '0' && *c <= '9'; c++)
		if (count <= RE2_REPEAT_MAX)
			count = count * 10 + (*c - '0');
	if (c == *at || (**at == '0' && c > *at + 1))
		return -1;
	*at = c;
	return count;
}

/* Translate {n}, {n,} or {n,m}; other braces are themselves. */
static void
braces(struct re2_part *p)
{
	const char *at = p->at + 1;
	long least = read_count(&at), most = least;

	if (least >= 0 && *at == ',') {
		at++;
		most = *at == '}' ? least : read_count(&at);
	}
	if (least < 0 || most < 0 || *at != '}') {
		p->at += re2_part_literal(p, p->at);
		p->repeatable = true;
	} else if (least > RE2_REPEAT_MAX || most > RE2_REPEAT_MAX ||
	    most < least) {
		re2_part_refuse(p, p->at,
		    "not a number of times; write {n,m} with n <= m <= %u",
		    RE2_REPEAT_MAX);
	} else {
		repeat(p, (size_t)(at + 1 - p->at));
	}
}

/* Translate \Q...\E, behind the Q. */
static void
quoted(struct re2_part *p)
{
	while (*p->at != '\0' && strncmp(p->at, "\\E", 2) != 0) {
		p->at += re2_part_literal(p, p->at);
		p->repeatable = true;
	}
	p->at += *p->at == '\0' ? 0 : 2;
}

/* Translate what has no width: ${text}, whose last byte comes next. */
static void
anchor(struct re2_part *p, const char *text)
{
	p->at++;
	/* PCRE2 does not repeat it. */
	if (*p->at != '\0' && strchr("*+?{", *p->at) != NULL)
		buf_printf(&p->re2->out, "(?:%s)", text);
	else
		buf_puts(&p->re2->out, text);
	p->repeatable = true;
}

/* Translate what begins with a backslash, outside of classes. */
static void
backslash(struct re2_part *p)
{
	char c = *++p->at;

	if (c != '\0' && strchr("AbBz", c) != NULL) {
		anchor(p, (char[]){ '\\', c, '\0' });
		return;
	}
	if (c == 'Q') {
		p->at++;
		quoted(p);
		return;
	}
	if (!re2_part_shorthand(p, false) && !re2_part_property(p))
		re2_part_escape(p);
	p->repeatable = true;
}

static void
next(struct re2_part *p)
{
	switch (*p->at) {
	case '(':
		group(p);
		break;
	case ')':
		end_group(p);
		break;
	case '[':
		re2_part_class(p);
		break;
	case '\\':
		backslash(p);
		break;
	case '*':
	case '+':
	case '?':
		repeat(p, 1);
		break;
	case '{':
		braces(p);
		break;
	case '^':
		anchor(p, "^");
		break;
	case '$':
		anchor(p, "$");
		break;
	case '|':
	case '.':
		buf_putc(&p->re2->out, *p->at);
		p->repeatable = *p->at++ == '.';
		break;
	default:
		p->at += re2_part_literal(p, p->at);
		p->repeatable = true;
		break;
	}
}

int
re2_translate(struct re2 *re2, const char *pattern)
{
	struct re2_part p = { .re2 = re2, .start = pattern, .at = pattern };

	*re2 = (struct re2){ 0 };
	buf_init(&re2->out, RE2_OUT_MAX);
	while (!p.failed && *p.at != '\0')
		next(&p);
	if (p.open > 0)
		re2_part_refuse(&p, p.at,
		    "a '(' without its ')'; add it, or write \\( for the "
		    "bracket itself");
	return p.failed || re2->out.bad ? -1 : 0;
}

void
re2_release(struct re2 *re2)
{
	buf_release(&re2->out);
	free(re2->names);
	re2->names = NULL;
}
