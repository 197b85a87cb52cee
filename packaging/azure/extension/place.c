/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/child.h"
#include "packaging/azure/extension/compose.h"
#include "packaging/azure/extension/place.h"
#include "packaging/azure/extension/state.h"

#define UNIT "walship.service"
#define DROPIN "/etc/systemd/system/" UNIT ".d/50-walship-setup.conf"
#define SETUP "walship-setup"
#define DRAFT ".extension" /* After the name of what is being checked. */
#define MODE 0640          /* For walship's group, and nobody else. */
#define CHECK_TIME 30u     /* Seconds to check a configuration. */
#define NO_PROGRAM 126     /* From this status on the shell found none. */
#define SETUP_TIME 60u     /* Seconds to give access to Prometheus's data. */

bool
place_is_configured(const char *root)
{
	struct path path;

	return path_set(&path, "%s" PLACE_CONFIG, root) == 0 &&
	    files_exists(path.text);
}

/*
 * How many Prometheuses ${said} lists, with ${last} of them: a line each, that
 * begins with a path.  What else is said is of those that were left out.
 */
static unsigned
count_found(const char *said, const char **last)
{
	unsigned count = 0;

	for (; *said != '\0'; said += strcspn(said, "\n")) {
		said += *said == '\n';
		if (*said == '/') {
			*last = said;
			count++;
		}
	}
	return count;
}

/* The one Prometheus that is found, by its data directory in ${ret}. */
static int
look_for_data(struct path *ret, struct outcome *outcome)
{
	const char *const argv[] = { SETUP, "--find", NULL };
	const char *found = "";
	struct child child;
	int result;

	child_init(&child, CHILD_SAID_MAX);
	(void)child_run_logged(&child, SETUP_TIME, argv);
	switch (count_found(buf_text(&child.said), &found)) {
	case 0:
		result = outcome_fail(outcome, OUTCOME_SETTINGS,
		    "no Prometheus was found on this machine: give the setting "
		    "dataDir, its --storage.tsdb.path");
		break;
	case 1:
		result =
		    path_set(ret, "%.*s", (int)strcspn(found, "\t\n"), found);
		break;
	default:
		result = outcome_fail(outcome, OUTCOME_SETTINGS,
		    "there are several Prometheuses on this machine: name the "
		    "data of one by the setting dataDir");
		break;
	}
	child_release(&child);
	return result;
}

/* The data directory, as given or as found; of a whole configuration "". */
static int
find_data(
    const struct settings *settings, struct path *ret, struct outcome *outcome)
{
	if (settings->configuration == NULL && settings->data_dir == NULL)
		return look_for_data(ret, outcome);
	return path_set(ret, "%s",
		   settings->data_dir != NULL ? settings->data_dir : "") == 0
	    ? 0
	    : outcome_fail(outcome, OUTCOME_SETTINGS, "dataDir is too long");
}

/* Why ${path} could not be written; always -1. */
static int
cannot_write(struct outcome *outcome, const char *path)
{
	return outcome_fail(outcome,
	    errno == ENOSPC || errno == EDQUOT ? OUTCOME_LACKING
					       : OUTCOME_FAILED,
	    "cannot write %s: %m", path);
}

/*
 * The first fault in what walship wrote of ${path}: of what is secret only the
 * place, LINE:COLUMN, since the words may quote it.
 */
static int
refuse(
    struct child *child, const char *path, bool secret, struct outcome *outcome)
{
	const char *said = buf_text(&child->said);
	size_t len = strlen(path), end;

	if (strncmp(said, path, len) == 0 && said[len] == ':')
		said += len + 1;
	else if (secret)
		said = "";
	end = secret ? strspn(said, "0123456789:") : strcspn(said, "\n");
	return outcome_fail(outcome, OUTCOME_SETTINGS,
	    "walship refuses the configuration%s that the settings make, at "
	    "%.*s%s",
	    secret ? " (protected, so not shown)" : "",
	    (int)(end < 600 ? end : 600), said,
	    secret ? " run walship check-config on it" : "");
}

/*
 * Have walship check ${text} as the file ${draft}, which is made for that, with
 * the environment that its unit has.
 */
static int
check(const char *root, const char *draft, struct buf *text, gid_t group,
    bool secret, struct outcome *outcome)
{
	struct path program;
	const char *const argv[] = { program.text, UNIT, draft, NULL };
	struct child child;
	int status, result = 0;

	if (path_set(&program, "%s" PLACE_CHECK, root) != 0 ||
	    files_write(draft, text->data, text->len, MODE, group) != 0)
		return cannot_write(outcome, draft);
	child_init(&child, CHILD_SAID_MAX);
	status = child_run(&child, CHECK_TIME, argv);
	if (status < 0 || status >= NO_PROGRAM)
		result = outcome_fail(outcome, OUTCOME_LACKING,
		    "walship cannot be run to check its configuration: its "
		    "package is not whole");
	else if (status != 0)
		result = refuse(&child, draft, secret, outcome);
	child_release(&child);
	(void)unlink(draft);
	return result;
}

/* Make the file ${name} hold ${text}; without one, there is to be none. */
static int
put(const char *folder, const char *name, const char *text, gid_t group,
    struct outcome *outcome)
{
	struct path path;

	if (path_set(&path, "%s/%s", folder, name) != 0)
		return cannot_write(outcome, name);
	if (text == NULL)
		return unlink(path.text) == 0 ? 1 : 0;
	if (files_same(path.text, text, strlen(text)))
		return 0;
	return files_write(path.text, text, strlen(text), MODE, group) == 0
	    ? 1
	    : cannot_write(outcome, path.text);
}

static int
put_secrets(const char *folder, const struct settings *settings, gid_t group,
    struct outcome *outcome)
{
	int secret, certificate, password;

	secret = put(
	    folder, COMPOSE_SECRET, settings->client_secret, group, outcome);
	certificate = secret == -1
	    ? -1
	    : put(folder, COMPOSE_CERTIFICATE, settings->client_certificate,
		  group, outcome);
	password = certificate == -1
	    ? -1
	    : put(folder, COMPOSE_PASSWORD,
		  settings->client_certificate_password, group, outcome);
	return password == -1 ? -1 : secret | certificate | password;
}

/* Keep what someone else configured, unless that was done. */
static int
keep_foreign(const char *root, const char *config, struct outcome *outcome)
{
	struct path kept;
	struct buf now;
	int result = 0;

	buf_secret(&now, COMPOSE_MAX);
	if (path_set(&kept, "%s" PLACE_FOREIGN, root) != 0 ||
	    (files_read(config, &now) != 0 && errno != ENOENT))
		result = cannot_write(outcome, PLACE_FOREIGN);
	else if (now.len > 0 && !compose_is_ours(now.data, now.len) &&
	    !files_same(kept.text, now.data, now.len) &&
	    link(config, kept.text) != 0)
		result = errno != EEXIST
		    ? cannot_write(outcome, kept.text)
		    : outcome_fail(outcome, OUTCOME_FAILED,
			  "%s is not the extension's, and cannot be kept as "
			  "%s, which is there already: move that away",
			  config, kept.text);
	buf_release(&now);
	return result;
}

/* Whether the file ${config} is ${text}, but for what the unit depends on. */
static bool
is_in_place(const char *config, struct buf *text)
{
	struct buf now;
	bool is;

	buf_secret(&now, COMPOSE_MAX);
	is = files_read(config, &now) == 0 &&
	    compose_is_in(now.data, now.len, text);
	buf_release(&now);
	return is;
}

/* Put ${text} into place, with the secrets that it names. */
static int
put_config(const char *root, const struct settings *settings, struct buf *text,
    struct outcome *outcome)
{
	struct path folder, config, draft;
	struct stat st;
	int secrets;

	if (path_set(&folder, "%s" PLACE_FOLDER, root) != 0 ||
	    path_set(&config, "%s" PLACE_CONFIG, root) != 0 ||
	    path_set(&draft, "%s" DRAFT, config.text) != 0 ||
	    files_make_directory(folder.text, 0750) != 0 ||
	    stat(folder.text, &st) != 0)
		return cannot_write(outcome, PLACE_FOLDER);
	/* Of the folder's group is walship, which its package made. */
	if (is_in_place(config.text, text))
		return put_secrets(folder.text, settings, st.st_gid, outcome);
	if (check(root, draft.text, text, st.st_gid, settings->secret,
		outcome) != 0 ||
	    keep_foreign(root, config.text, outcome) != 0)
		return -1;
	secrets = put_secrets(folder.text, settings, st.st_gid, outcome);
	if (secrets == -1)
		return -1;
	return files_write(
		   config.text, text->data, text->len, MODE, st.st_gid) == 0
	    ? 1
	    : cannot_write(outcome, config.text);
}

/* Note that the unit has no drop-in yet, which is to be so again. */
static int
note_fitting(const char *root)
{
	struct path path;

	if (path_set(&path, "%s" DROPIN, root) != 0)
		return -1;
	return files_exists(path.text) ? 0 : state_set(root, PLACE_FITTED, "");
}

/*
 * Let walship's user read ${data_dir}, "" if the configuration names it: then
 * only where it is said how, since it may be taken care of.
 */
static int
give_access(const char *root, const struct settings *settings,
    const char *data_dir, struct outcome *outcome)
{
	const char *argv[6] = { SETUP };
	struct child child;
	size_t words = 1;
	int result = 0;

	if (*data_dir == '\0' && settings->access == NULL)
		return 0;
	if (*data_dir != '\0') {
		argv[words++] = "--data-dir";
		argv[words++] = data_dir;
	}
	if (settings->access != NULL) {
		argv[words++] = "--access";
		argv[words++] = settings->access;
	}
	if (note_fitting(root) != 0)
		return cannot_write(outcome, STATE_FOLDER);
	child_init(&child, CHILD_SAID_MAX);
	if (child_run_logged(&child, SETUP_TIME, argv) != 0)
		result = outcome_fail(outcome, OUTCOME_FAILED,
		    "walship cannot be given access to %.300s: %.500s",
		    *data_dir != '\0' ? data_dir : "Prometheus's data",
		    child_last_line(&child));
	child_release(&child);
	return result;
}

int
place_apply(
    const char *root, const struct settings *settings, struct outcome *outcome)
{
	struct path data_dir;
	struct buf text;
	int result;

	if (!settings_given(settings))
		return place_is_configured(root)
		    ? 0
		    : outcome_fail(outcome, OUTCOME_SETTINGS,
			  "give the setting ingestionUrl (or configuration): "
			  "there is no " PLACE_CONFIG " on this machine "
			  "either");
	if (find_data(settings, &data_dir, outcome) != 0)
		return -1;
	buf_secret(&text, COMPOSE_MAX);
	compose(settings, data_dir.text, &text);
	result = text.bad ? outcome_fail(outcome, OUTCOME_SETTINGS,
				"the settings are too long")
			  : put_config(root, settings, &text, outcome);
	buf_release(&text);
	return result != -1 &&
		give_access(root, settings, data_dir.text, outcome) != 0
	    ? -1
	    : result;
}

/* Take back what gave walship's user access, if that was us. */
static void
take_access(const char *root)
{
	const char *const argv[] = { SETUP, "--undo", NULL };
	struct child child;

	if (!state_has(root, PLACE_FITTED))
		return;
	child_init(&child, CHILD_SAID_MAX);
	if (child_run_logged(&child, SETUP_TIME, argv) == 0)
		state_clear(root, PLACE_FITTED);
	child_release(&child);
}

/* Remove the file ${name}${ending} of walship's folder, if it is there. */
static void
drop(const char *root, const char *name, const char *ending)
{
	struct path path;

	if (path_set(&path, "%s" PLACE_FOLDER "/%s%s", root, name, ending) == 0)
		(void)unlink(path.text);
}

/* Put what was there before in the place of our ${config}. */
static void
put_back(const char *root, const char *config)
{
	struct path kept;

	if (path_set(&kept, "%s" PLACE_FOREIGN, root) != 0 ||
	    rename(kept.text, config) != 0)
		(void)unlink(config);
	else
		log_info(
		    "put back what was there before", LOG_STR("file", config));
}

static void
remove_config(const char *root)
{
	struct path config;
	struct buf now;

	buf_secret(&now, COMPOSE_MAX);
	if (path_set(&config, "%s" PLACE_CONFIG, root) == 0 &&
	    files_read(config.text, &now) == 0 &&
	    compose_is_ours(now.data, now.len)) {
		if (compose_is_unchanged(now.data, now.len))
			put_back(root, config.text);
		else
			log_warn("stays, since someone changed what the "
				 "extension wrote there; what was there before "
				 "that, if anything, is in " PLACE_FOREIGN,
			    LOG_STR("file", config.text));
	}
	buf_release(&now);
}

void
place_remove(const char *root)
{
	static const char *const names[] = { COMPOSE_SECRET,
		COMPOSE_CERTIFICATE, COMPOSE_PASSWORD };
	size_t i;

	/* That adds keys to walship.yml, and takes them away. */
	take_access(root);
	remove_config(root);
	/* A process that was killed may have left what it was writing. */
	drop(root, PLACE_NAME, DRAFT);
	drop(root, PLACE_NAME DRAFT, FILES_DRAFT);
	drop(root, PLACE_NAME, FILES_DRAFT);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		drop(root, names[i], "");
		drop(root, names[i], FILES_DRAFT);
	}
}
