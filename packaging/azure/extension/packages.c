/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "packaging/azure/extension/child.h"
#include "packaging/azure/extension/packages.h"

#define WORDS_MAX 16      /* Of a command. */
#define FILE_WORD "@file" /* Stands for the package's path. */
#define LOCAL_UNSIGNED "--setopt=localpkg_gpgcheck=0"
#define QUERY_TIME 60u /* Seconds for a question. */
#define LOCK_PAUSE 5u  /* Seconds between two tries at a lock. */
#define NAME_MIN (sizeof("walship_") - 1)

enum format { DEB, RPM };

typedef const char *words[WORDS_MAX];

struct packages_manager {
	const char *program;
	enum format format;
	words install, downgrade, remove;
	words refresh; /* What is to be had; none: it looks by itself. */
};

/*
 * In this order: where there are several, the first is the system's own.  The
 * package came with us, and is as trusted as we are: no signature of its own is
 * asked for, as some systems would.  tdnf can only leave out all, those of
 * dependencies too, which then have the checksums of their repository alone.
 */
static const struct packages_manager managers[] = {
	{ .program = "apt-get",
	    .format = DEB,
	    .install = { "apt-get", "-q", "-y", "--allow-downgrades",
		"--no-install-recommends", "-o",
		"Dpkg::Options::=--force-confold", "install", FILE_WORD },
	    .remove = { "apt-get", "-q", "-y", "remove", "walship" },
	    .refresh = { "apt-get", "-q", "update" } },
	{ .program = "tdnf",
	    .format = RPM,
	    .install = { "tdnf", "-y", "--nogpgcheck", "install", FILE_WORD },
	    .downgrade = { "tdnf", "-y", "--nogpgcheck", "downgrade",
		FILE_WORD },
	    .remove = { "tdnf", "-y", "remove", "walship" } },
	{ .program = "dnf",
	    .format = RPM,
	    .install = { "dnf", "-y", LOCAL_UNSIGNED, "install", FILE_WORD },
	    .downgrade = { "dnf", "-y", LOCAL_UNSIGNED, "downgrade",
		FILE_WORD },
	    .remove = { "dnf", "-y", "remove", "walship" } },
	{ .program = "zypper",
	    .format = RPM,
	    .install = { "zypper", "--non-interactive", "install",
		"--allow-unsigned-rpm", "--oldpackage", FILE_WORD },
	    .remove = { "zypper", "--non-interactive", "remove", "walship" } },
	{ .program = "yum",
	    .format = RPM,
	    .install = { "yum", "-y", LOCAL_UNSIGNED, "install", FILE_WORD },
	    .downgrade = { "yum", "-y", LOCAL_UNSIGNED, "downgrade",
		FILE_WORD },
	    .remove = { "yum", "-y", "remove", "walship" } },
};
#define MANAGERS (sizeof(managers) / sizeof(managers[0]))

/* How the two formats name what they are for. */
static const struct {
	const char *machine, *deb, *rpm;
} machines[] = {
	{ "x86_64", "_amd64.deb", ".x86_64.rpm" },
	{ "aarch64", "_arm64.deb", ".aarch64.rpm" },
};
#define MACHINES (sizeof(machines) / sizeof(machines[0]))

/* What managers say when another is at work. */
static const char *const busy[] = {
	"Could not get lock",
	"Unable to acquire the dpkg frontend lock",
	"is another process using it",
	"can't create transaction lock",
	"System management is locked",
	"failed to acquire lock",
	"Another app is currently holding the yum lock",
	"Waiting for process with pid",
};

/* What is not going to be better by itself. */
static const char *const lacking[] = {
	"No space left on device",
	"enough free space",
	"unmet dependencies",
	"nothing provides",
	"Unable to locate package",
	"have no installation candidate",
	"insufficient space",
};
#define COUNT(list_) (sizeof(list_) / sizeof((list_)[0]))

/* An installation under way. */
struct task {
	const struct packages_manager *manager;
	const char *file;
	time_t end;
	struct child child;
	struct outcome *outcome;
};

const struct packages_manager *
packages_manager(void)
{
	size_t i;

	for (i = 0; i < MANAGERS; i++)
		if (child_has(managers[i].program))
			return &managers[i];
	return NULL;
}

/* Whether ${name} is that of walship itself and ends in ${end}. */
static bool
is_package(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len > NAME_MIN + end_len &&
	    (strncmp(name, "walship_", NAME_MIN) == 0 ||
		strncmp(name, "walship-", NAME_MIN) == 0) &&
	    isdigit((unsigned char)name[NAME_MIN]) &&
	    strcmp(name + len - end_len, end) == 0;
}

static const char *
end_of_names(const struct packages_manager *manager, const char *machine)
{
	size_t i;

	for (i = 0; i < MACHINES; i++)
		if (strcmp(machines[i].machine, machine) == 0)
			return manager->format == DEB ? machines[i].deb
						      : machines[i].rpm;
	return NULL;
}

int
packages_find(const struct packages_manager *manager, const char *folder,
    const char *machine, struct path *ret, struct outcome *outcome)
{
	const char *end = end_of_names(manager, machine);
	struct dirent *entry;
	unsigned found = 0;
	DIR *dir;

	if (end == NULL)
		return outcome_fail(outcome, OUTCOME_UNSUPPORTED,
		    "walship has no package for a %.32s machine: x86_64 and "
		    "aarch64 are supported",
		    machine);
	if ((dir = opendir(folder)) == NULL)
		return outcome_fail(outcome, OUTCOME_FAILED,
		    "%s: %m; the extension's files are not whole", folder);
	while ((entry = readdir(dir)) != NULL)
		if (is_package(entry->d_name, end) &&
		    path_set(ret, "%s/%s", folder, entry->d_name) == 0)
			found++;
	(void)closedir(dir);
	if (found == 1)
		return 0;
	return outcome_fail(outcome,
	    found == 0 ? OUTCOME_UNSUPPORTED : OUTCOME_FAILED,
	    "there %s package in %s that ends in %s; the extension was packed "
	    "wrongly",
	    found == 0 ? "is no" : "is more than one", folder, end);
}

/* Run ${template} on the file. */
static int
run(struct task *task, const words template, unsigned seconds)
{
	words argv;
	size_t i;

	for (i = 0; i < WORDS_MAX; i++)
		argv[i] =
		    template[i] != NULL && strcmp(template[i], FILE_WORD) == 0
		    ? task->file
		    : template[i];
	return child_run_logged(&task->child, seconds, argv);
}

/* The version that the question ${argv} is answered with; "" if none. */
static void
ask_version(struct task *task, const words argv, char *ret)
{
	*ret = '\0';
	if (child_run(&task->child, QUERY_TIME, argv) == 0)
		(void)snprintf(ret, PACKAGES_VERSION_MAX, "%s",
		    child_last_line(&task->child));
}

/* What of walship is there, and whether it is installed as it should be. */
static void
find_there(struct task *task, struct packages_found *ret)
{
	static const words deb = { "dpkg-query", "-W", "-f",
		"${db:Status-Status} ${Version}\n", "walship" };
	static const words rpm = { "rpm", "-q", "--qf",
		"%{VERSION}-%{RELEASE}\n", "walship" };
	char *version;

	ret->whole = false;
	if (task->manager->format == RPM) {
		ask_version(task, rpm, ret->there);
		ret->whole = ret->there[0] != '\0';
		return;
	}
	ask_version(task, deb, ret->there);
	if ((version = strchr(ret->there, ' ')) == NULL) {
		ret->there[0] = '\0';
		return;
	}
	*version++ = '\0';
	/* Removed, it is still known; broken, it is not installed. */
	if (strcmp(ret->there, "not-installed") == 0 ||
	    strcmp(ret->there, "config-files") == 0)
		version = ret->there + strlen(ret->there);
	ret->whole = strcmp(ret->there, "installed") == 0;
	memmove(ret->there, version, strlen(version) + 1);
}

/* Whether the version ${wanted} is installed. */
static bool
is_installed(struct task *task, const char *wanted, struct packages_found *now)
{
	find_there(task, now);
	return now->whole && strcmp(now->there, wanted) == 0;
}

static void
find_carried(struct task *task, char *ret)
{
	const words deb = { "dpkg-deb", "-f", task->file, "Version" };
	const words rpm = { "rpm", "-qp", "--qf", "%{VERSION}-%{RELEASE}\n",
		task->file };

	ask_version(task, task->manager->format == DEB ? deb : rpm, ret);
}

static bool
said_one_of(struct task *task, const char *const *texts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (child_said(&task->child, texts[i]))
			return true;
	return false;
}

/* Seconds that are left, at least 1. */
static unsigned
left(const struct task *task)
{
	time_t now = time(NULL);

	return task->end > now ? (unsigned)(task->end - now) : 1;
}

/* Run ${template} until no other manager is in the way of it; its status. */
static int
run_unlocked(struct task *task, const words template)
{
	int status = run(task, template, left(task));

	while (status != 0 && said_one_of(task, busy, COUNT(busy)) &&
	    left(task) > LOCK_PAUSE) {
		log_info("the package manager is busy; trying again",
		    LOG_STR("manager", task->manager->program));
		(void)sleep(LOCK_PAUSE);
		status = run(task, template, left(task));
	}
	return status;
}

/* What is mended before a second try; whether there was something. */
static bool
mend(struct task *task)
{
	static const words configure = { "dpkg", "--configure", "-a" };
	static const char interrupted[] = "dpkg was interrupted";

	if (child_said(&task->child, interrupted))
		return run_unlocked(task, configure) == 0;
	return task->manager->refresh[0] != NULL &&
	    said_one_of(task, lacking, COUNT(lacking)) &&
	    run_unlocked(task, task->manager->refresh) == 0;
}

/* Why the manager failed; always -1. */
static int
explain(struct task *task, int status, const char *what)
{
	const char *said = child_last_line(&task->child);

	if (said_one_of(task, busy, COUNT(busy)))
		return outcome_fail(task->outcome, OUTCOME_LOCKED,
		    "%s was kept busy by another too long; try again once it "
		    "has ended",
		    task->manager->program);
	if (status == CHILD_LATE)
		return outcome_fail(task->outcome, OUTCOME_FAILED,
		    "%s took too long to %s walship", task->manager->program,
		    what);
	return outcome_fail(task->outcome,
	    said_one_of(task, lacking, COUNT(lacking)) ? OUTCOME_LACKING
						       : OUTCOME_FAILED,
	    "%s cannot %s walship (status %d): %.400s", task->manager->program,
	    what, status, said);
}

/* In place of what ${found} says. */
static int
install(struct task *task, const struct packages_found *found)
{
	const struct packages_manager *manager = task->manager;
	bool lower = found->there[0] != '\0' && manager->downgrade[0] != NULL;
	int status = run_unlocked(task, manager->install);
	struct packages_found now = { 0 };
	bool done;

	if (status != 0 && mend(task))
		status = run_unlocked(task, manager->install);
	if (status != 0 && !lower)
		return explain(task, status, "install");
	done = is_installed(task, found->carried, &now);
	if (!done && lower) {
		status = run_unlocked(task, manager->downgrade);
		if (status != 0)
			return explain(task, status, "install");
		done = is_installed(task, found->carried, &now);
	}
	if (done)
		return 0;
	return outcome_fail(task->outcome, OUTCOME_FAILED,
	    "%s installed walship %s instead of %s", manager->program,
	    now.there[0] != '\0' ? now.there : "not at all,", found->carried);
}

int
packages_look(const struct packages_manager *manager, const char *file,
    struct packages_found *ret, struct outcome *outcome)
{
	struct task task = { .manager = manager, .file = file };
	int result = 0;

	*ret = (struct packages_found){ 0 };
	child_init(&task.child, CHILD_SAID_MAX);
	find_there(&task, ret);
	if (file != NULL) {
		find_carried(&task, ret->carried);
		if (ret->carried[0] == '\0')
			result = outcome_fail(outcome, OUTCOME_FAILED,
			    "%s is no package that this system can read", file);
	}
	child_release(&task.child);
	return result;
}

int
packages_install(const struct packages_manager *manager, const char *file,
    const struct packages_found *found, unsigned seconds,
    struct outcome *outcome)
{
	struct task task = { .manager = manager,
		.file = file,
		.end = time(NULL) + seconds,
		.outcome = outcome };
	int result;

	child_init(&task.child, CHILD_SAID_MAX);
	result = install(&task, found);
	child_release(&task.child);
	return result;
}

int
packages_remove(const struct packages_manager *manager, unsigned seconds,
    struct outcome *outcome)
{
	struct task task = { .manager = manager,
		.end = time(NULL) + seconds,
		.outcome = outcome };
	int status, result = 0;

	child_init(&task.child, CHILD_SAID_MAX);
	status = run_unlocked(&task, manager->remove);
	if (status != 0 && mend(&task))
		status = run_unlocked(&task, manager->remove);
	if (status != 0)
		result = explain(&task, status, "remove");
	child_release(&task.child);
	return result;
}
