/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <inttypes.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "agent/base/md5.h"
#include "agent/base/text.h"
#include "agent/series/labelset.h"
#include "agent/series/relabel.h"

#define BLOCK 4096u        /* Bytes that are allocated at least. */
#define REPLACEMENT 0xfffd /* What is not UTF-8, once its case is set. */

/* Where texts lie that the rules made. */
struct block {
	struct block *next;
	size_t used, cap; /* Bytes. */
	char data[];
};

struct relabel {
	const struct config_rule *rules;
	size_t rules_len;
	locale_t locale; /* 0: only ASCII has letters. */
	uint64_t limited;
	size_t limited_rule;

	/* The series being worked on. */
	struct wal_label *labels; /* By name; none without a value. */
	size_t len, cap;
	struct wal_label *before; /* As they were before a labelmap. */
	size_t before_cap;
	struct block *blocks;
	size_t made;       /* Bytes of text made so far. */
	struct buf joined; /* The values of the source labels. */
	struct buf name, value;
	enum relabel_result result; /* RELABEL_KEPT as long as all is well. */
};

struct relabel *
relabel_new(const struct config_rule *rules, size_t len)
{
	struct relabel *relabel;

	if ((relabel = calloc(1, sizeof(*relabel))) == NULL)
		return NULL;
	relabel->rules = rules;
	relabel->rules_len = len;
	relabel->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	buf_init(&relabel->joined, RELABEL_TEXT_MAX);
	buf_init(&relabel->name, RELABEL_TEXT_MAX);
	buf_init(&relabel->value, RELABEL_TEXT_MAX);
	return relabel;
}

/* Let go of all texts but the first block, which is kept for the next. */
static void
forget_texts(struct relabel *relabel)
{
	struct block *block;

	while ((block = relabel->blocks) != NULL &&
	    (block->next != NULL || block->cap > BLOCK)) {
		relabel->blocks = block->next;
		free(block);
	}
	if (block != NULL)
		block->used = 0;
	relabel->made = 0;
}

void
relabel_free(struct relabel *relabel)
{
	if (relabel == NULL)
		return;
	forget_texts(relabel);
	free(relabel->blocks);
	free(relabel->labels);
	free(relabel->before);
	buf_release(&relabel->joined);
	buf_release(&relabel->name);
	buf_release(&relabel->value);
	if (relabel->locale != (locale_t)0)
		freelocale(relabel->locale);
	free(relabel);
}

/* The series cannot be worked on; the first reason counts. */
static void
fail(struct relabel *relabel, enum relabel_result result)
{
	if (relabel->result == RELABEL_KEPT)
		relabel->result = result;
}

/* A copy of what ${buf} holds, until the next series. */
static struct wal_text
keep_text(struct relabel *relabel, const struct buf *buf)
{
	struct block *block = relabel->blocks;
	size_t cap = buf->len > BLOCK ? buf->len : BLOCK;
	char *data;

	relabel->made += buf->len;
	if (buf->bad || relabel->made > RELABEL_TEXT_MAX) {
		fail(relabel, RELABEL_LARGE);
		return (struct wal_text){ "", 0 };
	}
	if (block == NULL || block->cap - block->used < buf->len) {
		if ((block = malloc(sizeof(*block) + cap)) == NULL) {
			fail(relabel, RELABEL_NOMEM);
			return (struct wal_text){ "", 0 };
		}
		block->next = relabel->blocks;
		block->used = 0;
		block->cap = cap;
		relabel->blocks = block;
	}
	data = block->data + block->used;
	if (buf->len > 0)
		memcpy(data, buf->data, buf->len);
	block->used += buf->len;
	return (struct wal_text){ data, buf->len };
}

static int
compare_texts(struct wal_text a, struct wal_text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* By name, and of one name by value. */
static int
compare_labels(const void *va, const void *vb)
{
	const struct wal_label *a = va, *b = vb;
	int order = compare_texts(a->name, b->name);

	return order != 0 ? order : compare_texts(a->value, b->value);
}

/* Where ${name} is among the labels, or belongs; whether it is there. */
static bool
find(const struct relabel *relabel, struct wal_text name, size_t *ret)
{
	size_t low = 0, high = relabel->len, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare_texts(relabel->labels[middle].name, name);
		if (order == 0) {
			*ret = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = low;
	return false;
}

/* The value of a label, empty if there is none. */
static struct wal_text
get(const struct relabel *relabel, const char *name)
{
	size_t i;

	if (!find(relabel, (struct wal_text){ name, strlen(name) }, &i))
		return (struct wal_text){ "", 0 };
	return relabel->labels[i].value;
}

/* Have room for ${len} labels in the array ${labels} of ${cap}. */
static bool
reserve(
    struct relabel *relabel, struct wal_label **labels, size_t *cap, size_t len)
{
	struct wal_label *grown;

	if (len <= *cap)
		return true;
	if ((grown = reallocarray(*labels, 2 * len, sizeof(*grown))) == NULL) {
		fail(relabel, RELABEL_NOMEM);
		return false;
	}
	*labels = grown;
	*cap = 2 * len;
	return true;
}

/* Give the label ${name} a value, which will stay; an empty one ends it. */
static void
set(struct relabel *relabel, struct wal_text name, struct wal_text value)
{
	struct wal_label *at;
	size_t i, after;
	bool found = find(relabel, name, &i);

	if (found && value.len > 0) {
		relabel->labels[i].value = value;
		return;
	}
	if (!found && (value.len == 0 || name.len == 0))
		return;
	if (!found && relabel->len == LABELSET_LABELS_MAX) {
		fail(relabel, RELABEL_LARGE);
		return;
	}
	if (!reserve(
		relabel, &relabel->labels, &relabel->cap, relabel->len + 1))
		return;
	at = &relabel->labels[i];
	after = relabel->len - i;
	if (found) {
		memmove(at, at + 1, (after - 1) * sizeof(*at));
		relabel->len--;
	} else {
		memmove(at + 1, at, after * sizeof(*at));
		*at = (struct wal_label){ name, value };
		relabel->len++;
	}
}

/* Give the rule's target what relabel->value holds. */
static void
set_target(struct relabel *relabel, const struct config_rule *rule)
{
	set(relabel, (struct wal_text){ rule->target, strlen(rule->target) },
	    keep_text(relabel, &relabel->value));
}

/* Whether the rule's expression fits ${text}. */
static bool
fits(struct relabel *relabel, const struct config_rule *rule,
    struct wal_text text)
{
	enum regex_result result =
	    regex_match(rule->regex, text.data, text.len);

	if (result == REGEX_LIMIT) {
		relabel->limited++;
		relabel->limited_rule = (size_t)(rule - relabel->rules);
	}
	return result == REGEX_MATCH;
}

/* Join the values of the rule's source labels. */
static struct wal_text
join(struct relabel *relabel, const struct config_rule *rule)
{
	struct buf *joined = &relabel->joined;
	struct wal_text value;
	size_t i;

	buf_reset(joined);
	for (i = 0; i < rule->sources_len; i++) {
		if (i > 0)
			buf_puts(joined, rule->separator);
		value = get(relabel, rule->sources[i]);
		buf_put(joined, value.data, value.len);
	}
	if (joined->bad)
		fail(relabel, RELABEL_LARGE);
	return (struct wal_text){ buf_text(joined), joined->len };
}

static void
replace(struct relabel *relabel, const struct config_rule *rule,
    struct wal_text joined)
{
	if (!fits(relabel, rule, joined))
		return;
	buf_reset(&relabel->name);
	regex_expand(rule->regex, rule->target, &relabel->name);
	regex_expand(rule->regex, rule->replacement, &relabel->value);
	set(relabel, keep_text(relabel, &relabel->name),
	    keep_text(relabel, &relabel->value));
}

static void
put_char(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_putc(out, (char)(0xe0 | c >> 12));
		} else {
			buf_putc(out, (char)(0xf0 | c >> 18));
			buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_putc(out, (char)(0x80 | (c & 0x3f)));
}

/* ${c} as a small letter or a capital. */
static uint32_t
in_case(const struct relabel *relabel, uint32_t c, bool upper)
{
	if (relabel->locale != (locale_t)0)
		return upper ? towupper_l(c, relabel->locale)
			     : towlower_l(c, relabel->locale);
	if (upper)
		return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Make relabel->value of ${text}. */
static void
set_case(struct relabel *relabel, struct wal_text text, bool upper)
{
	uint32_t c;
	size_t i, n;

	for (i = 0; i < text.len; i += n) {
		n = text_decode(text.data + i, text.len - i, &c);
		put_char(&relabel->value,
		    n > 0 ? in_case(relabel, c, upper) : REPLACEMENT);
		n += n == 0;
	}
}

/* The number that Prometheus makes of ${text}. */
static uint64_t
hash_of(struct wal_text text)
{
	uint8_t digest[MD5_LEN];
	uint64_t number;

	md5(text.data, text.len, digest);
	memcpy(&number, digest + MD5_LEN - sizeof(number), sizeof(number));
	return be64toh(number);
}

/* Copy the labels whose names fit. */
static void
map_labels(struct relabel *relabel, const struct config_rule *rule)
{
	size_t i, len = relabel->len;

	if (len == 0 ||
	    !reserve(relabel, &relabel->before, &relabel->before_cap, len))
		return;
	memcpy(
	    relabel->before, relabel->labels, len * sizeof(*relabel->before));
	for (i = 0; i < len && relabel->result == RELABEL_KEPT; i++) {
		if (!fits(relabel, rule, relabel->before[i].name))
			continue;
		buf_reset(&relabel->name);
		regex_expand(rule->regex, rule->replacement, &relabel->name);
		set(relabel, keep_text(relabel, &relabel->name),
		    relabel->before[i].value);
	}
}

/* Leave the labels whose names fit, or those whose names do not. */
static void
choose_labels(
    struct relabel *relabel, const struct config_rule *rule, bool fitting)
{
	size_t i, kept = 0;

	for (i = 0; i < relabel->len; i++)
		if (fits(relabel, rule, relabel->labels[i].name) == fitting)
			relabel->labels[kept++] = relabel->labels[i];
	relabel->len = kept;
}

/* Apply one rule; whether the series is to be kept. */
static bool
apply(struct relabel *relabel, const struct config_rule *rule)
{
	struct wal_text joined = join(relabel, rule);

	buf_reset(&relabel->value);
	switch (rule->action) {
	case CONFIG_REPLACE:
		replace(relabel, rule, joined);
		break;
	case CONFIG_KEEP:
		return fits(relabel, rule, joined);
	case CONFIG_DROP:
		return !fits(relabel, rule, joined);
	case CONFIG_KEEPEQUAL:
		return compare_texts(get(relabel, rule->target), joined) == 0;
	case CONFIG_DROPEQUAL:
		return compare_texts(get(relabel, rule->target), joined) != 0;
	case CONFIG_HASHMOD:
		buf_printf(&relabel->value, "%" PRIu64,
		    hash_of(joined) % rule->modulus);
		set_target(relabel, rule);
		break;
	case CONFIG_LABELMAP:
		map_labels(relabel, rule);
		break;
	case CONFIG_LABELDROP:
	case CONFIG_LABELKEEP:
		choose_labels(relabel, rule, rule->action == CONFIG_LABELKEEP);
		break;
	case CONFIG_LOWERCASE:
	case CONFIG_UPPERCASE:
		set_case(relabel, joined, rule->action == CONFIG_UPPERCASE);
		set_target(relabel, rule);
		break;
	}
	return true;
}

/* Take the labels of a series, in order, each name once, none empty. */
static void
begin(struct relabel *relabel, const struct wal_label *labels, size_t len)
{
	struct wal_label *own;
	size_t i, kept = 0;

	forget_texts(relabel);
	relabel->result = RELABEL_KEPT;
	relabel->len = 0;
	if (!reserve(relabel, &relabel->labels, &relabel->cap, len))
		return;
	own = relabel->labels;
	for (i = 0; i < len; i++)
		if (labels[i].name.len > 0 && labels[i].value.len > 0)
			own[kept++] = labels[i];
	if (kept > 1)
		qsort(own, kept, sizeof(*own), compare_labels);
	for (i = 0; i < kept; i++)
		if (i == 0 || compare_texts(own[i].name, own[i - 1].name) != 0)
			own[relabel->len++] = own[i];
}

enum relabel_result
relabel_apply(struct relabel *relabel, const struct wal_label *labels,
    size_t len, struct relabel_labels *ret)
{
	size_t i;

	begin(relabel, labels, len);
	for (i = 0; i < relabel->rules_len && relabel->result == RELABEL_KEPT;
	     i++)
		if (!apply(relabel, &relabel->rules[i]))
			fail(relabel, RELABEL_DROPPED);
	if (relabel->result == RELABEL_KEPT)
		*ret = (struct relabel_labels){ relabel->labels, relabel->len };
	return relabel->result;
}

uint64_t
relabel_limited(const struct relabel *relabel)
{
	return relabel->limited;
}

size_t
relabel_limited_rule(const struct relabel *relabel)
{
	return relabel->limited_rule;
}
