/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/lines.h - the records of a log as lines of JSON, an entry each.
 *
 *   {"k":"series","seg":S,"ref":R,"labels":{...}}
 *   {"k":"sample","seg":S,"ref":R,"labels":{...}|null,"t":ms,"v":bits,"st":ms}
 *   {"k":"hist",   ... "t":ms,"st":ms,"hist":{...}}, and "fhist"
 *   {"k":"exemplar", ... "t":ms,"v":bits,"elabels":{...}}
 *   {"k":"meta",   ... "type":n,"typename":"...","unit":"...","help":"..."}
 *   {"k":"tomb",   ... "iv":[[first,last]]}
 *   {"k":"mmap",   ... "mmap":n}
 *
 * "labels" are those of the last series record of the ref before the line, by
 * name.  Lines from a checkpoint have "cp":true after "seg".
 */
#ifndef AGENT_LINES_H
#define AGENT_LINES_H

#include "agent/ndjson.h"
#include "wal/follow.h"

struct lines;

/* Lines to ${out}, which must outlive them; NULL if there is no memory. */
struct lines *lines_new(struct ndjson *out);

/* Do nothing to NULL. */
void lines_free(struct lines *lines);

/**
 * lines_write(lines, entry):
 * Write a line for each thing in the record ${entry}; none if its type is
 * unknown.  WAL_CORRUPT, nothing written, if it does not decode.
 */
enum wal_status lines_write(struct lines *lines, const struct wal_entry *entry);

/* Forget all refs: a new log begins. */
void lines_forget(struct lines *lines);

#endif /* AGENT_LINES_H */
