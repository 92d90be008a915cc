/* SPDX-License-Identifier: Apache-2.0 */
/* shells.h -- the completion scripts of packaging/completion, as the program carries them. */
#ifndef BF_SHELLS_H
#define BF_SHELLS_H

#define SHELLS "bash|zsh|fish"

/* Of the shell of that name; NULL: there is none. Static. */
const char *shells_script(const char *shell);

#endif
