/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/wipe.h"
#include "agent/config/access.h"
#include "agent/config/config.h"
#include "agent/config/entry.h"
#include "agent/config/fault.h"
#include "agent/config/read.h"
#include "agent/config/tree.h"
#include "agent/config/url.h"

#define BLOCK 4096u               /* Bytes read at a time. */
#define WARNINGS_MAX (256u << 10) /* Bytes of all that is noted. */

/* Say why ${path} cannot be read: errno value ${error}, and what to do. */
static void
put_unreadable(struct buf *faults, const char *path, int error)
{
	const struct passwd *user;

	buf_printf(faults, "%s: cannot be read: %s", path, strerror(error));
	if (error == ENOENT) {
		buf_puts(faults,
		    "; write a configuration there, or name "
		    "another with -c");
	} else if (error == EACCES || error == EPERM) {
		user = getpwuid(geteuid());
		buf_printf(faults, " for user %s (uid %lu)",
		    user != NULL ? user->pw_name : "without a name",
		    (unsigned long)geteuid());
		buf_puts(faults,
		    "; let that user read the file and enter "
		    "the directories above it");
	}
	buf_putc(faults, '\n');
}

/*
 * Append what ${fd}, that of ${path}, holds to ${text}; of a file above the
 * ceiling, no more than shows that it is.
 */
static int
read_all(int fd, const char *path, struct buf *text, struct buf *faults)
{
	uint8_t *into;
	ssize_t n;

	while (text->len <= CONFIG_FILE_MAX) {
		if ((into = buf_reserve(text, BLOCK)) == NULL) {
			buf_printf(
			    faults, "%s: cannot be read: no memory\n", path);
			return -1;
		}
		n = read(fd, into, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			put_unreadable(faults, path, errno);
		if (n <= 0)
			return (int)n;
		text->len += (size_t)n;
	}
	return 0;
}

/* Append the content of ${path} to ${text}; -1 with a line in ${faults}. */
static int
read_file(const char *path, struct buf *text, struct buf *faults)
{
	struct stat st;
	int fd, result = -1;

	/* Without O_NONBLOCK a FIFO would keep us waiting for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) != 0)
		put_unreadable(faults, path, errno);
	else if (!S_ISREG(st.st_mode))
		buf_printf(
		    faults, "%s: not a regular file; name one with -c\n", path);
	else
		result = read_all(fd, path, text, faults);
	if (fd != -1)
		(void)close(fd);
	return result;
}

struct config *
config_load(const char *path, struct buf *faults)
{
	struct config *config = NULL;
	struct buf text;

	buf_secret(&text, CONFIG_FILE_MAX + BLOCK);
	if (read_file(path, &text, faults) == 0)
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

	for (i = 0; i < config->remotes_len; i++)
		if (access_resolve(&config->remotes[i], path) != 0)
			faults->nomem = true;
}

/* Move what was noted of the file ${path} to the warnings. */
static int
take_notes(struct config *config, const char *path, struct fault_list *notes)
{
	const char *line, *end;
	struct buf lines;

	if (fault_none(notes))
		return 0;
	if (notes->nomem)
		return -1;
	config->warnings =
	    calloc(CONFIG_FAULTS_MAX + 2, sizeof(*config->warnings));
	buf_init(&lines, WARNINGS_MAX);
	fault_write(notes, path, &lines);
	for (line = buf_text(&lines); *line != '\0'; line = end + 1) {
		end = strchrnul(line, '\n');
		if (config->warnings == NULL || *end == '\0' ||
		    (config->warnings[config->warnings_len] =
			    strndup(line, (size_t)(end - line))) == NULL)
			break;
		config->warnings_len++;
	}
	end = *line == '\0' && !lines.bad ? line : NULL;
	buf_release(&lines);
	return end == NULL ? -1 : 0;
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

	buf_secret(&text, CONFIG_FILE_MAX + BLOCK);
	if (read_file(path, &text, faults) == 0) {
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
	for (i = 0; i < config->external_labels_len; i++) {
		free(config->external_labels[i].name);
		free(config->external_labels[i].value);
	}
	for (i = 0; i < config->remotes_len; i++)
		entry_release(&config->remotes[i]);
	for (i = 0; i < config->warnings_len; i++)
		free(config->warnings[i]);
	free(config->warnings);
	free(config->external_labels);
	free(config->remotes);
	free(config->data_dir);
	wipe_text(config->prometheus_url);
	free(config->prometheus_shown_url);
	free(config->state_dir);
	free(config->listen_address);
	wipe_text(config->common_text);
	wipe_text(config->prometheus_text);
	free(config->spool.dir);
	wipe_text(config->spool_text);
	free(config);
}
