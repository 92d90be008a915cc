/* SPDX-License-Identifier: Apache-2.0 */
/* man.h -- the manual page of section 1, from the same tables as help: packaging/bangfu.1 is what
 * it prints. */
#ifndef BF_MAN_H
#define BF_MAN_H

#include "client/client.h"

void man_print(const struct client *c);

#endif
