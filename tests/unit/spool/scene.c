/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "tests/unit/spool/scene.h"

void
scene_begin(struct scene *scene)
{
	scene->way = fd_way_new(&(struct fd_way_options){
	    .clock = sim_clock(scene->sim),
	    .worker = &scene->lazy.worker,
	    .stats = scene->stats,
	    .dir = fcntl(scene->shelf.dir, F_DUPFD_CLOEXEC, 0),
	    .path = scene->shelf.path,
	    .reserve.bytes = scene->min_free,
	});
	assert_non_null(scene->way);
}

void
scene_end(struct scene *scene)
{
	if (scene->way != NULL)
		scene->way->free(scene->way);
	scene->way = NULL;
	lazy_work(&scene->lazy);
}

int
scene_set_up(void **state)
{
	static struct scene scene;

	scene = (struct scene){ .manager.socket = -1 };
	(void)unsetenv("NOTIFY_SOCKET");
	log_init(LOG_ERROR, LOG_LOGFMT);
	scratch_open(&scene.log);
	scratch_open(&scene.shelf);
	scene.sim = sim_new(&(struct sim_receiver){ 0 });
	lazy_init(&scene.lazy);
	scene.stats = stats_new();
	*state = &scene;
	return scene.sim == NULL || scene.stats == NULL ? -1 : 0;
}

int
scene_tear_down(void **state)
{
	struct scene *scene = *state;

	scene_end(scene);
	stats_free(scene->stats);
	sim_free(scene->sim);
	scratch_close(&scene->log);
	scratch_close(&scene->shelf);
	if (scene->manager.socket != -1)
		manager_close(&scene->manager);
	return 0;
}

/* The name of segment ${number}. */
static struct spool_name
name_of(uint64_t number)
{
	return (struct spool_name){ 1, number };
}

int
scene_hold(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	char file[24];
	int fd, result, error;

	(void)snprintf(file, sizeof(file), "%08u", (unsigned int)number);
	scratch_write(&scene->log, file, file);
	fd = openat(scene->log.dir, file, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	result = scene->way->hold(scene->way, &name,
	    &(struct spool_file){ scene->log.path, file, fd });
	error = errno;
	(void)close(fd);
	errno = error;
	return result;
}

void
scene_delete(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	char file[24];

	(void)snprintf(file, sizeof(file), "%08u", (unsigned int)number);
	assert_int_equal(unlinkat(scene->log.dir, file, 0), 0);
	scene->way->orphaned(scene->way, &name);
}

bool
scene_holds(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	char wanted[24], found[24] = "";
	int fd = scene->way->open(scene->way, &name);

	if (fd == -1) {
		assert_int_equal(errno, ENOENT);
		return false;
	}
	(void)snprintf(wanted, sizeof(wanted), "%08u", (unsigned int)number);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(read(fd, found, sizeof(found) - 1), strlen(wanted));
	assert_string_equal(found, wanted);
	(void)close(fd);
	return true;
}

bool
scene_has_copied(const struct scene *scene, uint64_t number)
{
	char text[SPOOL_NAME_MAX];
	struct spool_name name = name_of(number);

	spool_name_format(&name, text);
	return scratch_has(&scene->shelf, text);
}

uint64_t
scene_pinned(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);
	dev_t device = 0;
	struct stat st;
	uint64_t bytes = scene->way->pinned(scene->way, &name, &device);

	assert_int_equal(fstat(scene->log.dir, &st), 0);
	assert_int_equal(device, bytes > 0 ? st.st_dev : 0);
	return bytes;
}

void
scene_let_go(struct scene *scene, uint64_t number)
{
	struct spool_name name = name_of(number);

	scene->way->let_go(scene->way, &name);
}

static void
note(void *arg, const struct spool_name *name)
{
	struct scene *scene = arg;

	assert_int_equal(name->generation, 1);
	assert_true(scene->listed_len < 8);
	scene->listed[scene->listed_len++] = (int)name->number;
}

void
scene_list(struct scene *scene)
{
	scene->listed_len = 0;
	assert_int_equal(scene->way->list(scene->way, note, scene), 0);
}
