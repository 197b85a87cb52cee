/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/claim.h"
#include "packaging/azure/extension/envelope.h"
#include "packaging/azure/extension/handler.h"
#include "packaging/azure/extension/packages.h"
#include "packaging/azure/extension/place.h"
#include "packaging/azure/extension/sequence.h"
#include "packaging/azure/extension/service.h"
#include "packaging/azure/extension/settings.h"
#include "packaging/azure/extension/state.h"
#include "packaging/azure/extension/status.h"

#define DEPTH 3 /* Of the program in its directory: bin/MACHINE/. */
#define LOG_NAME "walship-extension.log"
#define LOG_MAX (1 << 20) /* Bytes, then it is put aside. */

/* Seconds; the agent kills us after 900, 300 and 300. */
#define INSTALL_TIME 840u
#define ENABLE_TIME 150u
#define UNINSTALL_TIME 240u
#define LOCK_TIME 30u

static int
fail(struct handler *handler, const char *what)
{
	return outcome_fail(&handler->outcome, OUTCOME_FAILED, "%s: %m", what);
}

static int
set_mark(struct handler *handler, const char *name, const char *text)
{
	return state_set(handler->root, name, text) == 0
	    ? 0
	    : fail(handler, "cannot write to " STATE_FOLDER);
}

/* The directory is some levels above the program. */
static int
find_directory(struct handler *handler)
{
	ssize_t len = readlink("/proc/self/exe", handler->program.text,
	    sizeof(handler->program.text) - 1);
	char *end;
	int i;

	if (len <= 0)
		return fail(handler, "/proc/self/exe");
	handler->program.text[len] = '\0';
	handler->dir = handler->program;
	for (i = 0; i < DEPTH; i++) {
		if ((end = strrchr(handler->dir.text, '/')) == NULL ||
		    end == handler->dir.text)
			return outcome_fail(&handler->outcome, OUTCOME_FAILED,
			    "%s does not lie in a handler's directory",
			    handler->program.text);
		*end = '\0';
	}
	return 0;
}

/* Log to the agent's folder, if that can be; else to standard error. */
static void
open_log(const struct environment *environment)
{
	struct path path, aside;
	struct stat st;
	int fd;

	log_init(LOG_INFO, LOG_LOGFMT);
	if (path_set(&path, "%s/" LOG_NAME, environment->log_folder) != 0 ||
	    path_set(&aside, "%s.1", path.text) != 0)
		return;
	(void)files_make_directory(environment->log_folder, 0755);
	if (stat(path.text, &st) == 0 && st.st_size > LOG_MAX)
		(void)rename(path.text, aside.text);
	fd = open(path.text,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd != -1)
		log_to(fd);
}

int
handler_init(struct handler *handler, const char *root)
{
	const char *wrong;

	*handler = (struct handler){ .root = root, .lock = -1 };
	if (find_directory(handler) != 0)
		return -1;
	wrong = environment_load(&handler->environment, handler->dir.text);
	if (wrong != NULL)
		return outcome_fail(&handler->outcome, OUTCOME_FAILED,
		    "%s/" ENVIRONMENT_NAME " cannot be used: %s",
		    handler->dir.text, wrong);
	open_log(&handler->environment);
	return 0;
}

void
handler_release(struct handler *handler)
{
	environment_release(&handler->environment);
	if (handler->lock != -1)
		(void)close(handler->lock);
	handler->lock = -1;
}

/* Wait for another of us that an agent gave up, and that goes on. */
static int
take_lock(struct handler *handler)
{
	struct path path;
	unsigned waited;

	if (state_make_folder(handler->root) != 0 ||
	    state_path(handler->root, HANDLER_LOCK, &path) != 0 ||
	    (handler->lock =
		    open(path.text, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		return fail(handler, "cannot write to " STATE_FOLDER);
	for (waited = 0; flock(handler->lock, LOCK_EX | LOCK_NB) != 0;
	     waited++) {
		if (errno != EWOULDBLOCK || waited == LOCK_TIME)
			return outcome_fail(&handler->outcome, OUTCOME_LOCKED,
			    "another command of the extension is at work; try "
			    "again once it has ended");
		(void)sleep(1);
	}
	return 0;
}

/* Have ${file} installed, and note whose what is there then is. */
static int
put_package(struct handler *handler, const struct packages_manager *manager,
    const char *file, unsigned seconds)
{
	struct packages_found found;
	int result;

	if (packages_look(manager, file, &found, &handler->outcome) != 0)
		return -1;
	if (found.whole && strcmp(found.there, found.carried) == 0)
		return 0;
	if (claim_intend(handler->root, found.there, found.carried) != 0)
		return fail(handler, "cannot write to " STATE_FOLDER);
	result =
	    packages_install(manager, file, &found, seconds, &handler->outcome);
	(void)packages_look(manager, NULL, &found, &handler->outcome);
	if (claim_settle(handler->root, found.there) != 0)
		log_warn("cannot note what was installed", LOG_ERRNO(errno));
	return result;
}

static int
install_package(struct handler *handler, unsigned seconds)
{
	const struct packages_manager *manager = packages_manager();
	struct path folder, file;
	struct utsname machine;

	if (manager == NULL)
		return outcome_fail(&handler->outcome, OUTCOME_UNSUPPORTED,
		    "this system has none of apt-get, tdnf, dnf, zypper and "
		    "yum");
	if (uname(&machine) != 0 ||
	    path_set(&folder, "%s/" PACKAGES_FOLDER, handler->dir.text) != 0)
		return fail(handler, PACKAGES_FOLDER);
	if (packages_find(manager, folder.text, machine.machine, &file,
		&handler->outcome) != 0)
		return -1;
	return put_package(handler, manager, file.text, seconds);
}

/* Have the package removed if it is ours. */
static int
remove_package(struct handler *handler)
{
	const struct packages_manager *manager = packages_manager();
	struct packages_found found;

	if (manager == NULL)
		return 0;
	(void)packages_look(manager, NULL, &found, &handler->outcome);
	if (found.there[0] == '\0')
		return 0;
	if (!claim_holds(handler->root, found.there)) {
		log_info("the package stays: the extension did not bring it",
		    LOG_STR("version", found.there));
		return 0;
	}
	return packages_remove(manager, UNINSTALL_TIME, &handler->outcome);
}

static int
install(struct handler *handler)
{
	state_clear(handler->root, HANDLER_UPDATING);
	(void)status_write_heartbeat(&handler->environment,
	    STATUS_TRANSITIONING, "walship is being installed");
	return install_package(handler, INSTALL_TIME);
}

/* settings_open_fn: the certificates lie beside the handlers' directories. */
static const char *
open_protected(
    void *arg, const char *text, const char *thumbprint, struct buf *plain)
{
	const struct handler *handler = arg;
	const char *end = strrchr(handler->dir.text, '/');
	struct path cert, key;
	char upper[64];
	size_t i;

	if (!envelope_is_thumbprint(thumbprint))
		return "their certificate is not named by a thumbprint";
	for (i = 0; thumbprint[i] != '\0'; i++)
		upper[i] = thumbprint[i] >= 'a'
		    ? (char)(thumbprint[i] - 'a' + 'A')
		    : thumbprint[i];
	upper[i] = '\0';
	if (path_set(&cert, "%.*s/%s.crt", (int)(end - handler->dir.text),
		handler->dir.text, upper) != 0 ||
	    path_set(&key, "%.*s/%s.prv", (int)(end - handler->dir.text),
		handler->dir.text, upper) != 0)
		return strerror(errno);
	return envelope_open(text, cert.text, key.text, plain);
}

/* Read the settings ${sequence}; without their file there are none. */
static int
read_settings(
    struct handler *handler, uint32_t sequence, struct settings *settings)
{
	struct path path;
	struct buf file;
	int result = -1;

	*settings = (struct settings){ .warn_after = SETTINGS_WARN_AFTER };
	buf_init(&file, SETTINGS_MAX);
	if (path_set(&path, "%s/%u" SEQUENCE_SUFFIX,
		handler->environment.config_folder, sequence) != 0 ||
	    (files_read(path.text, &file) != 0 && errno != ENOENT))
		(void)outcome_fail(&handler->outcome, OUTCOME_SETTINGS,
		    "%s cannot be read: %m", path.text);
	else if (settings_decode(settings, file.data, file.len, open_protected,
		     handler) != 0)
		(void)outcome_fail(&handler->outcome, OUTCOME_SETTINGS,
		    "the settings %u cannot be used: %s", sequence,
		    settings->wrong);
	else
		result = 0;
	buf_release(&file);
	return result;
}

static void
tell(struct handler *handler, uint32_t sequence, enum status_kind kind,
    const char *message)
{
	struct status status = { .kind = kind,
		.code = kind == STATUS_ERROR ? handler->outcome.code : 0,
		.message = message };

	if (status_write(
		&handler->environment, sequence, &status, time(NULL)) != 0)
		log_error("cannot write the status",
		    LOG_STR("folder", handler->environment.status_folder),
		    LOG_ERRNO(errno));
	if (status_write_heartbeat(&handler->environment, kind, message) != 0)
		log_error("cannot write the heartbeat", LOG_ERRNO(errno));
}

/* Whether the watcher, or we, have said already how these settings fare. */
static bool
has_status(struct handler *handler, uint32_t sequence)
{
	struct path path;

	return path_set(&path, "%s/%u.status",
		   handler->environment.status_folder, sequence) == 0 &&
	    files_exists(path.text);
}

/*
 * Put ${settings} into files, and have the service go by them: also by what was
 * written before a failure or a kill, which would pass for unchanged now.
 */
static int
make_so(struct handler *handler, const struct settings *settings)
{
	bool due = state_has(handler->root, HANDLER_CHANGING);
	int changed;

	if (set_mark(handler, HANDLER_CHANGING, "") != 0 ||
	    (changed = place_apply(
		 handler->root, settings, &handler->outcome)) == -1 ||
	    service_start(changed == 1 || due, &handler->outcome) != 0)
		return -1;
	state_clear(handler->root, HANDLER_CHANGING);
	return 0;
}

/* Put the settings ${sequence} into effect. */
static int
apply(struct handler *handler, uint32_t sequence)
{
	const char *dir = handler->dir.text;
	bool applied = sequence_is_applied(dir, sequence) &&
	    place_is_configured(handler->root);
	struct settings settings;
	int result = -1;

	if (!applied || !has_status(handler, sequence))
		tell(handler, sequence, STATUS_TRANSITIONING,
		    "walship is being set up");
	/* How long to wait is read each time; the rest, if it is new. */
	if (install_package(handler, ENABLE_TIME) == 0 &&
	    (read_settings(handler, sequence, &settings) == 0 || applied) &&
	    (applied ? service_start(false, &handler->outcome)
		     : make_so(handler, &settings)) == 0 &&
	    service_watch(handler->root, handler->program.text, sequence,
		settings.warn_after, &handler->outcome) == 0)
		result = sequence_applied(dir, sequence) == 0
		    ? 0
		    : fail(handler, SEQUENCE_APPLIED);
	settings_release(&settings);
	return result;
}

static int
enable(struct handler *handler)
{
	uint32_t sequence = 0;

	state_clear(handler->root, HANDLER_UPDATING);
	(void)sequence_find(handler->environment.config_folder,
	    getenv("ConfigSequenceNumber"), &sequence);
	if (apply(handler, sequence) == 0)
		return 0;
	tell(handler, sequence, STATUS_ERROR, handler->outcome.message);
	return -1;
}

static int
disable(struct handler *handler)
{
	service_unwatch(handler->root);
	(void)status_write_heartbeat(
	    &handler->environment, STATUS_WARNING, "walship is disabled");
	return service_stop(&handler->outcome);
}

/* The old handler is uninstalled after this: what is there is to stay. */
static int
update(struct handler *handler)
{
	const char *version = getenv("VERSION");

	return set_mark(
	    handler, HANDLER_UPDATING, version != NULL ? version : "");
}

/* Whether an update is under way, and not one that was given up. */
static bool
is_updating(struct handler *handler)
{
	struct path path;
	struct stat st;

	return state_path(handler->root, HANDLER_UPDATING, &path) == 0 &&
	    stat(path.text, &st) == 0 &&
	    time(NULL) - st.st_mtime < HANDLER_UPDATE_TIME;
}

/* Nothing of ours is to be left. */
static void
clear_state(struct handler *handler)
{
	static const char *const names[] = { CLAIM_NAME, PLACE_FITTED,
		HANDLER_UPDATING, HANDLER_CHANGING, HANDLER_LOCK };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		state_clear(handler->root, names[i]);
	state_remove_folder(handler->root);
}

static int
uninstall(struct handler *handler)
{
	if (is_updating(handler)) {
		log_info("an update: what is installed stays");
		return 0;
	}
	service_unwatch(handler->root);
	place_remove(handler->root);
	if (remove_package(handler) != 0)
		return -1;
	clear_state(handler);
	return 0;
}

int
handler_run(struct handler *handler, const char *command)
{
	static const struct {
		const char *name;
		int (*run)(struct handler *handler);
	} commands[] = {
		{ "install", install },
		{ "enable", enable },
		{ "disable", disable },
		{ "update", update },
		{ "uninstall", uninstall },
	};
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, command) != 0)
			continue;
		log_info("begins", LOG_STR("command", command),
		    LOG_STR("directory", handler->dir.text));
		if (take_lock(handler) == 0 && commands[i].run(handler) == 0) {
			log_info("done", LOG_STR("command", command));
			return OUTCOME_OK;
		}
		log_error("failed", LOG_STR("command", command),
		    LOG_INT("status", handler->outcome.code),
		    LOG_STR("why", handler->outcome.message));
		return handler->outcome.code;
	}
	(void)outcome_fail(&handler->outcome, OUTCOME_FAILED,
	    "there is no command %.64s", command);
	return handler->outcome.code;
}
