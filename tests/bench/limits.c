/* SPDX-License-Identifier: Apache-2.0 */
/* limits.c -- what this machine can do at best: one durable append, one hash, one signature check.
 *
 * limits DIR: prints {"fdatasync_per_s", "blake2b_250_per_s", "verify_per_s"}, each over about a
 * second. */
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "timing.h"

enum { PAGE = 4096, FILE_PAGES = 256 };

static double appends(const char *dir)
{
	char path[4096];
	static unsigned char page[PAGE];
	long n = 0;

	snprintf(path, sizeof path, "%s/limits.probe", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (int i = 0; i < FILE_PAGES; i++)
		if (fd < 0 || write(fd, page, PAGE) != PAGE)
			exit(1);
	fsync(fd);
	double began = now_s();

	for (; now_s() - began < 1.0; n++)
		if (pwrite(fd, page, PAGE, n % FILE_PAGES * PAGE) != PAGE || fdatasync(fd) != 0)
			exit(1);
	double rate = (double)n / (now_s() - began);

	close(fd);
	unlink(path);
	return rate;
}

static double hashes(void)
{
	unsigned char text[250] = { 1 }, out[32];
	long n = 0;
	double began = now_s();

	for (; n % 1024 != 0 || now_s() - began < 1.0; n++) {
		crypto_generichash(out, sizeof out, text, sizeof text, NULL, 0);
		text[0] = out[0];
	}
	return (double)n / (now_s() - began);
}

static double verifies(void)
{
	unsigned char pk[32], sk[64], sig[64], text[80] = { 2 };
	long n = 0;

	crypto_sign_keypair(pk, sk);
	crypto_sign_detached(sig, NULL, text, sizeof text, sk);
	double began = now_s();

	for (; n % 64 != 0 || now_s() - began < 1.0; n++)
		if (crypto_sign_verify_detached(sig, text, sizeof text, pk) != 0)
			exit(1);
	return (double)n / (now_s() - began);
}

int main(int argc, char **argv)
{
	if (argc != 2 || sodium_init() < 0)
		return 2;
	double a = appends(argv[1]), h = hashes(), v = verifies();

	printf("{\"fdatasync_per_s\": %.0f, \"blake2b_250_per_s\": %.0f, \"verify_per_s\": %.0f}\n",
	       a, h, v);
	return 0;
}
