/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agent/auth/extras.h"
#include "agent/config/header.h"

#define LINE_MAX_LEN (HEADER_NAME_MAX + 2 + SECRET_MAX) /* Bytes. */

int
extras_init(struct extras *extras, const struct config_remote *remote)
{
	size_t i;

	*extras = (struct extras){ .config = remote->extras };
	if (remote->extras_len == 0)
		return 0;
	extras->list = calloc(remote->extras_len, sizeof(*extras->list));
	if (extras->list == NULL)
		return -1;
	extras->len = remote->extras_len;
	for (i = 0; i < extras->len; i++) {
		secret_init(&extras->list[i].value, &extras->config[i].value);
		buf_secret(&extras->list[i].line, LINE_MAX_LEN);
	}
	return 0;
}

const char *
extras_lines(struct extras *extras, uint64_t now, const char **lines)
{
	struct extra *extra;
	const char *value;
	size_t i;

	for (i = 0; i < extras->len; i++) {
		extra = &extras->list[i];
		if ((value = secret_get(&extra->value, now)) == NULL)
			return extra->value.error;
		buf_reset(&extra->line);
		buf_printf(
		    &extra->line, "%s: %s", extras->config[i].name, value);
		if (extra->line.bad)
			return "no memory for a header";
		lines[i] = buf_text(&extra->line);
	}
	return NULL;
}

void
extras_refused(struct extras *extras)
{
	size_t i;

	for (i = 0; i < extras->len; i++)
		secret_refused(&extras->list[i].value);
}

void
extras_release(struct extras *extras)
{
	size_t i;

	for (i = 0; i < extras->len; i++) {
		secret_release(&extras->list[i].value);
		buf_release(&extras->list[i].line);
	}
	free(extras->list);
	*extras = (struct extras){ 0 };
}
