/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wal/status.h - what every reader in wal/ returns.
 *
 * Below zero it failed, zero is done, above zero there is nothing to give yet.
 */
#ifndef WAL_STATUS_H
#define WAL_STATUS_H

enum wal_status {
	WAL_NOMEM = -3,   /* Out of memory; nothing was consumed. */
	WAL_CORRUPT = -2, /* The bytes break the format; retrying is no use. */
	WAL_IO = -1,      /* A system call failed; errno says why. */
	WAL_OK = 0,
	WAL_END = 1,    /* Nothing more yet; call again when the log grows. */
	WAL_WAIT = 2,   /* It is being read from disk; call again soon. */
	WAL_NOTICE = 3, /* Something to tell first; then call again at once. */
};

#endif /* WAL_STATUS_H */
