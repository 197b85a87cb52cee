/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/naming.h"
#include "wal/bytes.h"

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

/* Have ${value} in the next line, if ${name} says that it is a metric's name,
 * and it is new. */
static void
note(struct naming *naming, struct wal_text name, struct wal_text value)
{
	static const char wanted[] = "__name__";

	if (name.len == strlen(wanted) &&
	    memcmp(name.data, wanted, strlen(wanted)) == 0 &&
	    is_new(naming, value))
		put(naming, value);
}

void
naming_add(struct naming *naming, const struct wal_label *labels, size_t len)
{
	size_t i;

	naming->series++;
	for (i = 0; i < len; i++)
		note(naming, labels[i].name, labels[i].value);
}

void
naming_add_final(struct naming *naming, const struct final *final)
{
	const uint8_t *end = final->packed + final->packed_len;
	struct wal_bytes bytes = { final->packed, end, false }, label;
	struct wal_text text, name;

	naming->series++;
	while (wal_bytes_left(&bytes) > 0) {
		(void)wal_bytes_u8(&bytes); /* There are labels only. */
		text = wal_bytes_text(&bytes);
		label.at = (const uint8_t *)text.data;
		label.end = label.at + text.len;
		label.bad = false;
		(void)wal_bytes_u8(&label);
		name = wal_bytes_text(&label);
		(void)wal_bytes_u8(&label);
		note(naming, name, wal_bytes_text(&label));
	}
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
