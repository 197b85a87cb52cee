/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/stat.h>

#include "agent/spool/counsel.h"

const char *
counsel_on_dir(int error)
{
	switch (error) {
	case EBUSY:
		return "another walship uses it: give each a spool.dir of its "
		       "own";
	case EPERM:
		return "make this user the owner of spool.dir, and its mode "
		       "0700";
	case ENOENT:
	case EACCES:
		return "create spool.dir for this user with the mode 0700, "
		       "or let it be where this user may";
	case EINVAL:
		return "set spool.dir to a directory outside of "
		       "prometheus.data_dir";
	default:
		return "see that spool.dir is a directory that this user may "
		       "write to";
	}
}

const char *
counsel_on_link(const struct config *config, const char *wal_dir, int error)
{
	struct stat a, b;

	switch (error) {
	case EPERM:
		return "the kernel protects files of others from links "
		       "(fs.protected_hardlinks): run walship as "
		       "Prometheus's user, as walship-setup --link does";
	case EXDEV:
		if (stat(wal_dir, &a) == 0 &&
		    stat(config->spool.dir, &b) == 0 && a.st_dev == b.st_dev)
			return "spool.dir is of the filesystem of "
			       "prometheus.data_dir, but of another mount: "
			       "give the unit one ReadWritePaths= on the "
			       "directory that both are below, as "
			       "walship-setup --link does";
		return "set spool.dir to a directory on the filesystem of "
		       "prometheus.data_dir";
	case EACCES:
		return "let this user enter prometheus.data_dir and write to "
		       "spool.dir";
	default:
		return "see that there is room in spool.dir, and that its "
		       "filesystem has hard links";
	}
}
