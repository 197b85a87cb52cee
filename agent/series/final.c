/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/final.h"
#include "agent/series/remote.pb-c.h"
#include "agent/series/table.h"

struct finals {
	struct labelsets *sets;
	const struct wal_label *external;
	size_t external_len;
	struct table table; /* Of struct final. */
	uint64_t seed;
	uint64_t dropped; /* The youngest batch of a series dropped, or 0. */
	struct relabel *relabel;           /* NULL: there are no rules. */
	struct final *unsent[FINAL_NOMEM]; /* By the reason. */

	/* The labels being worked on, in each form; all of one length. */
	struct wal_label *labels;
	Remote__Label *messages;
	Remote__Label **pointers;
	size_t cap;
};

/* What stands for all series that are not sent for that reason. */
static struct final *
new_unsent(enum final_result reason)
{
	struct final *final;

	if ((final = calloc(1, sizeof(*final) + 1)) == NULL)
		return NULL;
	final->refs = 1; /* Ours. */
	final->packed[0] = (uint8_t)reason;
	return final;
}

struct finals *
finals_new(struct labelsets *sets, const struct wal_label *external,
    size_t external_len)
{
	struct finals *finals;

	if ((finals = calloc(1, sizeof(*finals))) == NULL)
		return NULL;
	finals->sets = sets;
	finals->external = external;
	finals->external_len = external_len;
	finals->seed = hash_seed();
	finals->unsent[FINAL_DROPPED] = new_unsent(FINAL_DROPPED);
	finals->unsent[FINAL_REFUSED] = new_unsent(FINAL_REFUSED);
	if (finals->unsent[FINAL_DROPPED] == NULL ||
	    finals->unsent[FINAL_REFUSED] == NULL) {
		finals_free(finals);
		return NULL;
	}
	return finals;
}

int
finals_relabel(
    struct finals *finals, const struct config_rule *rules, size_t len)
{
	struct relabel *relabel = NULL;

	if (len > 0 && (relabel = relabel_new(rules, len)) == NULL)
		return -1;
	relabel_free(finals->relabel);
	finals->relabel = relabel;
	return 0;
}

void
finals_free(struct finals *finals)
{
	struct final *final;
	size_t slot;

	if (finals == NULL)
		return;
	for (slot = 0; slot < finals->table.cap; slot++) {
		if ((final = finals->table.entries[slot]) == NULL)
			continue;
		labelsets_drop(finals->sets, final->labels);
		free(final);
	}
	table_release(&finals->table);
	free(finals->unsent[FINAL_DROPPED]);
	free(finals->unsent[FINAL_REFUSED]);
	relabel_free(finals->relabel);
	free(finals->labels);
	free(finals->messages);
	free(finals->pointers);
	free(finals);
}

/* Have room to work on ${len} labels. */
static int
reserve(struct finals *finals, size_t len)
{
	struct wal_label *labels;
	Remote__Label *messages;
	Remote__Label **pointers;

	if (len <= finals->cap)
		return 0;
	labels = reallocarray(finals->labels, len, sizeof(*labels));
	if (labels != NULL)
		finals->labels = labels;
	messages = reallocarray(finals->messages, len, sizeof(*messages));
	if (messages != NULL)
		finals->messages = messages;
	pointers = reallocarray(finals->pointers, len, sizeof(*pointers));
	if (pointers != NULL)
		finals->pointers = pointers;
	if (labels == NULL || messages == NULL || pointers == NULL)
		return -1;
	finals->cap = len;
	return 0;
}

static bool
has_name(const struct wal_label *labels, size_t len, struct wal_text name)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (labels[i].name.len == name.len && labels[i].value.len > 0 &&
		    memcmp(labels[i].name.data, name.data, name.len) == 0)
			return true;
	return false;
}

/* Put into finals->labels what ${labels} become; return how many. */
static size_t
finish_labels(struct finals *finals, const struct wal_label *labels, size_t len)
{
	size_t i, finished = 0;

	for (i = 0; i < len; i++)
		if (labels[i].value.len > 0)
			finals->labels[finished++] = labels[i];
	for (i = 0; i < finals->external_len; i++)
		if (!has_name(labels, len, finals->external[i].name))
			finals->labels[finished++] = finals->external[i];
	return finished;
}

static ProtobufCBinaryData
as_bytes(struct wal_text text)
{
	ProtobufCBinaryData bytes;

	/* protobuf-c has no const, and writes nothing when it packs. */
	memcpy(&bytes.data, &text.data, sizeof(bytes.data));
	bytes.len = text.len;
	return bytes;
}

/* Make ${message} a time series of the labels of ${set}, and no samples. */
static void
describe(struct finals *finals, const struct labelset *set,
    Remote__TimeSeries *message)
{
	size_t i, len = labelset_len(set);

	labelset_labels(finals->sets, set, finals->labels);
	for (i = 0; i < len; i++) {
		remote__label__init(&finals->messages[i]);
		finals->messages[i].name = as_bytes(finals->labels[i].name);
		finals->messages[i].value = as_bytes(finals->labels[i].value);
		finals->pointers[i] = &finals->messages[i];
	}
	remote__time_series__init(message);
	message->n_labels = len;
	message->labels = finals->pointers;
}

/* A new final series of ${set}, whose reference becomes its own. */
static enum final_result
add(struct finals *finals, struct labelset *set, uint32_t hash,
    struct final **ret)
{
	Remote__TimeSeries message;
	struct final *final;
	size_t size;

	describe(finals, set, &message);
	size = remote__time_series__get_packed_size(&message);
	if (size == 0 || size > FINAL_PACKED_MAX)
		return FINAL_REFUSED;
	if ((final = malloc(sizeof(*final) + size)) == NULL)
		return FINAL_NOMEM;
	if (table_add(&finals->table, hash, final) != 0) {
		free(final);
		return FINAL_NOMEM;
	}
	/* It may have been here before, and its samples be on their way. */
	final->batch =
	    finals->dropped != 0 ? finals->dropped | FINAL_OR_BEFORE : 0;
	final->labels = set;
	final->refs = 0;
	final->packed_len = (uint32_t)size;
	(void)remote__time_series__pack(&message, final->packed);
	*ret = final;
	return FINAL_OK;
}

static bool
alike(const void *entry, const void *key)
{
	const struct final *final = entry;

	return final->labels == key;
}

/* Where a final series of ${set} belongs. */
static uint32_t
hash_of(const struct finals *finals, const struct labelset *set)
{
	return hash_number(finals->seed, (uintptr_t)set);
}

/* Apply the rules to the ${len} labels in finals->labels, in place. */
static enum final_result
relabel(struct finals *finals, size_t *len)
{
	struct relabel_labels made;

	if (finals->relabel == NULL)
		return FINAL_OK;
	switch (relabel_apply(finals->relabel, finals->labels, *len, &made)) {
	case RELABEL_KEPT:
		break;
	case RELABEL_DROPPED:
		return FINAL_DROPPED;
	case RELABEL_LARGE:
		return FINAL_REFUSED;
	case RELABEL_NOMEM:
		return FINAL_NOMEM;
	}
	if (reserve(finals, made.len) != 0)
		return FINAL_NOMEM;
	if (made.len > 0)
		memcpy(finals->labels, made.labels,
		    made.len * sizeof(*made.labels));
	*len = made.len;
	return FINAL_OK;
}

/* Find or make the final series of a series with these labels. */
static enum final_result
take(struct finals *finals, const struct wal_label *labels, size_t len,
    struct final **ret)
{
	enum final_result result;
	struct labelset *set;
	uint32_t hash;

	if (len > LABELSET_LABELS_MAX ||
	    len + finals->external_len > LABELSET_LABELS_MAX)
		return FINAL_REFUSED;
	if (reserve(finals, len + finals->external_len) != 0)
		return FINAL_NOMEM;
	len = finish_labels(finals, labels, len);
	if ((result = relabel(finals, &len)) != FINAL_OK)
		return result;
	if ((set = labelsets_take(finals->sets, finals->labels, len)) == NULL)
		return FINAL_NOMEM;

	hash = hash_of(finals, set);
	*ret = table_find(&finals->table, hash, alike, set);
	if (*ret == NULL && (result = add(finals, set, hash, ret)) == FINAL_OK)
		return FINAL_OK; /* It has the reference to the set. */
	labelsets_drop(finals->sets, set);
	return result;
}

enum final_result
finals_take(struct finals *finals, const struct wal_label *labels, size_t len,
    struct final **ret)
{
	struct final *final = NULL;
	enum final_result result = take(finals, labels, len, &final);

	if (result == FINAL_NOMEM)
		return FINAL_NOMEM;
	if (result != FINAL_OK)
		final = finals->unsent[result];
	final->refs++;
	*ret = final;
	return result;
}

void
finals_drop(struct finals *finals, struct final *final)
{
	uint64_t batch = final->batch & ~FINAL_OR_BEFORE;

	if (--final->refs > 0)
		return;
	if (finals->dropped < batch)
		finals->dropped = batch;
	table_remove(&finals->table, hash_of(finals, final->labels), final);
	labelsets_drop(finals->sets, final->labels);
	free(final);
}

size_t
finals_count(const struct finals *finals)
{
	return finals->table.len;
}

size_t
finals_packed(const struct finals *finals)
{
	const struct final *final;
	size_t slot, sum = 0;

	for (slot = 0; slot < finals->table.cap; slot++)
		if ((final = finals->table.entries[slot]) != NULL)
			sum += final->packed_len;
	return sum;
}

uint64_t
finals_limited(const struct finals *finals)
{
	return finals->relabel != NULL ? relabel_limited(finals->relabel) : 0;
}
