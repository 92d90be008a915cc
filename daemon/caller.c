/* SPDX-License-Identifier: Apache-2.0 */
/* caller.c -- see caller.h. */
#include "daemon/caller.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/bytes.h"
#include "protocol/errors.h"

enum { ROW_BYTES_MAX = 64 * 1024, GROUPS_USUAL = 64, GROUPS_MAX = 65536 /* NGROUPS_MAX */ };

/* ---- the rule ---- */

int caller_rule_init(struct caller_rule *rule, const char *group, struct fault *f)
{
	struct group row, *found = NULL;

	*rule = (struct caller_rule){ .by_group = group[0] != '\0' };
	if (!rule->by_group)
		return 0;
	char *text = malloc(ROW_BYTES_MAX); /* a row names all its members */

	if (text == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	int err = getgrnam_r(group, &row, text, ROW_BYTES_MAX, &found);

	if (found != NULL)
		rule->group = row.gr_gid;
	free(text);
	return found != NULL ? 0
			     : fault_say(f, FAULT_SOCKET_GROUP, group,
					 strerror(err != 0 ? err : ENOENT), NULL);
}

/* ---- the file ---- */

/* The first directory of `path` that the group cannot pass; false when all are open to it. A
 * directory that an access list opens must show its group's x too; chgrp is simpler. */
static bool find_closed(const struct caller_rule *rule, const char *path, char out[])
{
	struct stat st;

	for (const char *p = path; (p = strchr(p, '/')) != NULL; p++) {
		size_t len = p == path ? 1 : (size_t)(p - path);

		memcpy(out, path, len);
		out[len] = '\0';
		bool open = stat(out, &st) == 0 &&
			    ((st.st_mode & S_IXOTH) != 0 ||
			     (st.st_gid == rule->group && (st.st_mode & S_IXGRP) != 0));
		if (!open)
			return true;
	}
	return false;
}

int caller_open_file(const struct caller_rule *rule, const char *group, const char *path,
		     struct fault *f)
{
	char closed[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct stat st;

	if (!rule->by_group)
		return 0;
	if (find_closed(rule, path, closed))
		return fault_say(f, FAULT_SOCKET_DIR, closed, group, NULL);
	/* The shipped unit runs with this group as its own and may not call chown at all. */
	if (stat(path, &st) != 0 ||
	    (st.st_gid != rule->group && lchown(path, (uid_t)-1, rule->group) != 0) ||
	    chmod(path, 0660) != 0)
		return fault_say(f, FAULT_SOCKET_GROUP, group, strerror(errno), NULL);
	return 0;
}

/* ---- the caller ---- */

static void login_name(uid_t uid, char name[AUTHOR_BYTES_MAX + 1])
{
	struct passwd row, *found = NULL;
	char text[2048];

	snprintf(name, AUTHOR_BYTES_MAX + 1, "uid:%u", (unsigned)uid);
	if (getpwuid_r(uid, &row, text, sizeof(text), &found) == 0 && found != NULL &&
	    bytes_utf8(bytes_str(row.pw_name)) && !bytes_control(bytes_str(row.pw_name)))
		bytes_cstr(bytes_str(row.pw_name), name, AUTHOR_BYTES_MAX + 1);
}

static bool is_member(int fd, gid_t group)
{
	gid_t usual[GROUPS_USUAL], *all = usual, *more = NULL;
	socklen_t len = sizeof(usual);
	bool member = false;
	int rc = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all, &len);

	if (rc != 0 && errno == ERANGE && len <= GROUPS_MAX * sizeof(gid_t)) {
		all = more = malloc(len);
		rc = more == NULL ? -1 : getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, all, &len);
	}
	for (size_t i = 0; rc == 0 && i < len / sizeof(gid_t) && !member; i++)
		member = all[i] == group;
	free(more);
	return member;
}

bool caller_admit(const struct caller_rule *rule, int fd, uid_t *uid,
		  char name[AUTHOR_BYTES_MAX + 1])
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	*uid = (uid_t)-1;
	snprintf(name, AUTHOR_BYTES_MAX + 1, "?");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	*uid = peer.uid;
	login_name(peer.uid, name);
	return peer.uid == geteuid() || peer.uid == 0 ||
	       (rule->by_group && (peer.gid == rule->group || is_member(fd, rule->group)));
}
