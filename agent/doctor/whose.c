/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth/base64.h"
#include "agent/auth/token.h"
#include "agent/doctor/whose.h"

/* What is shown of a token, and how that is called. */
static const struct {
	const char *claim, *word;
} shown[] = {
	{ "appid", "application" },
	{ "azp", "application" },
	{ "oid", "object" },
	{ "tid", "tenant" },
	{ "xms_mirid", "identity" },
	{ "aud", "for" },
};

/* The plain bytes of ${text}, ${len} letters as tokens have them, as JSON. */
static json_t *
decode(const char *text, size_t len)
{
	json_t *json = NULL;
	ssize_t plain;
	char *copy;
	size_t i;

	if (len > TOKEN_MAX || (copy = malloc(len + 4)) == NULL)
		return NULL;
	for (i = 0; i < len; i++)
		copy[i] = (char)(text[i] == '-' ? '+'
			: text[i] == '_'        ? '/'
						: text[i]);
	while (len % 4 != 0)
		copy[len++] = '=';
	plain = base64_read(copy, copy, len);
	if (plain > 0)
		json = json_loadb(copy, (size_t)plain, 0, NULL);
	free(copy);
	return json;
}

int
whose_put(const char *token, struct buf *out)
{
	const char *claims = strchr(token, '.'), *end, *value;
	size_t i, said = 0;
	json_t *json;

	if (claims == NULL || (end = strchr(++claims, '.')) == NULL)
		return -1;
	json = decode(claims, (size_t)(end - claims));
	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		value =
		    json_string_value(json_object_get(json, shown[i].claim));
		if (value == NULL || *value == '\0')
			continue;
		buf_printf(out, "%s%s %.*s", said++ > 0 ? ", " : "",
		    shown[i].word, (int)WHOSE_VALUE_MAX, value);
	}
	json_decref(json);
	return said > 0 ? 0 : -1;
}
