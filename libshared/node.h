/*
 * node.h - the device nodes of [devices]: nsinit makes them in a private /dev, nscgroup lets the
 * container use them.
 */
#ifndef NSK_NODE_H
#define NSK_NODE_H

#include <stdint.h>
#include <sys/stat.h>

#include "key.h"

/* One device node. */
struct node {
	char *path; /* below /dev/ */
	char type;  /* 'c', 'b'; 0: as the host's node of that path */
	uint32_t major, minor, mode, uid, gid;
};

struct devices_conf {
	signed char defaults;
	struct list nodes; /* struct node */
};

/* The largest device numbers that the kernel has. */
enum { NODE_MAJOR_MAX = 4095, NODE_MINOR_MAX = 1048575 };

extern const struct key devices_keys[]; /* of struct devices_conf */
#define DEVICES_KEYS devices_keys, "devices"
extern const struct type type_node;
extern const struct node node_default[];  /* ended by path == NULL */
extern const char *const node_links[][2]; /* of a private /dev: name, target; ended by NULL */

/* The host's node of that path; dies as "[devices] KEY: PATH: ..." when it is none. */
void node_stat(const char *key, const char *path, struct stat *);

#endif
