/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "agent/series/fit.h"

/* How many UTF-16 units the character takes that begins with ${byte}. */
static size_t
units_of(uint8_t byte)
{
	if ((byte & 0xc0) == 0x80)
		return 0; /* It goes on. */
	return byte >= 0xf0 ? 2 : 1;
}

/* How many bytes of ${text} are at most ${max} units: all, if it is shorter. */
static size_t
fitting(struct wal_text text, size_t max)
{
	size_t i, units = 0;

	if (text.len <= max)
		return text.len;
	for (i = 0; i < text.len; i++) {
		units += units_of((uint8_t)text.data[i]);
		if (units > max)
			break;
	}
	return i;
}

/* How long the value of ${label} may be. */
static size_t
value_max(const struct wal_label *label)
{
	static const char name[] = "__name__";

	return label->name.len == strlen(name) &&
		memcmp(label->name.data, name, strlen(name)) == 0
	    ? FIT_NAME_MAX
	    : FIT_VALUE_MAX;
}

static bool
has_capitals(struct wal_text text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.data[i] >= 'A' && text.data[i] <= 'Z')
			return true;
	return false;
}

/* Whether ${name} is that of another of these labels too. */
static bool
has_like(const struct wal_label *labels, size_t len, size_t name)
{
	struct wal_text text = labels[name].name;
	size_t i;

	for (i = 0; i < len; i++)
		if (i != name && labels[i].name.len == text.len &&
		    strncasecmp(labels[i].name.data, text.data, text.len) == 0)
			return true;
	return false;
}

/* Whether two names are one but for their case: one of them has capitals. */
static bool
are_alike(const struct wal_label *labels, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (has_capitals(labels[i].name) && has_like(labels, len, i))
			return true;
	return false;
}

enum fit
fit_check(const struct wal_label *labels, size_t len)
{
	size_t i;

	if (len > FIT_LABELS_MAX)
		return FIT_MANY;
	if (are_alike(labels, len))
		return FIT_ALIKE;
	for (i = 0; i < len; i++)
		if (fitting(labels[i].name, FIT_NAME_MAX) < labels[i].name.len)
			return FIT_LONG_NAME;
	for (i = 0; i < len; i++)
		if (fitting(labels[i].value, value_max(&labels[i])) <
		    labels[i].value.len)
			return FIT_LONG_VALUE;
	return FIT_WELL;
}

enum fit
fit_cut(struct wal_label *labels, size_t len)
{
	size_t i;

	if (len > FIT_LABELS_MAX)
		return FIT_MANY;
	for (i = 0; i < len; i++) {
		labels[i].value.len =
		    fitting(labels[i].value, value_max(&labels[i]));
		labels[i].name.len = fitting(labels[i].name, FIT_NAME_MAX);
	}
	/* Cut, two names can be one without any capitals. */
	for (i = 1; i < len; i++)
		if (has_like(labels, len, i))
			return FIT_ALIKE;
	return FIT_WELL;
}

const char *
fit_word(enum fit fit)
{
	static const char *const words[] = {
		[FIT_WELL] = "nothing",
		[FIT_MANY] = "more than 63 labels",
		[FIT_ALIKE] = "names of labels that differ only by small and "
			      "capital letters",
		[FIT_LONG_NAME] = "a label's name of more than 511 characters",
		[FIT_LONG_VALUE] =
		    "a label's value of more than 1023 characters, or a "
		    "metric's name of more than 511",
	};

	return words[fit];
}
