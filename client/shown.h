/* SPDX-License-Identifier: Apache-2.0 */
/* shown.h -- a text on its way to a terminal or a spreadsheet: what would steer either is shown
 * instead of sent.
 *
 * Texts of records hold no control characters, but an author's name may hold any, and a newer
 * node's answer whatever it likes. ESC would recolour the terminal or set its title, CR overwrite
 * the line, a bidirectional control turn it round. Such a character (C0, DEL, C1, bidirectional,
 * line separators, bytes that are no UTF-8) is shown as its bytes, \x1b, alike in tables and CSV. A
 * backslash is left alone, so what a record may hold reads back as it was. */
#ifndef BF_SHOWN_H
#define BF_SHOWN_H

#include "protocol/bytes.h"

/* Append `text`, fit to be shown. */
void shown_put(struct buf *out, struct bytes text);
/* The same for finished JSON: \u009b, which is the same value. C0 stand escaped in it already, but
 * for its own line ends. */
void shown_json(struct buf *out, struct bytes json);

#endif
