/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/canonical.h"
#include "agent/base/wipe.h"

/* A name and a value, both to be freed; ${place} is where they came. */
struct pair {
	char *name, *value;
	size_t place;
};

static int
compare(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order
			  : (a->place > b->place) - (a->place < b->place);
}

static int
compare_values(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->value, b->value);
}

static void
free_pairs(struct pair *pairs, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		wipe_text(pairs[i].name);
		wipe_text(pairs[i].value);
	}
	free(pairs);
}

static void
put_escaped(struct buf *out, const char *text, size_t len)
{
	size_t i;
	char c;

	for (i = 0; i < len; i++) {
		c = text[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			buf_putc(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned char)c);
	}
}

/* Take the last part, and the slash before it, off what was appended. */
static void
drop_part(struct buf *out, size_t begin)
{
	while (out->len > begin && out->data[--out->len] != '/')
		;
}

void
canonical_path(struct buf *out, const char *path, size_t len)
{
	size_t begin = out->len, at = 0, part;
	bool folder = true; /* Its last part names nothing. */

	while (at < len) {
		at++; /* The slash. */
		for (part = 0; at + part < len && path[at + part] != '/';)
			part++;
		folder = part == 0 || (part == 1 && path[at] == '.') ||
		    (part == 2 && path[at] == '.' && path[at + 1] == '.');
		if (folder && part == 2)
			drop_part(out, begin);
		if (!folder) {
			buf_putc(out, '/');
			put_escaped(out, path + at, part);
		}
		at += part;
	}
	if (folder)
		buf_putc(out, '/');
}

static int
digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
	    : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					 : -1;
}

/* The ${len} bytes at ${text}, of a query, escaped anew; to be freed. */
static char *
escape_anew(const char *text, size_t len)
{
	struct buf plain, out;
	char *result = NULL;
	size_t i;

	buf_secret(&plain, len);
	buf_secret(&out, 3 * len);
	for (i = 0; i < len; i++) {
		if (text[i] == '%' && i + 2 < len && digit(text[i + 1]) >= 0 &&
		    digit(text[i + 2]) >= 0) {
			buf_putc(&plain,
			    (char)(digit(text[i + 1]) * 16 +
				digit(text[i + 2])));
			i += 2;
		} else {
			buf_putc(&plain, text[i] == '+' ? ' ' : text[i]);
		}
	}
	put_escaped(&out, buf_text(&plain), plain.len);
	if (!plain.bad && !out.bad)
		result = strdup(buf_text(&out));
	buf_release(&plain);
	buf_release(&out);
	return result;
}

int
canonical_query(struct buf *out, const char *query)
{
	size_t most = 1, len = 0, size, name, i;
	struct pair *pairs;
	const char *at;

	for (at = query; *at != '\0'; at++)
		most += *at == '&';
	if ((pairs = calloc(most, sizeof(*pairs))) == NULL)
		return -1;
	for (at = query; *at != '\0'; at += size + (at[size] == '&')) {
		if ((size = strcspn(at, "&")) == 0)
			continue;
		name = strcspn(at, "=&");
		pairs[len].name = escape_anew(at, name);
		name += at[name] == '=';
		pairs[len].value = escape_anew(at + name, size - name);
		if (pairs[len].name == NULL || pairs[len].value == NULL) {
			free_pairs(pairs, len + 1);
			return -1;
		}
		len++;
	}
	qsort(pairs, len, sizeof(*pairs), compare_values);
	for (i = 0; i < len; i++)
		buf_printf(out, "%s%s=%s", i > 0 ? "&" : "", pairs[i].name,
		    pairs[i].value);
	free_pairs(pairs, len);
	return 0;
}

/* Cut spaces at both ends off ${text}, and make one of those in a row. */
static void
squeeze(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (*text != ' ' && *text != '\t')
			*to++ = *text;
		else if (text[1] != ' ' && text[1] != '\t' && text[1] != '\0')
			*to++ = ' ';
	}
	*to = '\0';
}

static int
take_header(struct pair *pair, const char *header)
{
	size_t name = strcspn(header, ":"), i;
	const char *value = header + name + (header[name] == ':');

	value += strspn(value, " \t");
	pair->name = strndup(header, name);
	pair->value = strdup(value);
	if (pair->name == NULL || pair->value == NULL)
		return -1;
	for (i = 0; i < name; i++)
		pair->name[i] = (char)tolower((unsigned char)pair->name[i]);
	squeeze(pair->value);
	return 0;
}

int
canonical_headers(
    struct buf *out, struct buf *names, const char *const *headers)
{
	struct pair *pairs;
	size_t len = 0, i;

	while (headers[len] != NULL)
		len++;
	if ((pairs = calloc(len + 1, sizeof(*pairs))) == NULL)
		return -1;
	for (i = 0; i < len; i++) {
		pairs[i].place = i;
		if (take_header(&pairs[i], headers[i]) != 0) {
			free_pairs(pairs, len);
			return -1;
		}
	}
	qsort(pairs, len, sizeof(*pairs), compare);
	for (i = 0; i < len; i++) {
		if (i > 0 && strcmp(pairs[i].name, pairs[i - 1].name) == 0) {
			buf_printf(out, ",%s", pairs[i].value);
			continue;
		}
		buf_printf(out, "%s%s:%s", i > 0 ? "\n" : "", pairs[i].name,
		    pairs[i].value);
		buf_printf(names, "%s%s", i > 0 ? ";" : "", pairs[i].name);
	}
	buf_putc(out, '\n');
	free_pairs(pairs, len);
	return 0;
}
