/*
 * applets.h - the one list of applets.  To add one: a folder with its NAME_applet, and a word here.
 */
#ifndef NSK_APPLETS_H
#define NSK_APPLETS_H

#include "applet.h"

#define APPLETS(X) X(nsexec) X(nsenter) X(nsnet) X(nscgroup) X(nsinit)

#define DECLARE_APPLET(name) extern const struct applet name##_applet;
APPLETS(DECLARE_APPLET)
#undef DECLARE_APPLET

#endif
