/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config/holding.h"
#include "agent/config/read.h"
#include "agent/config/value.h"

static void
read_mode(const struct schema_at *at, void *target)
{
	static const char *const words[] = { [CONFIG_SPOOL_AUTO] = "auto",
		[CONFIG_SPOOL_LINK] = "link",
		[CONFIG_SPOOL_FD] = "fd",
		[CONFIG_SPOOL_OFF] = "off",
		NULL };
	int mode = schema_choice(at, words);

	if (mode >= 0)
		*(enum config_spool_mode *)target =
		    (enum config_spool_mode)mode;
}

/* Bytes, or how many hundredths of the filesystem. */
static void
read_min_free(const struct schema_at *at, void *target)
{
	struct config_spool *spool = target;
	const char *word = at->node->text;
	char digits[4];
	uint32_t percent;
	size_t len;

	if (!schema_is(at, TREE_SCALAR))
		return;
	len = strlen(word);
	if (len > 1 && len <= sizeof(digits) && word[len - 1] == '%') {
		(void)snprintf(
		    digits, sizeof(digits), "%.*s", (int)len - 1, word);
		if (value_u32(digits, &percent) == 0 && percent < 100) {
			spool->min_free_percent = percent;
			return;
		}
	}
	if (value_size(word, &spool->min_free) == 0)
		spool->min_free_percent = 0;
	else
		schema_fault(at,
		    "'%s' is no part of a filesystem; write a share below all "
		    "of it, as 10%%, or a size, as 5GiB, or 0 for no limit",
		    fault_quote(word).text);
}

static const struct schema_key keys[] = {
	{ "mode", read_mode, NULL, offsetof(struct config_spool, mode) },
	{ "dir", read_directory, NULL, offsetof(struct config_spool, dir) },
	{ "max_bytes", schema_size, NULL,
	    offsetof(struct config_spool, max_bytes) },
	{ "max_age", schema_limit, NULL,
	    offsetof(struct config_spool, max_age) },
	{ "min_free", read_min_free, NULL, 0 },
	{ 0 },
};

void
holding_read(const struct schema_at *at, void *target)
{
	schema_mapping(at, keys, target);
}

bool
holding_is_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/' || len == 1);
}

/* The directory beside that of the state. */
static char *
beside(const char *state_dir)
{
	size_t len = strlen(state_dir);
	char *path;

	while (len > 1 && state_dir[len - 1] == '/')
		len--;
	return asprintf(&path, "%.*s-spool", (int)len, state_dir) == -1 ? NULL
									: path;
}

/* Add a fault if the directory that was given is among what is Prometheus's. */
static void
check_dir(const struct schema_at *root, const struct config *config)
{
	struct schema_at at, dir;

	if (config->data_dir == NULL ||
	    !holding_is_inside(config->spool.dir, config->data_dir))
		return;
	at = schema_child(root, "spool");
	dir = schema_child(&at, "dir");
	schema_fault(&dir,
	    "'%s' is inside prometheus.data_dir, where everything is "
	    "Prometheus's; name a directory beside it",
	    fault_quote(config->spool.dir).text);
}

void
holding_settle(const struct schema_at *root, struct config *config)
{
	if (config->spool.dir != NULL)
		check_dir(root, config);
	else if (config->state_dir != NULL &&
	    (config->spool.dir = beside(config->state_dir)) == NULL)
		root->faults->nomem = true;
}
