/* SPDX-License-Identifier: Apache-2.0 */
/* keyfile.h -- who this node is: one Ed25519 seed in `node.key`, never lost silently and never
 * replaced.
 *
 * 32 bytes, 0600, made with O_EXCL beside its place, fsynced, linked into place, directory fsynced:
 * a cut leaves a whole key or none. The program never writes over a key that is there. Thread:
 * start of the process only. */
#ifndef BF_KEYFILE_H
#define BF_KEYFILE_H

#include "protocol/crypto.h"
#include "protocol/fault.h"

#define KEYFILE_NAME "node.key"

/* BF_ENOTFOUND (no fault said) when there is none; FAULT_KEY_DAMAGED, FAULT_KEY_OPEN (others may
 * read it). */
int keyfile_load(const char *dir, struct key_pair *out, struct fault *f);
/* From `seed`; BF_EEXIST when there is one. */
int keyfile_make(const char *dir, const uint8_t seed[SEED_BYTES], struct fault *f);

#endif
