/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/wipe.h"
#include "agent/config/url.h"
#include "agent/doctor/exam.h"
#include "agent/doctor/senders.h"
#include "agent/prometheus/effective.h"
#include "agent/prometheus/settings.h"

/* Add ${url} to ${sender}; -1 if there is no memory. */
static int
add_url(struct sender *sender, const char *url)
{
	if (sender->len == SENDERS_URLS_MAX)
		return 0;
	if ((sender->urls[sender->len] = strdup(url)) == NULL)
		return -1;
	sender->len++;
	return 0;
}

/* Read where a Prometheus sends to. */
static int
read_settings(struct sender *sender)
{
	struct settings *settings;
	struct buf faults;
	const char *url;
	size_t i;
	int result = 0;

	buf_init(&faults, SENDERS_FAULTS_MAX);
	settings = settings_load(sender->file, &faults);
	sender->unread = settings == NULL;
	for (i = 0; i < SENDERS_URLS_MAX && settings != NULL && result == 0 &&
	     (url = settings_remote(settings, i)) != NULL;
	     i++)
		result = add_url(sender, url);
	settings_free(settings);
	buf_release(&faults);
	return result;
}

/* The same of a walship, and what it reads. */
static int
read_config(struct sender *sender)
{
	struct config *config;
	struct buf faults;
	size_t i;
	int result = 0;

	buf_init(&faults, SENDERS_FAULTS_MAX);
	config = effective_load(sender->file, &faults);
	sender->unread = config == NULL;
	if (config != NULL) {
		sender->data_dir = strdup(config->data_dir);
		result = sender->data_dir == NULL ? -1 : 0;
		for (i = 0; result == 0 && i < config->remotes_len; i++)
			result = add_url(sender, config->remotes[i].url);
	}
	config_free(config);
	buf_release(&faults);
	return result;
}

/* The next of the list, of the process ${pid} with ${file}; NULL: no memory. */
static struct sender *
append(struct senders *senders, pid_t pid, const char *file)
{
	struct sender *one = &senders->list[senders->len];

	if ((one->file = strdup(file)) == NULL)
		return NULL;
	one->pid = pid;
	senders->len++;
	return one;
}

static int
add_prometheus(
    struct senders *senders, const struct prometheus_process *process)
{
	struct sender *one;

	if (process->config_file.path == NULL || process->data_dir.path == NULL)
		return 0;
	one = append(senders, process->pid, process->config_file.path);
	if (one == NULL ||
	    (one->data_dir = strdup(process->data_dir.path)) == NULL)
		return -1;
	return read_settings(one);
}

static int
add_walship(struct senders *senders, const struct instance *instance)
{
	struct sender *one;

	if (instance->config == NULL)
		return 0;
	one = append(senders, instance->pid, instance->config);
	if (one == NULL)
		return -1;
	one->walship = true;
	return read_config(one);
}

int
senders_read(struct senders *senders, const struct process_list *prometheus,
    const struct instances *walships, const char *path)
{
	const struct instance *ours =
	    instances_with(walships, path, INSTANCES_ANYBODY);
	size_t i;
	int result = 0;

	senders->list =
	    calloc(prometheus->len + walships->len + 1, sizeof(*senders->list));
	if (senders->list == NULL)
		return -1;
	for (i = 0; result == 0 && i < prometheus->len; i++)
		result = add_prometheus(senders, &prometheus->found[i]);
	for (i = 0; result == 0 && i < walships->len; i++)
		if (&walships->list[i] != ours)
			result = add_walship(senders, &walships->list[i]);
	return result;
}

void
senders_release(struct senders *senders)
{
	struct sender *one;
	size_t i;

	for (i = 0; i < senders->len; i++) {
		one = &senders->list[i];
		while (one->len > 0)
			wipe_text(one->urls[--one->len]);
		free(one->file);
		free(one->data_dir);
	}
	free(senders->list);
	*senders = (struct senders){ 0 };
}

/* Whether ${sender} sends what is in ${data_dir}. */
static bool
has_data_of(const struct sender *sender, const char *data_dir)
{
	struct stat a, b;

	return sender->data_dir != NULL &&
	    (strcmp(sender->data_dir, data_dir) == 0 ||
		(stat(sender->data_dir, &a) == 0 && stat(data_dir, &b) == 0 &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino));
}

/* The first destination of ${config} that ${sender} sends to as well. */
static const struct config_remote *
shared(const struct sender *sender, const struct config *config)
{
	size_t i, k;

	for (i = 0; i < config->remotes_len; i++)
		for (k = 0; k < sender->len; k++)
			if (url_same_place(
				sender->urls[k], config->remotes[i].url))
				return &config->remotes[i];
	return NULL;
}

void
senders_look(struct exam *exam, struct finding *finding)
{
	const struct config *config = exam->config;
	const struct config_remote *remote;
	const struct sender *one;
	size_t i;

	finding_ok(finding, "nobody else is seen to send the same samples");
	for (i = 0; i < exam->senders.len; i++) {
		one = &exam->senders.list[i];
		if (!has_data_of(one, config->data_dir))
			continue;
		if (one->unread) {
			finding_ok(finding,
			    "whether Prometheus sends too is not known: %s "
			    "cannot be read",
			    one->file);
		} else if ((remote = shared(one, config)) != NULL) {
			finding_warn(finding, "",
			    "%s (pid %d) sends the same samples to %s, as its "
			    "configuration %s says: they arrive twice",
			    one->walship ? "another walship" : "Prometheus",
			    (int)one->pid, remote->shown_url, one->file);
			finding_mend(finding, "%s",
			    one->walship
				? "stop one of the two, or have them read "
				  "different data directories"
				: "take that entry out of its remote_write, "
				  "and reload Prometheus");
			return;
		}
	}
}
