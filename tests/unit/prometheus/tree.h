/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/prometheus/tree.h - a /proc that is made up, and files beside. */
#ifndef TESTS_UNIT_PROMETHEUS_TREE_H
#define TESTS_UNIT_PROMETHEUS_TREE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tree {
	char path[32]; /* Of all of it. */
	char proc[40];
};

/* The path of ${name} in ${tree}; valid until the next call but three. */
static inline const char *
tree_path(const struct tree *tree, const char *name)
{
	static char ring[4][256];
	static unsigned int turn;
	char *path = ring[turn++ % 4];

	(void)snprintf(path, sizeof(ring[0]), "%s/%s", tree->path, name);
	return path;
}

/* Make the directory ${name}, and what it is in. */
static inline void
tree_mkdir(const struct tree *tree, const char *name)
{
	char command[300];

	(void)snprintf(
	    command, sizeof(command), "mkdir -p %s", tree_path(tree, name));
	if (system(command) != 0)
		abort();
}

static inline void
tree_write(
    const struct tree *tree, const char *name, const void *data, size_t len)
{
	int fd = open(tree_path(tree, name),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len || close(fd) != 0)
		abort();
}

static inline void
tree_link(const struct tree *tree, const char *name, const char *to)
{
	if (symlink(to, tree_path(tree, name)) != 0)
		abort();
}

static inline void
tree_open(struct tree *tree)
{
	(void)strcpy(tree->path, "/tmp/tree.XXXXXX");
	if (mkdtemp(tree->path) == NULL)
		abort();
	(void)snprintf(tree->proc, sizeof(tree->proc), "%s/proc", tree->path);
	tree_mkdir(tree, "proc/self/ns");
	tree_write(tree, "proc/self/ns/mnt", "", 0);
	tree_write(tree, "proc/self/mountinfo", "", 0);
	tree_link(tree, "proc/self/root", "/");
}

static inline void
tree_close(struct tree *tree)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", tree->path);
	if (system(command) != 0)
		abort();
}

#endif /* TESTS_UNIT_PROMETHEUS_TREE_H */
