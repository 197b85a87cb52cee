/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "agent/auth/vault.h"

int
vault_open(struct vault *vault, size_t max)
{
	void *memory = mmap(NULL, max + 1, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	/* Where the kernel cannot, the secret is still wiped after use. */
	(void)madvise(memory, max + 1, MADV_DONTDUMP);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	*vault = (struct vault){ .text = memory, .size = max + 1 };
	return 0;
}

void
vault_put(struct vault *vault, const char *text)
{
	size_t len = strlen(text);

	assert(len < vault->size);
	vault_wipe(vault);
	memcpy(vault->text, text, len + 1);
}

void
vault_wipe(struct vault *vault)
{
	explicit_bzero(vault->text, strlen(vault->text));
}

void
vault_close(struct vault *vault)
{
	if (vault->text == NULL)
		return;
	vault_wipe(vault);
	(void)munmap(vault->text, vault->size);
	*vault = (struct vault){ 0 };
}
