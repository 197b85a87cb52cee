/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/series/relabel.h"

#define LABELS_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The configuration with the ${len} bytes at ${rules} as its rules, or NULL. */
static struct config *
configure(const char *rules, size_t len)
{
	static const char head[] = "prometheus: {data_dir: /d}\n"
				   "remote_write:\n- url: http://h/w\n"
				   "  write_relabel_configs: ";
	struct config *config;
	struct buf text, faults;

	buf_init(&text, 1u << 20);
	buf_init(&faults, 1u << 20);
	buf_puts(&text, head);
	buf_put(&text, rules, len);
	config = text.bad
	    ? NULL
	    : config_parse("f", buf_text(&text), text.len, &faults);
	buf_release(&text);
	buf_release(&faults);
	return config;
}

/* Read names and values, each before a NUL, from the ${len} bytes at ${text};
 * return how many labels there are. */
static size_t
read_labels(const char *text, size_t len, struct wal_label *labels)
{
	struct wal_text parts[2];
	size_t count, part, n;

	for (count = 0; count < LABELS_MAX; count++) {
		for (part = 0; part < 2; part++) {
			n = strnlen(text, len);
			if (n == len)
				return count;
			parts[part] = (struct wal_text){ text, n };
			text += n + 1;
			len -= n + 1;
		}
		labels[count] = (struct wal_label){ parts[0], parts[1] };
	}
	return count;
}

/* Whether ${made} is in the order of names, each once, none empty. */
static bool
is_tidy(const struct relabel_labels *made)
{
	const struct wal_label *label = made->labels, *before;
	size_t i, shorter;
	int order;

	for (i = 0; i < made->len; i++, label++) {
		if (label->name.len == 0 || label->value.len == 0)
			return false;
		if (i == 0)
			continue;
		before = label - 1;
		shorter = before->name.len < label->name.len ? before->name.len
							     : label->name.len;
		order = memcmp(before->name.data, label->name.data, shorter);
		if (order > 0 ||
		    (order == 0 && before->name.len >= label->name.len))
			return false;
	}
	return true;
}

/* Rules, a NUL, and labels: what comes of these is always tidy, and the same
 * the second time. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t len, rules = size > 0 ? strnlen(text, size) : 0;
	struct config *config = configure(text, rules);
	struct wal_label labels[LABELS_MAX];
	struct relabel_labels made = { 0 };
	enum relabel_result first, second;
	struct relabel *relabel;

	if (config == NULL)
		return 0;
	relabel =
	    relabel_new(config->remotes[0].rules, config->remotes[0].rules_len);
	if (relabel == NULL || rules == size) {
		relabel_free(relabel);
		config_free(config);
		return 0;
	}
	len = read_labels(text + rules + 1, size - rules - 1, labels);
	first = relabel_apply(relabel, labels, len, &made);
	if (first == RELABEL_KEPT && !is_tidy(&made))
		abort();
	second = relabel_apply(relabel, labels, len, &made);
	if (first != second && relabel_limited(relabel) == 0)
		abort();
	relabel_free(relabel);
	config_free(config);
	return 0;
}
