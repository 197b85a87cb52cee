/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/wipe.h"
#include "agent/config/access.h"
#include "agent/config/config.h"
#include "agent/config/entry.h"
#include "agent/config/fault.h"
#include "agent/config/filename.h"
#include "agent/config/input.h"
#include "agent/config/labels.h"
#include "agent/config/proxy.h"
#include "agent/config/read.h"
#include "agent/config/tree.h"
#include "agent/config/url.h"

#define WARNINGS_MAX (256u << 10) /* Bytes of all that is noted. */

/* What to do where there is no configuration. */
static const char *const missing =
    "write a configuration there, or name another with -c";

struct config *
config_load(const char *path, struct buf *faults)
{
	struct config *config = NULL;
	struct buf text;

	buf_secret(&text, CONFIG_FILE_MAX + INPUT_BLOCK);
	if (input_read(path, missing, &text, faults) == 0)
		config = config_parse(path, buf_text(&text), text.len, faults);
	buf_release(&text);
	return config;
}

/* Have files be found from where the configuration ${path} is. */
static void
resolve_files(
    struct config *config, const char *path, struct fault_list *faults)
{
	size_t i;

	if (filename_resolve(&config->prometheus_file, path) != 0 ||
	    (config->web_file != NULL && *config->web_file != '\0' &&
		filename_resolve(&config->web_file, path) != 0))
		faults->nomem = true;
	for (i = 0; i < config->remotes_len; i++)
		if (access_resolve(&config->remotes[i], path) != 0)
			faults->nomem = true;
}

/* Make ${line}, to be freed, a warning, unless it is NULL. */
static int
add_warning(struct config *config, char *line)
{
	char **grown;

	if (line == NULL)
		return -1;
	grown = reallocarray(config->warnings, config->warnings_len + 1,
	    sizeof(*config->warnings));
	if (grown == NULL) {
		free(line);
		return -1;
	}
	config->warnings = grown;
	config->warnings[config->warnings_len++] = line;
	return 0;
}

int
config_warn(struct config *config, const char *format, ...)
{
	va_list args;
	char *line;

	va_start(args, format);
	if (vasprintf(&line, format, args) == -1)
		line = NULL;
	va_end(args);
	return add_warning(config, line);
}

/* Move what was noted of the file ${path} to the warnings. */
static int
take_notes(struct config *config, const char *path, struct fault_list *notes)
{
	const char *line, *end;
	struct buf lines;
	int result = 0;

	if (fault_none(notes))
		return 0;
	if (notes->nomem)
		return -1;
	buf_init(&lines, WARNINGS_MAX);
	fault_write(notes, path, &lines);
	for (line = buf_text(&lines); result == 0 && *line != '\0';
	     line = end + (*end != '\0')) {
		end = strchrnul(line, '\n');
		result =
		    add_warning(config, strndup(line, (size_t)(end - line)));
	}
	result = lines.bad ? -1 : result;
	buf_release(&lines);
	return result;
}

struct config *
config_parse(const char *path, const char *text, size_t len, struct buf *faults)
{
	struct fault_list notes = { 0 };
	struct fault_list list = { .notes = &notes };
	struct tree_node *root = NULL;
	struct config *config;

	if ((config = calloc(1, sizeof(*config))) == NULL)
		list.nomem = true;
	else if (len > CONFIG_FILE_MAX)
		fault_add(&list, 1, 1, "more than %u bytes; shorten it",
		    CONFIG_FILE_MAX);
	else
		root = tree_parse(text, len, &list);
	if (root != NULL) {
		read_config(root, config, &list);
		resolve_files(config, path, &list);
		if ((config->source = strndup(text, len)) == NULL)
			list.nomem = true;
	}
	tree_free(root);
	if (config != NULL && take_notes(config, path, &notes) != 0)
		list.nomem = true;
	fault_release(&notes);
	if (!fault_none(&list)) {
		fault_write(&list, path, faults);
		config_free(config);
		config = NULL;
	}
	fault_release(&list);
	return config;
}

bool
config_authenticates(const struct config_remote *remote)
{
	return remote->auth.kind != CONFIG_AUTH_NONE ||
	    remote->azuread != NULL || remote->oauth2 != NULL ||
	    remote->sigv4 != NULL || remote->headers_len > 0 ||
	    remote->extras_len > 0 || url_has_user(remote->url) ||
	    remote->tls.cert.text != NULL || remote->tls.cert.file != NULL;
}

void
config_forget_access(struct config *config)
{
	struct config_remote *remote;
	size_t i;

	for (i = 0; i < config->remotes_len; i++) {
		remote = &config->remotes[i];
		access_release(remote);
		proxy_release(&remote->proxy);
		remote->auth = (struct config_auth){ 0 };
		remote->tls = (struct config_tls){ 0 };
		remote->azuread = NULL;
		remote->oauth2 = NULL;
		remote->sigv4 = NULL;
		remote->extras = NULL;
		remote->extras_len = 0;
	}
	wipe_text(config->prometheus_url);
	config->prometheus_url = NULL;
}

/* The value of state_dir in ${root}, or the default; to be freed. */
static char *
find_state_dir(const struct tree_node *root)
{
	const struct tree_node *found =
	    root->kind == TREE_MAPPING ? tree_find(root, "state_dir") : NULL;

	return strdup(found != NULL && found->kind == TREE_SCALAR
		? found->text
		: READ_STATE_DIR);
}

char *
config_state_dir(const char *path, struct buf *faults)
{
	struct fault_list list = { 0 };
	struct tree_node *root = NULL;
	char *state_dir = NULL;
	struct buf text;

	buf_secret(&text, CONFIG_FILE_MAX + INPUT_BLOCK);
	if (input_read(path, missing, &text, faults) == 0) {
		root = tree_parse(buf_text(&text), text.len, &list);
		if (root == NULL)
			fault_write(&list, path, faults);
		else if ((state_dir = find_state_dir(root)) == NULL)
			buf_printf(faults, "%s: no memory\n", path);
	}
	tree_free(root);
	fault_release(&list);
	buf_release(&text);
	return state_dir;
}

struct config *
config_share(struct config *config)
{
	config->shares++;
	return config;
}

void
config_free(struct config *config)
{
	size_t i;

	if (config == NULL)
		return;
	if (config->shares > 0) {
		config->shares--;
		return;
	}
	labels_free(config->external_labels, config->external_labels_len);
	for (i = 0; i < config->remotes_len; i++)
		entry_release(&config->remotes[i]);
	for (i = 0; i < config->warnings_len; i++)
		free(config->warnings[i]);
	free(config->warnings);
	wipe_text(config->source);
	free(config->remotes);
	free(config->data_dir);
	free(config->prometheus_file);
	wipe_text(config->prometheus_url);
	free(config->prometheus_shown_url);
	free(config->state_dir);
	free(config->listen_address);
	free(config->web_file);
	wipe_text(config->common_text);
	wipe_text(config->prometheus_text);
	free(config->spool.dir);
	wipe_text(config->spool_text);
	free(config);
}
