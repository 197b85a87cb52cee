/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/labels.h"

static int
compare_texts(struct wal_text a, struct wal_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.data, b.data, len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool
in_order(const struct wal_label *labels, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if (compare_texts(labels[i - 1].name, labels[i].name) >= 0)
			return false;
	return true;
}

/* By name, and of one name by value. */
static int
compare_labels(const void *va, const void *vb)
{
	const struct wal_label *a = va, *b = vb;
	int order = compare_texts(a->name, b->name);

	return order != 0 ? order : compare_texts(a->value, b->value);
}

size_t
labels_tidy(struct wal_label *labels, size_t len)
{
	size_t i, kept = 0;

	for (i = 0; i < len; i++)
		if (labels[i].name.len > 0 && labels[i].value.len > 0)
			labels[kept++] = labels[i];
	len = kept;
	/* Prometheus writes them in order. */
	if (in_order(labels, len))
		return len;
	qsort(labels, len, sizeof(*labels), compare_labels);
	for (i = kept = 0; i < len; i++)
		if (i == 0 ||
		    compare_texts(labels[i].name, labels[i - 1].name) != 0)
			labels[kept++] = labels[i];
	return kept;
}

size_t
labels_size(const struct wal_label *labels, size_t len)
{
	size_t i, size = 0;

	for (i = 0; i < len; i++)
		size += labels[i].name.len + labels[i].value.len;
	return size;
}

uint32_t
labels_hash(const struct wal_label *labels, size_t len)
{
	uint32_t hash = (uint32_t)len;
	size_t i;

	for (i = 0; i < len; i++) {
		hash =
		    hash_bytes(hash, labels[i].name.data, labels[i].name.len);
		hash =
		    hash_bytes(hash, labels[i].value.data, labels[i].value.len);
	}
	return hash;
}
