/* SPDX-License-Identifier: Apache-2.0 */
/* epoch.h -- in which life of its order a store is, as stations know it (protocol/README.md section
 * 3).
 *
 * Drawn when the store is made, and anew when its operator says that it was restored from a copy:
 * what stations were told in the life before no longer binds it. Nobody else changes it. */
#ifndef BF_EPOCH_H
#define BF_EPOCH_H

#include "storage/acts.h"
#include "storage/store.h"

/* Begin the life `epoch`: random, from the caller, neither 0 nor the present one (BF_EINVAL).
 * Writer; commits: on return 0 it is on the disk. Else BF_EFULL, BF_EIO, and nothing has changed.
 */
int epoch_renew(struct store *s, uint64_t epoch, struct act *act, struct fault *f);

#endif
