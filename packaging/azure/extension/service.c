/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "packaging/azure/extension/child.h"
#include "packaging/azure/extension/files.h"
#include "packaging/azure/extension/service.h"

#define WALSHIP "walship.service"
#define TIME 90u       /* Seconds that systemctl may take. */
#define UNIT_MAX 8192u /* Bytes of a unit. */

/* Letters that need no escape in a unit. */
#define PLAIN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"/._-"

/* systemctl ${verb} ${unit}; what failed is noted. */
static int
ask(const char *verb, const char *unit, struct outcome *outcome)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };
	struct child child;
	int result = 0;

	child_init(&child, CHILD_SAID_MAX);
	if (child_run_logged(&child, TIME, argv) != 0)
		result = outcome_fail(outcome, OUTCOME_FAILED,
		    "systemctl %s %s failed: %.600s", verb,
		    unit != NULL ? unit : "", child_last_line(&child));
	child_release(&child);
	return result;
}

int
service_start(bool changed, struct outcome *outcome)
{
	if (ask("enable", WALSHIP, outcome) != 0)
		return -1;
	return ask(changed ? "restart" : "start", WALSHIP, outcome);
}

/* Whether systemd knows ${unit}: without its package it does not. */
static bool
is_known(const char *unit)
{
	struct outcome ignored;

	return ask("cat", unit, &ignored) == 0;
}

int
service_stop(struct outcome *outcome)
{
	if (!is_known(WALSHIP))
		return 0;
	if (ask("disable", WALSHIP, outcome) != 0)
		return -1;
	return ask("stop", WALSHIP, outcome);
}

static bool
is_plain(const char *path)
{
	return strspn(path, PLAIN) == strlen(path);
}

static void
put_unit(struct buf *out, const char *root, const char *program,
    uint32_t sequence, unsigned minutes)
{
	buf_printf(out,
	    "[Unit]\n"
	    "Description=reports to the guest agent what becomes of walship\n"
	    "\n"
	    "[Service]\n"
	    "ExecStart=%s watch %u %u%s%s\n"
	    "Restart=always\n"
	    "RestartSec=30s\n"
	    "UMask=0077\n"
	    "NoNewPrivileges=yes\n"
	    "PrivateDevices=yes\n"
	    "ProtectHome=yes\n"
	    "ProtectKernelTunables=yes\n"
	    "ProtectKernelModules=yes\n"
	    "ProtectControlGroups=yes\n"
	    "RestrictAddressFamilies=AF_UNIX\n"
	    "MemoryDenyWriteExecute=yes\n"
	    "TasksMax=16\n",
	    program, sequence, minutes, *root != '\0' ? " --root " : "", root);
}

int
service_watch(const char *root, const char *program, uint32_t sequence,
    unsigned minutes, struct outcome *outcome)
{
	struct path path, folder;
	bool same = false;
	struct buf unit;
	int result = 0;

	if (!is_plain(program) || !is_plain(root))
		return outcome_fail(outcome, OUTCOME_FAILED,
		    "%s has letters that systemd would need escaped", program);
	if (path_set(&folder, "%s" SERVICE_UNITS, root) != 0 ||
	    path_set(&path, "%s/" SERVICE_WATCH, folder.text) != 0)
		return outcome_fail(outcome, OUTCOME_FAILED, "%m");
	buf_init(&unit, UNIT_MAX);
	put_unit(&unit, root, program, sequence, minutes);
	if (!unit.bad)
		same = files_same(path.text, unit.data, unit.len);
	if (unit.bad ||
	    (!same &&
		(files_make_directory(folder.text, 0755) != 0 ||
		    files_write(path.text, unit.data, unit.len, 0644,
			FILES_SAME_GROUP) != 0)))
		result = outcome_fail(
		    outcome, OUTCOME_FAILED, "cannot write %s: %m", path.text);
	buf_release(&unit);
	if (result == 0 && !same)
		result = ask("daemon-reload", NULL, outcome);
	if (result == 0)
		result =
		    ask(same ? "start" : "restart", SERVICE_WATCH, outcome);
	return result;
}

void
service_unwatch(const char *root)
{
	struct outcome ignored;
	struct path path;

	if (path_set(&path, "%s" SERVICE_UNITS "/" SERVICE_WATCH, root) != 0 ||
	    !files_exists(path.text))
		return;
	(void)ask("stop", SERVICE_WATCH, &ignored);
	(void)unlink(path.text);
	(void)ask("daemon-reload", NULL, &ignored);
}
