/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/series/final.h"
#include "agent/series/labels.h"
#include "agent/series/labelset.h"
#include "agent/series/remote.pb-c.h"
#include "agent/series/table.h"
#include "agent/series/twins.h"

struct finals {
	const struct wal_label *external;
	size_t external_len;
	struct table table; /* Of struct final. */
	uint64_t seed;
	size_t packed;    /* Bytes of all packed labels. */
	uint64_t dropped; /* The youngest batch of a series dropped, or 0. */
	struct relabel *relabel;      /* NULL: there are no rules. */
	const struct wal_label *mark; /* See finals_mark; or NULL. */
	uint32_t share_index;
	uint32_t share_count; /* 1: all are sent. */
	enum config_label_limits label_limits;
	enum fit fit;                 /* See finals_fit. */
	bool twin;                    /* See finals_twin. */
	struct twins twins;           /* If there are such limits. */
	bool merged;                  /* See finals_merged. */
	uint32_t unsent[FINAL_NOMEM]; /* By the reason. */

	/* The labels being worked on, in each form; all of one length. */
	struct wal_label *labels;
	Remote__Label *messages;
	Remote__Label **pointers;
	size_t cap;

	/* Packed at last. */
	uint8_t *bytes;
	size_t bytes_cap;
};

/* What comes before the labels: the struct's own size is rounded up. */
#define HEAD offsetof(struct final, packed)

struct final *
finals_at(const struct finals *finals, uint32_t number)
{
	return table_at(&finals->table, number);
}

const struct slab *
finals_slab(const struct finals *finals)
{
	return &finals->table.slab;
}

/* Have what stands for all series that are not sent for that reason. */
static int
add_unsent(struct finals *finals, enum final_result reason)
{
	uint32_t number = slab_take(&finals->table.slab, HEAD + 1);
	struct final *final;

	if (number == SLAB_NONE)
		return -1;
	final = finals_at(finals, number);
	memset(final, 0, HEAD);
	final->refs = 1; /* Ours. */
	final->packed[0] = (uint8_t)reason;
	finals->unsent[reason] = number;
	return 0;
}

struct finals *
finals_new(const struct wal_label *external, size_t external_len)
{
	enum final_result reason;
	struct finals *finals;

	if ((finals = calloc(1, sizeof(*finals))) == NULL)
		return NULL;
	finals->external = external;
	finals->external_len = external_len;
	finals->seed = finals->twins.seed = hash_seed();
	finals->share_count = 1;
	for (reason = FINAL_DROPPED; reason < FINAL_NOMEM; reason++) {
		if (add_unsent(finals, reason) != 0) {
			finals_free(finals);
			return NULL;
		}
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
finals_share(struct finals *finals, uint32_t index, uint32_t count)
{
	finals->share_index = index;
	finals->share_count = count;
}

void
finals_mark(struct finals *finals, const struct wal_label *mark)
{
	finals->mark = mark;
}

void
finals_limit_labels(struct finals *finals, enum config_label_limits limits)
{
	finals->label_limits = limits;
}

enum fit
finals_fit(struct finals *finals)
{
	enum fit fit = finals->fit;

	finals->fit = FIT_WELL;
	return fit;
}

bool
finals_twin(struct finals *finals)
{
	bool twin = finals->twin;

	finals->twin = false;
	return twin;
}

bool
finals_merged(struct finals *finals)
{
	bool merged = finals->merged;

	finals->merged = false;
	return merged;
}

uint64_t
finals_dropped(const struct finals *finals)
{
	return finals->dropped;
}

uint32_t
finals_beyond(const struct finals *finals)
{
	return finals->unsent[FINAL_BEYOND];
}

void
finals_free(struct finals *finals)
{
	if (finals == NULL)
		return;
	table_release(&finals->table);
	twins_release(&finals->twins);
	relabel_free(finals->relabel);
	free(finals->labels);
	free(finals->messages);
	free(finals->pointers);
	free(finals->bytes);
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

/* Put into finals->labels what ${labels} become; return how many.  None are
 * external labels alone, either. */
static size_t
finish_labels(struct finals *finals, const struct wal_label *labels, size_t len)
{
	size_t i, finished = 0;

	for (i = 0; i < len; i++)
		if (labels[i].value.len > 0)
			finals->labels[finished++] = labels[i];
	if (finished == 0)
		return 0;
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

/* Make ${message} a time series of the first ${len} labels, and no samples. */
static void
describe(struct finals *finals, size_t len, Remote__TimeSeries *message)
{
	size_t i;

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

/* Pack the first ${len} labels into finals->bytes. */
static enum final_result
pack(struct finals *finals, size_t len, size_t *ret)
{
	Remote__TimeSeries message;
	uint8_t *grown;
	size_t size;

	describe(finals, len, &message);
	size = remote__time_series__get_packed_size(&message);
	if (size == 0 || size > FINAL_PACKED_MAX)
		return FINAL_REFUSED;
	if (size > finals->bytes_cap) {
		if ((grown = realloc(finals->bytes, size)) == NULL)
			return FINAL_NOMEM;
		finals->bytes = grown;
		finals->bytes_cap = size;
	}
	(void)remote__time_series__pack(&message, finals->bytes);
	*ret = size;
	return FINAL_OK;
}

static bool
alike(const void *entry, const void *key)
{
	const struct wal_text *packed = key;
	const struct final *final = entry;

	return final->packed_len == packed->len &&
	    memcmp(final->packed, packed->data, packed->len) == 0;
}

/* A new final series of the ${size} packed bytes, made of labels with the hash
 * ${source}; or FINAL_NONE. */
static uint32_t
add(struct finals *finals, size_t size, uint32_t hash, uint32_t source)
{
	uint32_t number = table_put(&finals->table, hash, HEAD + size);
	struct final *final;

	if (number == SLAB_NONE)
		return FINAL_NONE;
	final = finals_at(finals, number);
	/* It may have been here before, and its samples be on their way. */
	final->batch =
	    finals->dropped != 0 ? finals->dropped | FINAL_OR_BEFORE : 0;
	final->refs = 0;
	final->packed_len = (uint32_t)size;
	final->source = source;
	memcpy(final->packed, finals->bytes, size);
	finals->packed += size;
	if (finals->label_limits != CONFIG_LABELS_SEND)
		finals->twin = twins_add(&finals->twins, final->packed, size);
	return number;
}

/* Apply the rules to the ${len} labels in finals->labels, in place. */
static enum final_result
relabel(struct finals *finals, size_t *len)
{
	struct relabel_labels made = { 0 };

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

/* Have the mark among the ${len} labels in finals->labels. */
static int
put_mark(struct finals *finals, size_t *len)
{
	size_t i = 0;

	while (i < *len && !has_name(&finals->labels[i], 1, finals->mark->name))
		i++;
	if (i == *len && reserve(finals, ++*len) != 0)
		return -1;
	finals->labels[i] = *finals->mark;
	return 0;
}

/* Whether the first ${len} labels fit, or can be made to. */
static bool
fits(struct finals *finals, size_t len)
{
	finals->fit = FIT_WELL;
	if (finals->label_limits == CONFIG_LABELS_SEND)
		return true;
	finals->fit = fit_check(finals->labels, len);
	return finals->fit == FIT_WELL ||
	    (finals->label_limits == CONFIG_LABELS_TRUNCATE &&
		finals->fit >= FIT_LONG_NAME &&
		fit_cut(finals->labels, len) == FIT_WELL);
}

/* Find or make the final series of a series with these labels. */
static enum final_result
take(struct finals *finals, const struct wal_label *labels, size_t len,
    uint32_t *ret)
{
	uint32_t hash, source = labels_hash(labels, len);
	enum final_result result;
	struct wal_text packed;

	if (len > LABELSET_LABELS_MAX ||
	    len + finals->external_len > LABELSET_LABELS_MAX)
		return FINAL_REFUSED;
	if (reserve(finals, len + finals->external_len) != 0)
		return FINAL_NOMEM;
	len = finish_labels(finals, labels, len);
	if (len > 0 && (result = relabel(finals, &len)) != FINAL_OK)
		return result;
	if (finals->mark != NULL && len > 0 && put_mark(finals, &len) != 0)
		return FINAL_NOMEM;
	len = labels_tidy(finals->labels, len);
	if (!fits(finals, len))
		return FINAL_UNFIT;
	if ((result = pack(finals, len, &packed.len)) != FINAL_OK)
		return result;

	packed.data = (const char *)finals->bytes;
	if (finals->share_count > 1 &&
	    hash_stable(packed.data, packed.len) % finals->share_count !=
		finals->share_index)
		return FINAL_ELSEWHERE;
	hash = hash_bytes(finals->seed, packed.data, packed.len);
	*ret = table_find(&finals->table, hash, alike, &packed);
	if (*ret == FINAL_NONE)
		*ret = add(finals, packed.len, hash, source);
	else
		finals->merged = finals_at(finals, *ret)->source != source;
	return *ret != FINAL_NONE ? FINAL_OK : FINAL_NOMEM;
}

enum final_result
finals_take(struct finals *finals, const struct wal_label *labels, size_t len,
    uint32_t *ret)
{
	uint32_t number = FINAL_NONE;
	enum final_result result;

	finals->merged = false;
	result = take(finals, labels, len, &number);

	if (result == FINAL_NOMEM)
		return FINAL_NOMEM;
	if (result != FINAL_OK && finals->share_index > 0)
		result = FINAL_ELSEWHERE;
	if (result != FINAL_OK)
		number = finals->unsent[result];
	finals_at(finals, number)->refs++;
	*ret = number;
	return result;
}

void
finals_drop(struct finals *finals, uint32_t number)
{
	struct final *final = finals_at(finals, number);
	uint64_t batch = final->batch & ~FINAL_OR_BEFORE;

	if (--final->refs > 0)
		return;
	if (finals->dropped < batch)
		finals->dropped = batch;
	finals->packed -= final->packed_len;
	if (finals->label_limits != CONFIG_LABELS_SEND)
		twins_drop(&finals->twins, final->packed, final->packed_len);
	table_drop(&finals->table, number, HEAD + final->packed_len);
}

static bool
same(const void *entry, const void *key)
{
	return entry == key;
}

void
finals_release(struct finals *finals, struct final *final)
{
	if (final->refs > 1)
		final->refs--;
	else
		finals_drop(finals,
		    table_find(
			&finals->table, final->in_table.hash, same, final));
}

size_t
finals_count(const struct finals *finals)
{
	return finals->table.len;
}

size_t
finals_packed(const struct finals *finals)
{
	return finals->packed;
}

size_t
finals_bytes(const struct finals *finals)
{
	return table_bytes(&finals->table) + twins_bytes(&finals->twins);
}

uint64_t
finals_limited(const struct finals *finals)
{
	return finals->relabel != NULL ? relabel_limited(finals->relabel) : 0;
}

size_t
finals_limited_rule(const struct finals *finals)
{
	return finals->relabel != NULL ? relabel_limited_rule(finals->relabel)
				       : 0;
}
