/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/azure/stage.h - a directory of a test's own, whose programs are
 * found before those of the system.
 */
#ifndef TESTS_UNIT_AZURE_STAGE_H
#define TESTS_UNIT_AZURE_STAGE_H

#include <stdbool.h>

#include "packaging/azure/extension/files.h"

#define STAGE_PATHS 64u

struct stage {
	char path[64];
	char *search; /* PATH as it was. */
};

/* cmocka's set-up and tear-down; the state is the stage. */
int stage_open(void **state);
int stage_close(void **state);

/* The path of ${name} on it, valid for the next STAGE_PATHS calls. */
const char *stage_path(const struct stage *stage, const char *name);

/* Make the file ${name} hold ${text}, with the directories above it. */
void stage_write(const struct stage *stage, const char *name, const char *text);

/* What the file ${name} holds, to be freed; NULL if there is none. */
char *stage_read(const struct stage *stage, const char *name);

bool stage_has(const struct stage *stage, const char *name);

/* A program ${name} of the shell ${text}, whose $STAGE is the directory. */
void stage_program(
    const struct stage *stage, const char *name, const char *text);

#endif /* TESTS_UNIT_AZURE_STAGE_H */
