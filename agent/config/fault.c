/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/config.h"
#include "agent/config/fault.h"

struct fault {
	size_t line, column;
	size_t found; /* Its number: faults of one place keep their order. */
	char *text;
};

void
fault_vadd(struct fault_list *list, size_t line, size_t column,
    const char *format, va_list args)
{
	struct fault fault = { .line = line, .column = column };
	char text[FAULT_TEXT_MAX];

	fault.found = list->count++;
	if (list->len == CONFIG_FAULTS_MAX)
		return;
	if (list->faults == NULL) {
		list->faults = calloc(CONFIG_FAULTS_MAX, sizeof(fault));
		if (list->faults == NULL) {
			list->nomem = true;
			return;
		}
	}
	(void)vsnprintf(text, sizeof(text), format, args);
	if ((fault.text = strdup(text)) == NULL)
		list->nomem = true;
	else
		list->faults[list->len++] = fault;
}

void
fault_add(struct fault_list *list, size_t line, size_t column,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fault_vadd(list, line, column, format, args);
	va_end(args);
}

bool
fault_none(const struct fault_list *list)
{
	return list->count == 0 && !list->nomem;
}

static int
compare(const void *left, const void *right)
{
	const struct fault *a = left, *b = right;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a->found < b->found ? -1 : 1;
}

void
fault_write(struct fault_list *list, const char *path, struct buf *out)
{
	size_t i;

	if (list->len > 0)
		qsort(list->faults, list->len, sizeof(*list->faults), compare);
	for (i = 0; i < list->len; i++)
		buf_printf(out, "%s:%zu:%zu: %s\n", path, list->faults[i].line,
		    list->faults[i].column, list->faults[i].text);
	if (list->nomem)
		buf_printf(
		    out, "%s: not all could be read: out of memory\n", path);
	else if (list->count > list->len)
		buf_printf(out, "%s: and %zu more faults\n", path,
		    list->count - list->len);
}

void
fault_release(struct fault_list *list)
{
	size_t i;

	for (i = 0; i < list->len; i++)
		free(list->faults[i].text);
	free(list->faults);
	*list = (struct fault_list){ 0 };
}

struct fault_quoted
fault_quote(const char *word)
{
	struct fault_quoted quoted;
	size_t len = strlen(word), i;
	char *text = quoted.text;

	if (len >= sizeof(quoted.text))
		len = sizeof(quoted.text) - 1;
	for (i = 0; i < len; i++)
		text[i] = word[i] < ' ' || word[i] > '~' ? '?' : word[i];
	text[len] = '\0';
	if (word[len] != '\0')
		memcpy(text + len - 3, "...", 3);
	return quoted;
}
