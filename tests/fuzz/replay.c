/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay FILE...: give a fuzzer each of these inputs, so that what once
 * crashed is tried in every build, also such without libFuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX (1u << 20) /* Bytes. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Try one file, in memory of its exact size: ASan sees one byte too far. */
static void
replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *room = malloc(INPUT_MAX), *data;
	size_t len;

	if (file == NULL || room == NULL) {
		perror(path);
		exit(1);
	}
	len = fread(room, 1, INPUT_MAX, file);
	(void)fclose(file);
	if ((data = realloc(room, len > 0 ? len : 1)) == NULL)
		abort();
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		replay(argv[i]);
	return argc > 1 ? 0 : 1;
}
