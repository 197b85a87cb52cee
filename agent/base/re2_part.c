/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/re2_part.h"

#define CODE_MAX 0x10ffffu /* The last code point. */

static const char unclosed[] = "a '[' without its ']'; add it, or write \\[ "
			       "for the bracket itself";

void
re2_part_refuse(struct re2_part *p, const char *where, const char *format, ...)
{
	char *fault = p->re2->fault;
	size_t place = 1;
	const char *c;
	va_list args;
	int len;

	if (p->failed)
		return;
	p->failed = true;
	for (c = p->start; c < where; c++)
		place += ((unsigned char)*c & 0xc0) != 0x80;
	len = snprintf(fault, RE2_FAULT_MAX, "at character %zu: ", place);
	va_start(args, format);
	(void)vsnprintf(fault + len, RE2_FAULT_MAX - (size_t)len, format, args);
	va_end(args);
}

size_t
re2_part_literal(struct re2_part *p, const char *at)
{
	size_t len = 1;

	/* The rest of a character in UTF-8. */
	while (((unsigned char)at[len] & 0xc0) == 0x80)
		len++;
	if (len == 1 && ispunct((unsigned char)*at) && *at != '_')
		buf_puts(&p->re2->out, "\\");
	buf_put(&p->re2->out, at, len);
	return len;
}

/* The value of a hexadecimal digit, or -1. */
static int
unhex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Read what follows "\x", a code point, and pass it; -1 if it is none. */
static int
read_hex(struct re2_part *p)
{
	const char *at = p->at;
	unsigned int code = 0, digits = 0;
	bool braces = *at == '{';

	for (at += braces; unhex(*at) >= 0; at++, digits++) {
		if (!braces && digits == 2)
			break;
		code = code * 16 + (unsigned int)unhex(*at);
		if (code > CODE_MAX)
			return -1;
	}
	if (braces ? digits == 0 || *at != '}' : digits != 2)
		return -1;
	p->at = at + braces;
	return (int)code;
}

/* Read an octal number of at most three digits. */
static int
read_octal(struct re2_part *p)
{
	int code = 0, digits;

	for (digits = 0; digits < 3 && *p->at >= '0' && *p->at <= '7'; digits++)
		code = code * 8 + (*p->at++ - '0');
	return code;
}

/* The code point of the word after "\" whose letter is ${c}; -1 if none. */
static int
read_code(struct re2_part *p, char c)
{
	static const char letters[] = "afnrtv", codes[] = "\a\f\n\r\t\v";
	const char *letter = c == '\0' ? NULL : strchr(letters, c);

	if (letter != NULL) {
		p->at++;
		return codes[letter - letters];
	}
	if (c == 'x') {
		p->at++;
		return read_hex(p);
	}
	/* Without a second digit, \1 would be a reference back. */
	if (c == '0' ||
	    (c >= '1' && c <= '7' && p->at[1] >= '0' && p->at[1] <= '7'))
		return read_octal(p);
	return -1;
}

void
re2_part_escape(struct re2_part *p)
{
	const char *begin = p->at - 1;
	char c = *p->at;
	int code;

	if (c == '\0') {
		re2_part_refuse(p, begin,
		    "a '\\' at the end; write \\\\ for the character itself");
		return;
	}
	if ((unsigned char)c < 0x80 && !isalnum((unsigned char)c)) {
		p->at += re2_part_literal(p, p->at);
		return;
	}
	if ((code = read_code(p, c)) >= 0)
		buf_printf(&p->re2->out, "\\x{%x}", (unsigned int)code);
	else if (c >= '1' && c <= '9')
		re2_part_refuse(p, begin,
		    "RE2 has no references back; write what is to be found "
		    "again, or another rule");
	else
		re2_part_refuse(p, begin,
		    "RE2 does not have this escape; write \\\\ for a "
		    "backslash, or the character without it");
}

bool
re2_part_shorthand(struct re2_part *p, bool within)
{
	/* \s has no \v in RE2. */
	static const struct {
		char letter;
		const char *alone, *within;
	} classes[] = {
		{ 'd', "[0-9]", "0-9" },
		{ 'D', "[^0-9]", "\\D" },
		{ 's', "[\\t\\n\\f\\r ]", "\\t\\n\\f\\r " },
		{ 'S', "[^\\t\\n\\f\\r ]", "\\S\\x{b}" },
		{ 'w', "[0-9A-Za-z_]", "0-9A-Za-z_" },
		{ 'W', "[^0-9A-Za-z_]", "\\W" },
	};
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (*p->at != classes[i].letter)
			continue;
		buf_puts(&p->re2->out,
		    within ? classes[i].within : classes[i].alone);
		p->at++;
		return true;
	}
	return false;
}

/* Whether the ${len} bytes at ${name} can name a category or a script. */
static bool
is_property(const char *name, size_t len)
{
	size_t i;

	if (len == 0 || !isupper((unsigned char)name[0]))
		return false;
	for (i = 1; i < len; i++)
		if (!isalpha((unsigned char)name[i]) && name[i] != '_')
			return false;
	/* PCRE2's own: Xan, Xsp and so on. */
	return name[0] != 'X' || (len > 1 && name[1] == 'i');
}

bool
re2_part_property(struct re2_part *p)
{
	const char *name = p->at + 1;
	size_t len = 1;

	if (*p->at != 'p' && *p->at != 'P')
		return false;
	if (*name == '{') {
		name++;
		len = strcspn(name, "}");
	}
	if (!is_property(name + (*name == '^'), len - (*name == '^')) ||
	    (p->at[1] == '{' && name[len] != '}')) {
		re2_part_refuse(p, p->at - 1,
		    "not a Unicode property; write one as \\pL or \\p{Greek}");
		return true;
	}
	buf_printf(&p->re2->out, "\\%c{%.*s}", *p->at, (int)len, name);
	p->at = name + len + (p->at[1] == '{');
	return true;
}

/* One end of a range in a class, or a character of it. */
static void
class_char(struct re2_part *p)
{
	if (*p->at == '\0') {
		re2_part_refuse(p, p->at, "%s", unclosed);
	} else if (*p->at == '\\') {
		p->at++;
		re2_part_escape(p);
	} else {
		p->at += re2_part_literal(p, p->at);
	}
}

/* Translate [:alpha:]; false if it is not. */
static bool
named_class(struct re2_part *p)
{
	static const char names[] =
	    " alnum alpha ascii blank cntrl digit graph "
	    "lower print punct space upper word xdigit ";
	const char *name = p->at + 2, *end;
	char wanted[16];
	int len;

	if (strncmp(p->at, "[:", 2) != 0 || (end = strstr(name, ":]")) == NULL)
		return false;
	name += *name == '^';
	len =
	    snprintf(wanted, sizeof(wanted), " %.*s ", (int)(end - name), name);
	if (end <= name || (size_t)len >= sizeof(wanted) ||
	    strstr(names, wanted) == NULL) {
		re2_part_refuse(p, p->at,
		    "no such class; write one as [:alpha:], or \\[ for the "
		    "bracket itself");
		return true;
	}
	buf_put(&p->re2->out, p->at, (size_t)(end + 2 - p->at));
	p->at = end + 2;
	return true;
}

/* Translate one member of a class. */
static void
class_member(struct re2_part *p)
{
	if (named_class(p))
		return;
	if (*p->at == '\\') {
		p->at++;
		if (re2_part_shorthand(p, true) || re2_part_property(p))
			return;
		p->at--;
	}
	class_char(p);
	/* At the end of the class "-" is itself. */
	if (!p->failed && p->at[0] == '-' && p->at[1] != ']' &&
	    p->at[1] != '\0') {
		buf_puts(&p->re2->out, "-");
		p->at++;
		class_char(p);
	}
}

void
re2_part_class(struct re2_part *p)
{
	const char *begin = p->at++;
	bool first = true;

	buf_puts(&p->re2->out, "[");
	if (*p->at == '^') {
		buf_puts(&p->re2->out, "^");
		p->at++;
	}
	for (; !p->failed && (*p->at != ']' || first); first = false) {
		if (*p->at == '\0')
			re2_part_refuse(p, begin, "%s", unclosed);
		else
			class_member(p);
	}
	buf_puts(&p->re2->out, "]");
	p->at++;
	p->repeatable = true;
}
