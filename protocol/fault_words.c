/* SPDX-License-Identifier: Apache-2.0 */
/* fault_words.c -- what the system says in English, for a Chinese sentence.
 *
 * Details of faults come from errno, libuv, getaddrinfo and OpenSSL: three spaces of numbers, made
 * in ten files. All that reaches a reader passes through fault_say, as text; so here the text is
 * the key and no caller needs to know. A row holds libuv's wording and glibc's where they differ.
 * What has no row stays English: better than a guess. Every row has two words or more, since a
 * detail may also be what somebody typed, and that must be quoted as it is. Compared without regard
 * to case. */
#include "fault.h"

/* clang-format off */
static const struct words rows[] = {
	/* files and disks */
	{ "没有权限", "permission denied" },
	{ "没有权限", "operation not permitted" },
	{ "没有这个文件或目录", "no such file or directory" },
	{ "已经存在", "file already exists" }, { "已经存在", "file exists" },
	{ "不是目录", "not a directory" },
	{ "是目录，不是文件", "illegal operation on a directory" }, { "是目录，不是文件", "is a directory" },
	{ "目录里还有文件", "directory not empty" },
	{ "名称太长", "name too long" }, { "名称太长", "file name too long" },
	{ "符号链接绕了圈", "too many symbolic links encountered" }, { "符号链接绕了圈", "too many levels of symbolic links" },
	{ "磁盘已满", "no space left on device" },
	{ "超出磁盘配额", "disk quota exceeded" },
	{ "磁盘是只读的", "read-only file system" },
	{ "磁盘读写出错", "i/o error" }, { "磁盘读写出错", "input/output error" },
	{ "文件太大", "file too large" },
	{ "正被占用", "resource busy or locked" }, { "正被占用", "device or resource busy" },
	{ "没有这个设备", "no such device" }, { "没有这个设备", "no such device or address" },
	{ "不是文件", "not a file" },
	/* memory and bounds of a process */
	{ "内存不足", "not enough memory" }, { "内存不足", "cannot allocate memory" }, { "内存不足", "out of memory" },
	{ "打开的文件太多", "too many open files" }, { "打开的文件太多", "file table overflow" },
	{ "打开的文件太多", "too many open files in system" },
	{ "缓冲区不足", "no buffer space available" },
	{ "参数无效", "invalid argument" },
	{ "暂时不可用", "resource temporarily unavailable" },
	{ "系统没有这个功能", "function not implemented" },
	/* the network */
	{ "对方拒绝连接", "connection refused" },
	{ "对方断开了连接", "connection reset by peer" },
	{ "对方断开了连接", "broken pipe" },
	{ "对方断开了连接", "end of file" },
	{ "连接中止", "software caused connection abort" },
	{ "对方关闭了连接", "connection closed" },
	{ "没有连接", "socket is not connected" }, { "没有连接", "transport endpoint is not connected" },
	{ "连接超时", "connection timed out" }, { "连接超时", "timed out" },
	{ "网络不通", "network is unreachable" },
	{ "网络已断开", "network is down" }, { "网络已断开", "machine is not on the network" },
	{ "找不到对方主机", "host is unreachable" }, { "找不到对方主机", "no route to host" },
	{ "对方主机没有开", "host is down" },
	{ "地址已被占用", "address already in use" },
	{ "本机没有这个地址", "address not available" }, { "本机没有这个地址", "cannot assign requested address" },
	{ "不支持这种地址", "address family not supported" }, { "不支持这种地址", "address family not supported by protocol" },
	{ "操作已取消", "operation canceled" }, { "操作已取消", "request canceled" },
	/* names of hosts */
	{ "查不到这个主机名", "unknown node or service" }, { "查不到这个主机名", "no address" },
	{ "暂时查不到主机名", "temporary failure" },
	{ "查主机名失败", "permanent failure" },
	/* TLS */
	{ "对方说的不是加密协议", "wrong version number" }, { "对方说的不是加密协议", "http request" },
	{ "对方说的不是加密协议", "packet length too long" },
	{ "对方中途断开", "unexpected eof while reading" },
	{ "对方说的不是帮扶协议", "no application protocol" }, { "对方说的不是帮扶协议", "tlsv1 alert no application protocol" },
	{ "对方不认识这把密钥", "tlsv1 alert unknown ca" }, { "对方不认识这把密钥", "tlsv1 alert access denied" },
	/* our own links: link.c, link_pump.c */
	{ "握手没有完成", "in the handshake" }, { "连不上", "while connecting" },
	{ "一帧没有收完", "within a frame" }, { "一帧没有收完", "bytes without a frame" },
	{ "长时间没有动静", "nothing was heard" }, { "整次同步太久", "the whole session" },
	{ "对方迟迟不读", "bytes not read by the peer" },
};
/* clang-format on */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

struct words fault_words(const char *text)
{
	if (text == NULL)
		return (struct words){ "", "" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (same(rows[i].en, text))
			return (struct words){ rows[i].zh, text };
	return (struct words){ text, text };
}
