/*
 * nskit.h - the commands of nskit itself: argv[0] is the command's name; an exit status comes back.
 */
#ifndef NSK_NSKIT_H
#define NSK_NSKIT_H

/* conf get FILE SECTION.KEY | check FILE | print FILE [--json] | explain FILE | keys [--all] */
int conf_main(char **argv);

/* conf keys: the table of keys; --all: every row, of which scripts/dev/document makes the documents */
int keys_main(char **argv);

/* state list|show|wait|gc|kill|stop ... */
int state_main(char **argv);

#endif
