/* netlink.c - replies of the kernel: the parser and the readers above it stay within the buffer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nsnet/nsnet.h"

/* What a text is printed from lives until the end by design. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nlmsghdr *h;
	struct route_entry route;
	struct address address;
	struct link link;
	size_t at = 0;
	bool bad = false;
	char *copy = malloc(size ? size : 1); /* aligned, and the sanitizer knows its end */

	memcpy(copy, data, size);
	while ((h = netlink_next(copy, size, &at, &bad))) {
		if (link_read(h, &link) && strnlen(link.name, sizeof link.name) == sizeof link.name)
			abort();
		if (address_read(h, &address))
			free(types_print_cidr(&address.cidr));
		if (route_read(h, &route))
			free(types_print_route(&route.route));
	}
	free(copy);
	return 0;
}
