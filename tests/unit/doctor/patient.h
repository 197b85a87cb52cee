/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/doctor/patient.h - an examination of a host that a test makes up:
 * a directory with data/wal in it, and a configuration.
 */
#ifndef TESTS_UNIT_DOCTOR_PATIENT_H
#define TESTS_UNIT_DOCTOR_PATIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/doctor/exam.h"
#include "tests/unit/prometheus/tree.h"
#include "tests/unit/wal/writer.h"

struct patient {
	struct tree tree;
	struct exam exam;
	struct finding finding;
	struct writer writer;
	char data[64], state[64], spool[64], wal[64], path[64];
};

/**
 * patient_configure(p, more):
 * Its configuration, with ${more} lines, of which those of remote_write are to
 * be the last.
 */
static inline void
patient_configure(struct patient *p, const char *more)
{
	struct buf text, faults;
	FILE *file = fopen(p->path, "w");

	buf_init(&text, 65536);
	buf_init(&faults, 65536);
	buf_printf(&text,
	    "prometheus: {data_dir: %s}\nstate_dir: %s\n"
	    "spool: {dir: %s, min_free: 0}\n%s",
	    p->data, p->state, p->spool, more);
	if (file == NULL || fputs(buf_text(&text), file) < 0 ||
	    fclose(file) != 0)
		abort();
	config_free(p->exam.config);
	p->exam.config =
	    config_parse(p->path, buf_text(&text), text.len, &faults);
	if (p->exam.config == NULL)
		fail_msg("%s", buf_text(&faults));
	exam_turn_to(&p->exam, &p->exam.config->remotes[0]);
	buf_release(&text);
	buf_release(&faults);
}

/* The same, which sends to ${url}. */
static inline void
patient_send_to(struct patient *p, const char *url)
{
	char more[1024];

	(void)snprintf(
	    more, sizeof(more), "remote_write: [{url: '%s'}]\n", url);
	patient_configure(p, more);
}

static inline int
patient_open(void **state)
{
	struct patient *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	tree_open(&p->tree);
	tree_mkdir(&p->tree, "data/wal");
	(void)snprintf(p->data, sizeof(p->data), "%s/data", p->tree.path);
	(void)snprintf(p->wal, sizeof(p->wal), "%s/data/wal", p->tree.path);
	(void)snprintf(p->state, sizeof(p->state), "%s/state", p->tree.path);
	(void)snprintf(p->spool, sizeof(p->spool), "%s/spool", p->tree.path);
	(void)snprintf(p->path, sizeof(p->path), "%s/w.yml", p->tree.path);
	log_to(open("/dev/null", O_WRONLY | O_CLOEXEC));
	p->exam.path = p->path;
	p->exam.hosts = 1;
	(void)strcpy(p->exam.user, "tester");
	p->exam.wal_dir = strdup(p->wal);
	assert_int_equal(exam_open(&p->exam), 0);
	patient_send_to(p, "http://localhost:1/write");
	*state = p;
	return 0;
}

static inline int
patient_close(void **state)
{
	struct patient *p = *state;

	exam_close(&p->exam);
	tree_close(&p->tree);
	free(p);
	return 0;
}

/* Its log: begin, and end; in between use the writer. */
static inline void
patient_write(struct patient *p)
{
	p->writer = (struct writer){ 0 };
	writer_open_dir(&p->writer, p->wal, 0);
}

static inline void
patient_written(struct patient *p)
{
	writer_close(&p->writer);
}

/* What ${look} finds must be ${result}, in these words; "" for any. */
static inline void
patient_finds(struct patient *p, exam_look_fn *look, enum finding_result result,
    const char *found, const char *mend)
{
	p->finding = (struct finding){ 0 };
	look(&p->exam, &p->finding);
	if (p->finding.result != result ||
	    strstr(p->finding.found, found) == NULL ||
	    strstr(p->finding.mend, mend) == NULL)
		fail_msg("%s: %s (do: %s)", finding_word(p->finding.result),
		    p->finding.found, p->finding.mend);
	/* What fails can be mended, what is well need not be. */
	assert_int_equal(p->finding.mend[0] != '\0',
	    result == FINDING_WARN || result == FINDING_FAIL);
}

#define PATIENT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, patient_open, patient_close)

#endif /* TESTS_UNIT_DOCTOR_PATIENT_H */
