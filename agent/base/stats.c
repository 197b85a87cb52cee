/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/base/stats.h"
#include "agent/base/text.h"

#define LABELS_MAX 65536u /* Bytes of a series' labels as written. */

struct stat {
	TAILQ_ENTRY(stat) link;
	struct family *family;
	char *labels;      /* As in the exposition, without braces. */
	double value;      /* Of a histogram: the sum. */
	uint64_t *buckets; /* Of a histogram: one a bound, then +Inf. */
};

struct family {
	TAILQ_ENTRY(family) link;
	struct stats *stats;
	const struct stat_def *def;
	TAILQ_HEAD(, stat) series; /* Never empty for long. */
};

struct refresh {
	void (*fn)(void *arg);
	void *arg;
};

struct stats {
	TAILQ_HEAD(, family) families; /* By name. */
	struct refresh *refresh;
	size_t refresh_len;
};

struct stats *
stats_new(void)
{
	struct stats *stats;

	if ((stats = calloc(1, sizeof(*stats))) == NULL)
		return NULL;
	TAILQ_INIT(&stats->families);
	return stats;
}

void
stats_free(struct stats *stats)
{
	struct family *family;

	if (stats == NULL)
		return;
	/* A family goes with its last series. */
	while ((family = TAILQ_FIRST(&stats->families)) != NULL)
		stats_remove(TAILQ_FIRST(&family->series));
	free(stats->refresh);
	free(stats);
}

/* Return the family of ${def}, made if need be; NULL without memory. */
static struct family *
find_family(struct stats *stats, const struct stat_def *def)
{
	struct family *family, *next;
	int order = 1;

	TAILQ_FOREACH(next, &stats->families, link)
	if ((order = strcmp(next->def->name, def->name)) >= 0)
		break;
	if (next != NULL && order == 0) {
		assert(next->def->type == def->type);
		return next;
	}
	if ((family = calloc(1, sizeof(*family))) == NULL)
		return NULL;
	family->stats = stats;
	family->def = def;
	TAILQ_INIT(&family->series);
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, family, link);
	else
		TAILQ_INSERT_TAIL(&stats->families, family, link);
	return family;
}

/* Return name="value",... on the heap, or NULL without memory. */
static char *
render_labels(const char *const labels[])
{
	struct buf out;
	char *text;

	buf_init(&out, LABELS_MAX);
	for (; labels != NULL && labels[0] != NULL; labels += 2) {
		if (out.len > 0)
			buf_putc(&out, ',');
		buf_printf(&out, "%s=\"", labels[0]);
		text_put_label(&out, labels[1], strlen(labels[1]));
		buf_putc(&out, '"');
	}
	text = out.bad ? NULL : strdup(buf_text(&out));
	buf_release(&out);
	return text;
}

static void
stat_free(struct stat *stat)
{
	free(stat->buckets);
	free(stat->labels);
	free(stat);
}

static struct stat *
stat_new(const struct stat_def *def, const char *const labels[])
{
	struct stat *stat;

	if ((stat = calloc(1, sizeof(*stat))) == NULL)
		return NULL;
	if ((stat->labels = render_labels(labels)) == NULL)
		goto fail;
	if (def->type == STAT_HISTOGRAM) {
		stat->buckets =
		    calloc(def->bounds_len + 1, sizeof(stat->buckets[0]));
		if (stat->buckets == NULL)
			goto fail;
	}
	return stat;

fail:
	stat_free(stat);
	return NULL;
}

struct stat *
stats_add(
    struct stats *stats, const struct stat_def *def, const char *const labels[])
{
	struct family *family;
	struct stat *stat;

	if ((stat = stat_new(def, labels)) == NULL)
		return NULL;
	if ((family = find_family(stats, def)) == NULL) {
		stat_free(stat);
		return NULL;
	}
	stat->family = family;
	TAILQ_INSERT_TAIL(&family->series, stat, link);
	return stat;
}

struct stat *
stats_find(
    const struct stats *stats, const char *name, const char *const labels[])
{
	struct stat *stat = NULL;
	struct family *family;
	char *text;

	TAILQ_FOREACH(family, &stats->families, link)
	if (strcmp(family->def->name, name) == 0)
		break;
	if (family == NULL || (text = render_labels(labels)) == NULL)
		return NULL;
	TAILQ_FOREACH(stat, &family->series, link)
	if (strcmp(stat->labels, text) == 0)
		break;
	free(text);
	return stat;
}

void
stats_remove(struct stat *stat)
{
	struct family *family;

	if (stat == NULL)
		return;
	family = stat->family;
	TAILQ_REMOVE(&family->series, stat, link);
	stat_free(stat);
	if (TAILQ_EMPTY(&family->series)) {
		TAILQ_REMOVE(&family->stats->families, family, link);
		free(family);
	}
}

void
stat_inc(struct stat *stat)
{
	stat_add(stat, 1);
}

void
stat_add(struct stat *stat, double more)
{
	if (stat == NULL)
		return;
	assert(stat->buckets == NULL);
	stat->value += more;
}

void
stat_set(struct stat *stat, double value)
{
	if (stat == NULL)
		return;
	assert(stat->buckets == NULL);
	stat->value = value;
}

void
stat_observe(struct stat *stat, double value)
{
	const struct stat_def *def;
	size_t i = 0;

	if (stat == NULL)
		return;
	assert(stat->buckets != NULL);
	def = stat->family->def;
	/* NaN is below no bound and lands in +Inf. */
	while (i < def->bounds_len && !(value <= def->bounds[i]))
		i++;
	stat->buckets[i]++;
	stat->value += value;
}

static uint64_t
observations(const struct stat *stat)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i <= stat->family->def->bounds_len; i++)
		sum += stat->buckets[i];
	return sum;
}

double
stat_value(const struct stat *stat)
{
	if (stat == NULL)
		return 0;
	return stat->buckets != NULL ? (double)observations(stat) : stat->value;
}

double
stat_sum(const struct stat *stat)
{
	return stat != NULL ? stat->value : 0;
}

int
stats_refresh(struct stats *stats, void (*fn)(void *arg), void *arg)
{
	struct refresh *grown;

	grown = reallocarray(
	    stats->refresh, stats->refresh_len + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	grown[stats->refresh_len] = (struct refresh){ fn, arg };
	stats->refresh = grown;
	stats->refresh_len++;
	return 0;
}

void
stats_forget(struct stats *stats, void (*fn)(void *arg), void *arg)
{
	struct refresh *all = stats->refresh;
	size_t i = 0;

	while (i < stats->refresh_len && (all[i].fn != fn || all[i].arg != arg))
		i++;
	if (i == stats->refresh_len)
		return;
	stats->refresh_len--;
	memmove(
	    all + i, all + i + 1, (stats->refresh_len - i) * sizeof(all[0]));
}

/* Append name, suffix and labels of a line, and le if it is not NULL. */
static void
write_name(const struct stat *stat, const char *suffix, const double *le,
    struct buf *out)
{
	bool labelled = stat->labels[0] != '\0';

	buf_printf(out, "%s%s", stat->family->def->name, suffix);
	if (labelled || le != NULL)
		buf_printf(out, "{%s", stat->labels);
	if (le != NULL) {
		buf_puts(out, labelled ? ",le=\"" : "le=\"");
		text_put_number(out, *le);
		buf_putc(out, '"');
	}
	if (labelled || le != NULL)
		buf_putc(out, '}');
	buf_putc(out, ' ');
}

static void
write_histogram(const struct stat *stat, struct buf *out)
{
	const struct stat_def *def = stat->family->def;
	static const double inf = (double)INFINITY;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i <= def->bounds_len; i++) {
		sum += stat->buckets[i];
		write_name(stat, "_bucket",
		    i < def->bounds_len ? &def->bounds[i] : &inf, out);
		buf_printf(out, "%" PRIu64 "\n", sum);
	}
	write_name(stat, "_sum", NULL, out);
	text_put_number(out, stat->value);
	buf_putc(out, '\n');
	write_name(stat, "_count", NULL, out);
	buf_printf(out, "%" PRIu64 "\n", sum);
}

static void
write_family(const struct family *family, struct buf *out)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	const struct stat_def *def = family->def;
	const struct stat *stat;

	buf_printf(out, "# HELP %s ", def->name);
	text_put_help(out, def->help);
	buf_printf(out, "\n# TYPE %s %s\n", def->name, types[def->type]);
	TAILQ_FOREACH(stat, &family->series, link)
	{
		if (def->type == STAT_HISTOGRAM) {
			write_histogram(stat, out);
			continue;
		}
		write_name(stat, "", NULL, out);
		text_put_number(out, stat->value);
		buf_putc(out, '\n');
	}
}

void
stats_update(struct stats *stats)
{
	size_t i;

	for (i = 0; i < stats->refresh_len; i++)
		stats->refresh[i].fn(stats->refresh[i].arg);
}

void
stats_write(struct stats *stats, struct buf *out)
{
	const struct family *family;

	stats_update(stats);
	TAILQ_FOREACH(family, &stats->families, link)
	write_family(family, out);
}
