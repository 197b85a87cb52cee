/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/base/hash.h"
#include "agent/ship/naming.h"

/* Whether ${name} is new, and there is a place to remember it. */
static bool
is_new(struct naming *naming, struct wal_text name)
{
	uint32_t hash = hash_stable(name.data, name.len);
	size_t i;

	for (i = 0; i < naming->said_len; i++)
		if (naming->said[i] == hash)
			return false;
	if (naming->said_len == NAMING_SAID || naming->count == NAMING_LINE)
		return false;
	naming->said[naming->said_len++] = hash;
	return true;
}

/* Have ${name} in the next line. */
static void
put(struct naming *naming, struct wal_text name)
{
	size_t len = name.len < NAMING_TEXT ? name.len : NAMING_TEXT;

	if (naming->count++ > 0) {
		memcpy(naming->names + naming->names_len, ", ", 2);
		naming->names_len += 2;
	}
	memcpy(naming->names + naming->names_len, name.data, len);
	naming->names_len += len;
}

void
naming_add(struct naming *naming, const struct wal_label *labels, size_t len)
{
	static const char name[] = "__name__";
	size_t i;

	naming->series++;
	for (i = 0; i < len; i++)
		if (labels[i].name.len == strlen(name) &&
		    memcmp(labels[i].name.data, name, strlen(name)) == 0 &&
		    is_new(naming, labels[i].value))
			put(naming, labels[i].value);
}

const char *
naming_line(struct naming *naming, uint64_t now, uint64_t *ret_series)
{
	uint64_t hidden;

	if (naming->series == 0 ||
	    !log_gate_open(&naming->gate, now, NAMING_PERIOD, &hidden))
		return NULL;
	*ret_series = naming->series;
	naming->names[naming->names_len] = '\0';
	naming->series = 0;
	naming->names_len = naming->count = 0;
	return naming->names;
}
