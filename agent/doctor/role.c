/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/doctor/role.h"

/* The user called ${text}, a name or a number of one. */
static const struct passwd *
user_called(const char *text)
{
	const struct passwd *user = getpwnam(text);
	char *end;
	unsigned long number;

	if (user != NULL || *text < '0' || *text > '9')
		return user;
	number = strtoul(text, &end, 10);
	return *end == '\0' && number < (uid_t)-1 ? getpwuid((uid_t)number)
						  : NULL;
}

/* The user who owns ${path}, if that is not root. */
static const struct passwd *
owner_of(const char *path)
{
	struct stat st;

	return path != NULL && stat(path, &st) == 0 && st.st_uid != 0
	    ? getpwuid(st.st_uid)
	    : NULL;
}

/* Fill ${ret} with what ${user} may do; false if the groups are too many. */
static bool
rights_of(const struct passwd *user, struct instance_rights *ret)
{
	int len = INSTANCES_GROUPS_MAX;

	ret->user = user->pw_uid;
	ret->group = user->pw_gid;
	if (getgrouplist(user->pw_name, user->pw_gid, ret->groups, &len) < 0)
		return false;
	ret->groups_len = (size_t)len;
	return true;
}

/* Find whose rights to take; false if there is nobody but root. */
static bool
find_rights(const struct role_hints *hints, struct instance_rights *ret)
{
	const struct passwd *user;

	if (hints->user == NULL && hints->running != 0 &&
	    instances_rights(hints->proc, hints->running, ret) == 0)
		return true;
	user = hints->user != NULL ? user_called(hints->user)
				   : owner_of(hints->state_dir);
	if (user == NULL && hints->user == NULL)
		user = getpwnam(ROLE_USER);
	return user != NULL && rights_of(user, ret);
}

int
role_find(const struct role_hints *hints, struct role *ret,
    char fault[ROLE_FAULT_MAX])
{
	ret->known = false;
	if (geteuid() != 0 && hints->user == NULL)
		return 0;
	ret->known = find_rights(hints, &ret->rights);
	if (ret->known || hints->user == NULL)
		return 0;
	(void)snprintf(
	    fault, ROLE_FAULT_MAX, "there is no user %s", hints->user);
	return -1;
}

int
role_take(const struct role *role, char fault[ROLE_FAULT_MAX])
{
	const struct instance_rights *rights = &role->rights;

	if (!role->known || (geteuid() == rights->user && rights->user != 0))
		return 0;
	if (setgroups(rights->groups_len, rights->groups) != 0 ||
	    setresgid(rights->group, rights->group, rights->group) != 0 ||
	    setresuid(rights->user, rights->user, rights->user) != 0) {
		(void)snprintf(fault, ROLE_FAULT_MAX,
		    "cannot become the user with the number %u: %s",
		    (unsigned int)rights->user, strerror(errno));
		return -1;
	}
	return 0;
}
