/* SPDX-License-Identifier: Apache-2.0 */
/* node_words.h -- what the hub says of a node in words, in the few that a column of a table has room
 * for. A word that is not known here is shown as it came: a newer hub's. */
#ifndef BF_NODE_WORDS_H
#define BF_NODE_WORDS_H

#include "client/client.h"

const char *node_word(const struct client *c, struct bytes word); /* role, state; "?" */
/* What is worst of it, or that it is revoked; "" when nothing is wrong. */
const char *node_trouble(const struct client *c, struct mp_val node);
/* Why: what made its last session fail, by the fault's name, or by how much its clock is off; nothing when
 * neither is. Appended to `out`. */
void node_why(const struct client *c, struct mp_val node, struct buf *out);
/* "宝山村委会（莫力达瓦达斡尔族自治旗 宝山镇）": what tells places of one name apart follows, so that a narrow
 * column cuts that. A file has the path. Appended to `out`. */
void node_place(const struct client *c, struct mp_val node, struct buf *out);

#endif
