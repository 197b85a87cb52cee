/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config/expand.h"
#include "agent/config/fault.h"

#define NAME_MAX_BYTES 256u /* Of a variable. */

/* What follows a $. */
struct reference {
	const char *name;
	size_t len;  /* Of the name; 0: it is no reference. */
	size_t used; /* Bytes after the $. */
};

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

/* Of a shell: a name of one character. */
static bool
is_special(char c)
{
	return c != '\0' && strchr("*#$@!?-0123456789", c) != NULL;
}

/* Read what follows a $ at ${text}; -1 if it is a brace that is not closed, or
 * holds nothing. */
static int
read_reference(const char *text, struct reference *ret)
{
	const char *end;

	*ret = (struct reference){ .name = text };
	if (*text == '{') {
		end = strchr(text, '}');
		if (end == NULL || end == text + 1)
			return -1;
		ret->name = text + 1;
		ret->len = (size_t)(end - ret->name);
		ret->used = ret->len + 2;
	} else if (is_special(*text)) {
		ret->len = ret->used = 1;
	} else {
		while (is_word(text[ret->len]))
			ret->len++;
		ret->used = ret->len;
	}
	return 0;
}

static bool
is_called(const struct reference *reference, const char *name)
{
	return reference->len == strlen(name) &&
	    memcmp(reference->name, name, reference->len) == 0;
}

/* Append the host's name. */
static void
put_hostname(struct expanded *expanded, struct buf *out)
{
	char host[HOST_NAME_MAX + 1];

	if (gethostname(host, sizeof(host)) != 0 ||
	    memchr(host, '\0', sizeof(host)) == NULL || host[0] == '\0')
		(void)snprintf(expanded->fault, sizeof(expanded->fault),
		    "the host has no name for ${HOSTNAME}; write it out");
	else
		buf_puts(out, host);
}

/* Append the variable of the environment that ${reference} names. */
static void
put_variable(const struct reference *reference, struct expanded *expanded,
    struct buf *out)
{
	char name[NAME_MAX_BYTES + 1] = "";
	struct fault_quoted words;
	const char *value = NULL;

	if (reference->len <= NAME_MAX_BYTES) {
		memcpy(name, reference->name, reference->len);
		value = getenv(name);
	}
	words = fault_quote(name[0] != '\0' ? name : "the variable");
	if (expanded->variable[0] == '\0')
		(void)snprintf(expanded->variable, sizeof(expanded->variable),
		    "%s", words.text);
	if (value != NULL && *value != '\0')
		buf_puts(out, value);
	else
		(void)snprintf(expanded->fault, sizeof(expanded->fault),
		    "%s is not set in walship's environment; set it there, or "
		    "write $$ for a dollar sign",
		    words.text);
}

/* Append what ${reference} stands for. */
static void
put(const struct reference *reference, const struct facts *facts,
    struct expanded *expanded, struct buf *out)
{
	enum fact fact = fact_find(reference->name, reference->len);

	if (is_called(reference, "$")) {
		buf_putc(out, '$');
		return;
	}
	expanded->varies = true;
	if (fact != FACTS) {
		expanded->facts = true;
		if (facts != NULL)
			buf_puts(out, facts->text[fact]);
	} else if (is_called(reference, "HOSTNAME")) {
		put_hostname(expanded, out);
	} else {
		put_variable(reference, expanded, out);
	}
}

struct expanded
expand_put(const char *text, const struct facts *facts, struct buf *out)
{
	struct expanded expanded = { .fault = "", .variable = "" };
	struct reference reference;
	size_t len;

	for (; *text != '\0' && expanded.fault[0] == '\0';
	     text += reference.used) {
		len = strcspn(text, "$");
		buf_put(out, text, len);
		text += len;
		reference.used = 0;
		if (*text == '\0')
			break;
		text++;
		if (read_reference(text, &reference) != 0)
			(void)snprintf(expanded.fault, sizeof(expanded.fault),
			    "a '${' without a name and '}'; write a variable "
			    "as ${NAME}, and $$ for a dollar sign");
		else if (reference.len == 0)
			buf_putc(out, '$');
		else
			put(&reference, facts, &expanded, out);
	}
	return expanded;
}
