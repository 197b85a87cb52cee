/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/re2.h"
#include "agent/base/regex.h"
#include "agent/base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD. */
#define NUMBER_MAX 100000000L      /* Of a group; as Go has it. */

struct regex {
	char *pattern; /* As given: names of groups are in it. */
	struct re2 re2;
	pcre2_code *code;
	pcre2_match_data *found;
	pcre2_match_context *limits;
	unsigned int given_up; /* Searches. */
	const char *text;      /* In which the last match was found. */
	struct buf mended;     /* The same, if it was not UTF-8. */
};

/*
 * With the newline fixed, "$" but at the very end, and "^" in (?m) also behind
 * the last line break, the rest is as in RE2.
 */
static const uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED |
    PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
    PCRE2_NEVER_BACKSLASH_C;

/* Compile what was translated; -1, with or without a fault. */
static int
compile(struct regex *regex, struct regex_fault *fault)
{
	pcre2_compile_context *context;
	unsigned char text[200];
	PCRE2_SIZE offset;
	int error = 0;

	if ((context = pcre2_compile_context_create(NULL)) == NULL)
		return -1;
	(void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	regex->code = pcre2_compile((PCRE2_SPTR)buf_text(&regex->re2.out),
	    regex->re2.out.len, options, &error, &offset, context);
	pcre2_compile_context_free(context);
	if (regex->code != NULL)
		return 0;
	if (error != PCRE2_ERROR_NOMEMORY &&
	    pcre2_get_error_message(error, text, sizeof(text)) > 0)
		(void)snprintf(fault->text, sizeof(fault->text),
		    "%s; write it in another way", (const char *)text);
	return -1;
}

/* Make what is needed to search; -1 if there is no memory. */
static int
prepare(struct regex *regex)
{
	regex->found = pcre2_match_data_create_from_pattern(regex->code, NULL);
	regex->limits = pcre2_match_context_create(NULL);
	if (regex->found == NULL || regex->limits == NULL)
		return -1;
	(void)pcre2_set_match_limit(regex->limits, REGEX_STEPS_MAX);
	(void)pcre2_set_depth_limit(regex->limits, REGEX_DEPTH_MAX);
	(void)pcre2_set_heap_limit(regex->limits, REGEX_HEAP_MAX);
	return 0;
}

struct regex *
regex_new(const char *pattern, struct regex_fault *ret)
{
	struct regex *regex;

	*ret = (struct regex_fault){ "" };
	if ((regex = calloc(1, sizeof(*regex))) == NULL)
		return NULL;
	buf_init(&regex->mended, SIZE_MAX);
	if (strlen(pattern) > REGEX_PATTERN_MAX)
		(void)snprintf(ret->text, sizeof(ret->text),
		    "longer than %u bytes; make several rules of it",
		    REGEX_PATTERN_MAX);
	else if ((regex->pattern = strdup(pattern)) != NULL &&
	    re2_translate(&regex->re2, regex->pattern) == 0 &&
	    compile(regex, ret) == 0 && prepare(regex) == 0)
		return regex;
	if (regex->re2.fault[0] != '\0')
		(void)snprintf(
		    ret->text, sizeof(ret->text), "%s", regex->re2.fault);
	regex_free(regex);
	return NULL;
}

const char *
regex_pattern(const struct regex *regex)
{
	return regex->pattern;
}

void
regex_free(struct regex *regex)
{
	if (regex == NULL)
		return;
	pcre2_match_context_free(regex->limits);
	pcre2_match_data_free(regex->found);
	pcre2_code_free(regex->code);
	re2_release(&regex->re2);
	buf_release(&regex->mended);
	free(regex->pattern);
	free(regex);
}

static int
search(struct regex *regex, const char *data, size_t len)
{
	regex->text = data;
	return pcre2_match(regex->code, (PCRE2_SPTR)data, len, 0, 0,
	    regex->found, regex->limits);
}

/* Copy the text to where what is not UTF-8 can be replaced. */
static void
mend(struct buf *to, const char *data, size_t len)
{
	size_t i, n;
	uint32_t c;

	buf_reset(to);
	for (i = 0; i < len; i += n) {
		if ((n = text_decode(data + i, len - i, &c)) > 0) {
			buf_put(to, data + i, n);
		} else {
			buf_puts(to, REPLACEMENT);
			n = 1;
		}
	}
}

enum regex_result
regex_match(struct regex *regex, const char *data, size_t len)
{
	int count = search(regex, data, len);

	if (count <= PCRE2_ERROR_UTF8_ERR1 && count >= PCRE2_ERROR_UTF8_ERR21) {
		mend(&regex->mended, data, len);
		if (regex->mended.bad)
			return REGEX_LIMIT;
		count =
		    search(regex, buf_text(&regex->mended), regex->mended.len);
	}
	if (count > 0)
		return REGEX_MATCH;
	if (count == PCRE2_ERROR_NOMATCH)
		return REGEX_NONE;
	if (++regex->given_up == REGEX_GIVEN_UP_MAX)
		(void)pcre2_set_match_limit(regex->limits, REGEX_STEPS_LOW);
	return REGEX_LIMIT;
}

/* The number that a name is; -1 if it is none. */
static long
number_of(const char *name, size_t len)
{
	long number = 0;
	size_t i;

	for (i = 0; i < len && isdigit((unsigned char)name[i]); i++)
		if (number < NUMBER_MAX)
			number = number * 10 + (name[i] - '0');
	return i == len && (len == 1 || name[0] != '0') ? number : -1;
}

/* Append what group ${i} captured; false if there is no such thing. */
static bool
put_group(const struct regex *regex, size_t i, struct buf *out)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->found);

	if (i >= pcre2_get_ovector_count(regex->found) ||
	    ends[2 * i] == PCRE2_UNSET)
		return false;
	buf_put(out, regex->text + ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
	return true;
}

/* Append what the group of that name captured: the first that did. */
static void
put_named(
    const struct regex *regex, const char *name, size_t len, struct buf *out)
{
	const struct re2_name *names = regex->re2.names;
	long number = number_of(name, len);
	size_t i;

	if (number >= 0) {
		(void)put_group(regex, (size_t)number, out);
		return;
	}
	for (i = 0; i < regex->re2.groups; i++)
		if (names[i].len == len &&
		    memcmp(regex->pattern + names[i].at, name, len) == 0 &&
		    put_group(regex, i + 1, out))
			break;
}

/* The bytes of the name that ${text} begins with. */
static size_t
name_len(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	return len;
}

void
regex_expand(const struct regex *regex, const char *template, struct buf *out)
{
	size_t len, braces;

	for (;;) {
		len = strcspn(template, "$");
		buf_put(out, template, len);
		template += len;
		if (*template ++ == '\0')
			return;
		braces = *template == '{';
		len = name_len(template + braces);
		if (*template == '$') {
			buf_putc(out, '$');
			template ++;
		} else if (len == 0 || (braces && template[len + 1] != '}')) {
			buf_putc(out, '$');
		} else {
			put_named(regex, template + braces, len, out);
			template += len + 2 * braces;
		}
	}
}
