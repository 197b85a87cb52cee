/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/config/fault.h"
#include "agent/config/labels.h"
#include "agent/config/profile.h"
#include "agent/config/url.h"
#include "agent/prometheus/effective.h"
#include "agent/prometheus/settings.h"

#define WHY_MAX 512u      /* Bytes of what is wrong with a label. */
#define RECEIVERS_MAX 256 /* Of Prometheus's own that are looked at. */

/* Into what labels go. */
struct adoption {
	struct config *config;
	struct buf *faults;
};

static int
adopt_label(void *arg, const char *name, const char *text)
{
	struct adoption *adoption = arg;
	struct buf why;
	int result;

	buf_init(&why, WHY_MAX);
	result = labels_adopt(adoption->config, name, text, &why);
	if (result != 0)
		buf_printf(adoption->faults,
		    "%s: global.external_labels.%s: %s\n",
		    adoption->config->prometheus_file, fault_quote(name).text,
		    buf_text(&why));
	buf_release(&why);
	return result != 0;
}

/* Where ${url} leads, whatever its scheme and query; to be freed, or NULL. */
static char *
place_of(const char *url)
{
	char *name = url_fault(url) == NULL ? url_name(url) : NULL;
	char *place = NULL;

	if (name != NULL)
		place = strdup(strstr(name, "//") + 2);
	free(name);
	return place;
}

/* Warn if Prometheus's ${url} leads where one of ours does, each but once. */
static int
compare_url(
    struct config *config, const char *url, bool warned[CONFIG_REMOTES_MAX])
{
	char *theirs = place_of(url), *ours;
	bool same = false;
	int result = 0;
	size_t i;

	for (i = 0; theirs != NULL && !same && i < config->remotes_len; i++) {
		ours = place_of(config->remotes[i].url);
		same = ours != NULL && strcmp(ours, theirs) == 0;
		if (same && !warned[i])
			result = config_warn(config,
			    "%s: Prometheus itself still sends to %s: every "
			    "sample goes there twice; remove that "
			    "remote_write, "
			    "and reload Prometheus",
			    config->prometheus_file,
			    config->remotes[i].shown_url);
		warned[i] |= same;
		free(ours);
	}
	free(theirs);
	return result;
}

/* Take over into ${config}, from ${path}; -1 with a line in ${faults}. */
static int
adopt(struct config *config, const char *path, struct buf *faults)
{
	struct adoption adoption = { config, faults };
	bool warned[CONFIG_REMOTES_MAX] = { false };
	struct settings *settings;
	const char *url, *fault;
	int result, nomem = 0;
	size_t i;

	if (config->prometheus_file == NULL)
		return 0;
	config->prometheus_stamp = stamp_at(config->prometheus_file);
	settings = settings_load(config->prometheus_file, faults);
	if (settings == NULL)
		return -1;
	result = settings_labels(settings, adopt_label, &adoption);
	for (i = 0;
	     i < RECEIVERS_MAX && (url = settings_remote(settings, i)) != NULL;
	     i++)
		nomem |= compare_url(config, url, warned);
	settings_free(settings);
	if ((fault = profile_labels_fault(config)) != NULL)
		nomem |= config_warn(config, "%s: %s", path, fault);
	if (nomem != 0)
		buf_printf(faults, "%s: out of memory\n", path);
	return result != 0 || nomem != 0 ? -1 : 0;
}

/* ${config} with what is taken over, or NULL; it is freed then. */
static struct config *
with_adopted(struct config *config, const char *path, struct buf *faults)
{
	if (config == NULL || adopt(config, path, faults) == 0)
		return config;
	config_free(config);
	return NULL;
}

struct config *
effective_load(const char *path, struct buf *faults)
{
	return with_adopted(config_load(path, faults), path, faults);
}

struct config *
effective_again(
    const struct config *config, const char *path, struct buf *faults)
{
	return with_adopted(
	    config_parse(path, config->source, strlen(config->source), faults),
	    path, faults);
}
