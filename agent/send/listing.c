/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "agent/send/listing.h"

/* The text of ${key} in ${object}; empty if it has none. */
static struct wal_text
text_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return (struct wal_text){ "", 0 };
	return (struct wal_text){ json_string_value(value),
		json_string_length(value) };
}

static enum family_type
type_of(struct wal_text name)
{
	const char *known;
	uint8_t type;

	for (type = 0; type < FAMILY_TYPES; type++) {
		known = wal_metadata_type_name(type);
		if (name.len == strlen(known) &&
		    memcmp(name.data, known, name.len) == 0)
			return type;
	}
	return FAMILY_UNKNOWN;
}

static int
add(struct families *families, const char *name, const json_t *entry)
{
	struct family family = {
		.type = type_of(text_of(entry, "type")),
		.name = { name, strlen(name) },
		.help = text_of(entry, "help"),
		.unit = text_of(entry, "unit"),
	};

	return json_is_object(entry) ? families_add(families, &family) : -1;
}

/* Add all that is in ${data}; return how many were not taken. */
static size_t
add_all(struct families *families, json_t *data)
{
	size_t left_out = 0, i;
	const char *name;
	json_t *entries, *entry;

	json_object_foreach(data, name, entries)
	{
		if (!json_is_array(entries))
			left_out++;
		json_array_foreach(entries, i, entry)
		{
			if (add(families, name, entry) != 0)
				left_out++;
		}
	}
	return left_out;
}

const char *
listing_read(const char *text, size_t len, struct families *families,
    size_t *ret_left_out)
{
	const char *wrong = NULL;
	json_t *root, *data;

	if ((root = json_loadb(text, len, JSON_ALLOW_NUL, NULL)) == NULL)
		return "the answer is not JSON: is this the URL of Prometheus?";
	data = json_object_get(root, "data");
	if (!json_is_object(data))
		wrong = "the answer is JSON, but not a list of metadata: is "
			"this the URL of Prometheus?";
	else
		*ret_left_out = add_all(families, data);
	json_decref(root);
	return wrong;
}
