# nskit: one static binary, a runnable tree and its documents, all below build/. No configure step.
#
#   make              build/nskit, build/bin/, man pages, completion
#   make demo test    everything that is needed is set up first; likewise bench, lint, fuzz
#   make install      PREFIX DESTDIR BINDIR LIBEXECDIR MANDIR DATADIR SYSCONFDIR INSTALL_NSENTER=1
#   make V=1          shows the commands
#
# CC CROSS_COMPILE CFLAGS LDFLAGS DEPS_DIR are honoured; changing one rebuilds what it concerns.

VERSION := 0.1.0

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)

# Where this run builds. The native tool of a cross build is a run of its own in build/host.
B := build

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
FORCE:
.PHONY: FORCE

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- compilers ----------------------------------------------------------------------------------

# A cross compiler that makes musl programs is taken as it is; for any other, musl is built first.
ifeq ($(origin CC),default)
ifeq ($(CROSS_COMPILE),)
CC := musl-gcc
else ifneq ($(findstring musl,$(CROSS_COMPILE)),)
CC := $(CROSS_COMPILE)gcc
else
TARGET := $(CROSS_COMPILE:-=)
CROSS_MUSL := build/cross/$(TARGET)
CC := $(CROSS_MUSL)/bin/musl-gcc
endif
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
STRIP ?= $(CROSS_COMPILE)strip
HOSTCC ?= musl-gcc
# -Oz is younger than -Os: gcc 12, clang 5.
SMALL := $(shell $(CC) -Oz -E -x c /dev/null >/dev/null 2>&1 && echo -Oz || echo -Os)
CFLAGS ?= $(SMALL) -g
LDFLAGS ?=
# A gcc compiles the whole program at once, at its link: 12 KB less. (A clang would need a linker of its own.)
# It optimizes less where that makes more code: another 3 KB.
# Nothing here calculates with fractions: without their registers a function of `...` saves none.
# The objects are whole without that, too: archives of them want no plugin.
WHOLE := $(shell echo __clang__ | $(CC) -flto -E -P -x c - 2>/dev/null | grep -q __clang__ && \
	echo -flto -ffat-lto-objects -flto-partition=one -fno-move-loop-invariants -fno-expensive-optimizations \
	-fno-caller-saves -fno-tree-tail-merge -fno-shrink-wrap -fno-jump-tables -mgeneral-regs-only)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow

# inih's header is told by macros how its library was built: one list, the one of the script.
INI_FLAGS := $(shell scripts/dev/deps --ini-flags)

# Our headers are found by "x.h" alone, so that <ini.h> is inih's.
CPPFLAGS_ALL = $(LANGUAGE) $(BUILD_INFO) -ffile-prefix-map='$(CURDIR)=.'
LANGUAGE = -std=c11 -D_GNU_SOURCE -iquote libshared -iquote applets $(INI_FLAGS) \
	-DNSK_VERSION='"$(VERSION)"' -DNSK_SYSCONFDIR='"$(SYSCONFDIR)"' -DNSK_LIBEXECDIR='"$(LIBEXECDIR)"'

# What --build-info tells. Nothing of the place or the time: the binary must be reproducible.
BUILD_CC := $(notdir $(firstword $(CC))) $(shell $(if $(TARGET),$(TARGET)-gcc,$(CC)) -dumpfullversion -dumpversion 2>/dev/null)
BUILD_LIBS := $(shell CC='$(CC)' scripts/dev/deps --versions)
BUILD_INFO := -DNSK_BUILD_CC='"$(BUILD_CC)"' -DNSK_BUILD_LIBS='"$(BUILD_LIBS)"'

# flavour NAME DIRECTORY: NAME_CC and NAME_CFLAGS compile every source to DIRECTORY/obj, with the
# libraries in DIRECTORY/lib. DIRECTORY/flags remembers how: other flags make everything old.
define flavour
$(1)_ALL = $$(CPPFLAGS_ALL) -isystem $(2)/include -isystem $(2)/kh $$(WARNINGS) $$($(1)_CFLAGS)
$(1)_HOW = $$(strip $$($(1)_CC) $$($(1)_ALL) $$($(1)_LDFLAGS))

ifneq ($$(strip $$(file <$(2)/flags)),$$($(1)_HOW))
$(2)/flags: FORCE
endif
$(2)/flags:
	@mkdir -p $$(@D)
	@printf '%s\n' '$$(subst ','\'',$$($(1)_HOW))' >$$@

$(2)/lib/libcap-ng.a $(2)/lib/libinih.a &: scripts/dev/deps $(2)/flags $$($(1)_NEEDS)
	@CC='$$($(1)_CC)' AR='$$(AR)' CFLAGS='$$($(1)_CFLAGS)' scripts/dev/deps -o $(2) $$(if $$(TARGET),-t $$(TARGET))
	@touch $(2)/lib/libcap-ng.a $(2)/lib/libinih.a

$(2)/obj/%.o: %.c $(2)/flags $(2)/lib/libinih.a
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$($(1)_ALL) -MMD -MP -c -o $$@ $$<

-include $$(patsubst %.c,$(2)/obj/%.d,$$(SOURCES))
endef

SHARED := $(sort $(wildcard libshared/*.c))
APPLETS := $(sort $(wildcard applets/*.c applets/*/*.c))
SOURCES := $(SHARED) $(APPLETS)

# ---- the binary ---------------------------------------------------------------------------------

main_CC = $(CC)
main_CFLAGS = -fPIE -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections -fstack-protector $(WHOLE) $(CFLAGS)
main_LDFLAGS = $(LDFLAGS)
main_NEEDS = $(if $(CROSS_MUSL),$(CROSS_MUSL)/.stamp)
$(eval $(call flavour,main,$(B)))

OBJECTS := $(SOURCES:%.c=$(B)/obj/%.o)
LIBS := $(B)/lib/libcap-ng.a $(B)/lib/libinih.a
# Constants share a segment with the code: two mappings and up to 8 KB of padding less.
# RELRO is a word to a dynamic loader, with up to 4 KB of padding: nskit protects its tables itself (image.h).
LINK_FLAGS := -Wl,-z,norelro,-z,now,-z,noexecstack,-z,noseparate-code,--gc-sections,--build-id=none

# `musl-gcc -static-pie` makes a dynamic file without a word: its specs name the wrong start file.
# So the wrapper's own directory of start files is asked for, and the link is spelt out.
# On x86_64 the relative relocations are packed: libshared/relr.c applies them.
PACK_FLAGS = -Wl,-z,pack-relative-relocs,--hash-style=gnu,-e,nsk_start
PACK = $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),$(PACK_FLAGS))
define link_musl_wrapper
crt=$$($(CC) -static -### -x c /dev/null 2>&1 | sed -n 's|.*[" ]\(/[^" ]*\)/crti\.o.*|\1|p') && \
$(CC) $(main_CFLAGS) $(LDFLAGS) -static -nostartfiles "$$crt/rcrt1.o" "$$crt/crti.o" $(OBJECTS) $(LIBS) \
	-Wl,-static,-pie,--no-dynamic-linker,-z,text $(LINK_FLAGS) $(PACK) "$$crt/crtn.o" -o $@
endef
link_static_pie = $(CC) $(main_CFLAGS) $(LDFLAGS) -static-pie $(OBJECTS) $(LIBS) $(LINK_FLAGS) -o $@
IS_WRAPPER := $(filter musl-gcc,$(notdir $(firstword $(CC))))

$(B)/nskit.dbg: $(OBJECTS) $(LIBS) $(B)/flags
	$(call say,LINK,$@)
	$(Q)$(if $(IS_WRAPPER),$(link_musl_wrapper),$(link_static_pie))

# The size is promised of the native musl build: a glibc alone is larger than that, and other machines
# have larger pages and code; CFLAGS of one's own may want speed.
PROMISED = $(if $(CROSS_COMPILE),,$(if $(filter file,$(origin CFLAGS)),$(findstring musl,$(CC))))
$(B)/nskit: $(B)/nskit.dbg scripts/dev/check-binary
	$(call say,STRIP,$@)
	$(Q)$(STRIP) -R .comment -o $@.tmp $<
	$(Q)scripts/dev/check-binary $(if $(PROMISED),,--any-size) $@.tmp
	$(Q)mv $@.tmp $@

ifneq ($(CROSS_MUSL),)
$(CROSS_MUSL)/.stamp: scripts/dev/deps
	$(Q)scripts/dev/deps --musl $(TARGET) $(CROSS_MUSL)
	@touch $@
endif

# ---- the runnable tree --------------------------------------------------------------------------

# The applets by their one list; nsenter stands apart, its name being util-linux's as well.
LINKS := $(filter-out nsenter,$(shell sed -n 's/^\#define APPLETS(X)//p' applets/applets.h | sed 's/X(\([a-z]*\))/\1/g'))
SCRIPTS := $(notdir $(wildcard scripts/nsrun scripts/nsctl))
NAMES := nskit $(LINKS) nsenter
BIN := $(NAMES:%=$(B)/bin/%) $(SCRIPTS:%=$(B)/bin/%)

fill_in = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
	-e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g'

$(NAMES:%=$(B)/bin/%): | $(B)/nskit
	@mkdir -p $(@D)
	$(Q)ln -sfn ../nskit $@

$(SCRIPTS:%=$(B)/bin/%): $(B)/bin/%: scripts/% $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(fill_in) $< >$@.tmp && chmod 755 $@.tmp && mv $@.tmp $@

# ---- documents, from the binary's own table of keys ---------------------------------------------

# A cross-built binary cannot be asked here: NSKIT_HOST names one that can, or one is built.
ifeq ($(CROSS_COMPILE),)
NSKIT_HOST ?= $(B)/nskit
else
NSKIT_HOST ?= build/host/nskit
endif

ifneq ($(B),build/host)
build/host/nskit: FORCE
	$(Q)$(MAKE) --no-print-directory $(if $(V),,-s) B=build/host CROSS_COMPILE= CC='$(HOSTCC)' CFLAGS=-Os LDFLAGS= build/host/nskit
endif

PAGES :=

# page TEMPLATE SECTION: TEMPLATE (dir/NAME.SECTION.in) makes man/manSECTION/NAME.SECTION.
define page
PAGES += $(B)/man/man$(2)/$(notdir $(1:.in=))
$(B)/man/man$(2)/$(notdir $(1:.in=)): $(1) $(NSKIT_HOST) scripts/dev/document $(B)/flags
	$$(call say,MAN,$$@)
	@mkdir -p $$(@D)
	$$(Q)if grep -q '^@OPTIONS@$$$$' $$<; then \
		scripts/dev/document $(NSKIT_HOST) options $(basename $(notdir $(1:.in=))) >$$@.keys; \
	elif grep -q '^@KEYS@$$$$' $$<; then \
		scripts/dev/document $(NSKIT_HOST) keys >$$@.keys; \
	else \
		: >$$@.keys; \
	fi
	$$(Q)sed -e '/^@OPTIONS@$$$$/r $$@.keys' -e '/^@KEYS@$$$$/r $$@.keys' \
		-e '/^@OPTIONS@$$$$/d' -e '/^@KEYS@$$$$/d' $$< | $$(fill_in) >$$@.tmp
	@rm -f $$@.keys
	$$(Q)mv $$@.tmp $$@
endef
$(foreach s,1 5 7,$(foreach t,$(sort $(wildcard applets/*/*.$(s).in scripts/*.$(s).in)),$(eval $(call page,$(t),$(s)))))

COMPLETION_DIR := $(B)/share/bash-completion/completions
COMPLETIONS := $(patsubst %,$(COMPLETION_DIR)/%,$(NAMES) $(SCRIPTS))

$(COMPLETION_DIR)/nskit: $(NSKIT_HOST) scripts/dev/document
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)scripts/dev/document $(NSKIT_HOST) completion >$@.tmp && mv $@.tmp $@

# The loader of completions looks for a file of the command's name.
$(filter-out %/nskit,$(COMPLETIONS)): | $(COMPLETION_DIR)/nskit
	$(Q)ln -sfn nskit $@

# config/default.ini is committed, since it is documentation; a test compares it with the table.
.PHONY: generate default.ini
generate default.ini: $(NSKIT_HOST) scripts/dev/document
	$(call say,GEN,config/default.ini)
	@mkdir -p config
	$(Q)scripts/dev/document $(NSKIT_HOST) ini >config/default.ini.tmp && mv config/default.ini.tmp config/default.ini

.PHONY: all
all: $(B)/nskit $(BIN) $(PAGES) $(COMPLETIONS)

# ---- what tests are made of ---------------------------------------------------------------------

# Unit tests run under the address and undefined behaviour sanitizers, which need a glibc.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
GLIBC_CC ?= gcc
FUZZ_CC ?= clang
unit_CC = $(GLIBC_CC)
unit_CFLAGS = -O1 -g -DNSKIT_NO_MAIN $(SANITIZE)
fuzz_CC = $(FUZZ_CC)
fuzz_CFLAGS = -O1 -g -DNSKIT_NO_MAIN -fsanitize=fuzzer-no-link $(SANITIZE)
$(eval $(call flavour,unit,build/flavour/unit))
$(eval $(call flavour,fuzz,build/flavour/fuzz))

# Everything as an archive, so that a test may stand in for a module by defining its functions.
build/flavour/%/nskit.a:
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcD $@ $^
build/flavour/unit/nskit.a: $(SOURCES:%.c=build/flavour/unit/obj/%.o)
build/flavour/fuzz/nskit.a: $(SOURCES:%.c=build/flavour/fuzz/obj/%.o)
$(B)/libshared.a: $(patsubst %.c,$(B)/obj/%.o,$(filter-out libshared/lean%.c libshared/printf.c,$(SHARED)))
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcD $@ $^

programs = $(patsubst tests/$(1)/%.c,build/$(1)/%,$(sort $(wildcard tests/$(1)/*.c)))
UNIT := $(call programs,unit)
FUZZ := $(call programs,fuzz)
BENCH := $(call programs,bench)
TOOLS := $(call programs,tools)

# Their header dependencies lie apart, so that a directory of programs holds nothing else.
dep = build/flavour/$(subst /,-,$(1)).d

build/unit/%: tests/unit/%.c build/flavour/unit/nskit.a
	$(call say,UNIT,$@)
	@mkdir -p $(@D)
	$(Q)$(unit_CC) $(unit_ALL) -MMD -MP -MF $(call dep,$@) -o $@ $< build/flavour/unit/nskit.a \
		build/flavour/unit/lib/libcap-ng.a build/flavour/unit/lib/libinih.a

build/fuzz/%: tests/fuzz/%.c build/flavour/fuzz/nskit.a
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(fuzz_CC) $(fuzz_ALL) -fsanitize=fuzzer -MMD -MP -MF $(call dep,$@) -o $@ $< build/flavour/fuzz/nskit.a \
		build/flavour/fuzz/lib/libcap-ng.a build/flavour/fuzz/lib/libinih.a

# They calculate with fractions, and ask more of the C library than our stand-ins know.
define static_program
$(call say,CC,$@)
@mkdir -p $(@D) build/flavour
$(Q)$(CC) $(filter-out $(WHOLE),$(main_ALL)) -static -MMD -MP -MF $(call dep,$@) -o $@ $< $(B)/libshared.a $(LIBS)
endef
build/bench/%: tests/bench/%.c $(B)/libshared.a $(LIBS)
	$(static_program)
build/tools/%: tests/tools/%.c $(B)/libshared.a $(LIBS)
	$(static_program)

-include $(foreach p,$(UNIT) $(FUZZ) $(BENCH) $(TOOLS),$(call dep,$(p)))

# ---- to be called -------------------------------------------------------------------------------

# These set up all they need, by a make of its own once the packages are there.
.PHONY: demo test faults vm bench lint fuzz
demo:
	@scripts/dev/packages build
	@$(MAKE) --no-print-directory all
	@scripts/dev/demo

test:
	@scripts/dev/packages build test
	@$(MAKE) --no-print-directory all test-programs
	@tests/run $(T)

# The same tests under another kernel, which has cgroup v2 alone.
KERNEL ?= 6.1
vm:
	@scripts/dev/packages build test vm
	@$(MAKE) --no-print-directory all test-programs
	@tests/vm/run -k $(KERNEL) $(T)

# The whole sweep over the system calls of a start, which takes an hour; `make test` takes a slice of it.
faults:
	@scripts/dev/packages build test
	@$(MAKE) --no-print-directory all test-programs
	@NSK_FAULTS=all NSK_SLOWER=20 tests/run tests/faults/*.t

bench:
	@scripts/dev/packages build bench
	@$(MAKE) --no-print-directory all bench-programs
	@tests/bench/run $(T)

lint:
	@scripts/dev/packages build lint
	@$(MAKE) --no-print-directory lint-flags
	@rc=0; $(MAKE) --no-print-directory -k warnings || rc=1; scripts/dev/lint || rc=1; exit $$rc

# Each fuzz target for FUZZ_SECONDS, from the committed seeds in tests/fuzz/corpus/NAME/ if it has any. What is
# found interesting is kept in build/fuzz/NAME.corpus, what crashes in build/fuzz/NAME-crash-*.
FUZZ_SECONDS ?= 30
fuzz:
	@scripts/dev/packages build fuzz
	@$(MAKE) --no-print-directory fuzz-programs
	@for f in $(FUZZ); do \
		n=tests/fuzz/corpus/$${f##*/}; s=; [ ! -d "$$n" ] || s=$$n; \
		d=; [ ! -f "$$n.dict" ] || d=-dict=$$n.dict; \
		echo "fuzz: $${f##*/}, $(FUZZ_SECONDS) s"; mkdir -p "$$f.corpus"; \
		"$$f" -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -verbosity=0 -artifact_prefix="$$f-" \
			$$d "$$f.corpus" $$s || exit 1; \
	done

.PHONY: test-programs unit-programs fuzz-programs bench-programs tools lint-flags warnings
test-programs: unit-programs fuzz-programs bench-programs tools
unit-programs: $(UNIT)
fuzz-programs: $(FUZZ)
bench-programs: $(BENCH)
tools: $(TOOLS)

# What one of our sources is compiled with, for tools that read them: those see a glibc.
lint-flags: build/flavour/unit/lib/libinih.a
	@mkdir -p build/lint
	@printf '%s\n' $(LANGUAGE) -DNSK_BUILD_CC='""' -DNSK_BUILD_LIBS='""' \
		-isystem build/flavour/unit/include -isystem build/flavour/unit/kh >build/lint/flags

# Every source under three compilers, warnings being errors.
musl_CC := $(HOSTCC)
gcc_CC := gcc
clang_CC := clang
WARN_OBJECTS :=
define warnings_of
$(1)_CFLAGS = -O2 -Werror
$$(eval $$(call flavour,$(1),build/flavour/$(1)))
WARN_OBJECTS += $$(SOURCES:%.c=build/flavour/$(1)/obj/%.o)
WARN_OBJECTS += $$(patsubst %.c,build/flavour/$(1)/obj/%.o,$$(wildcard tests/unit/*.c tests/fuzz/*.c tests/bench/*.c tests/tools/*.c))
endef
$(foreach c,musl gcc clang,$(eval $(call warnings_of,$(c))))
warnings: $(WARN_OBJECTS)

# ---- installing ---------------------------------------------------------------------------------

D := $(DESTDIR)
INIS := $(sort $(wildcard config/*.ini config/*.sh))
PROFILES := $(sort $(wildcard config/profiles/*))
NSENTER_DIR := $(if $(filter 1,$(INSTALL_NSENTER)),$(BINDIR),$(LIBEXECDIR)/nskit/bin)
INSTALL ?= install

# util-linux owns the name nsenter: unless INSTALL_NSENTER=1 ours stands aside, its completion is
# not installed and its page is nskit-nsenter(1).
COMPLETION_TO := $(DATADIR)/bash-completion/completions
page_name = $(if $(filter 1,$(INSTALL_NSENTER)),$(1),$$(echo $(1) | sed 's/^nsenter\./nskit-nsenter./'))

.PHONY: install uninstall
install: all
	$(Q)$(INSTALL) -d -m 755 '$D$(BINDIR)' '$D$(NSENTER_DIR)' '$D$(SYSCONFDIR)/nskit' '$D$(COMPLETION_TO)'
	$(Q)$(INSTALL) -m 755 $(B)/nskit '$D$(BINDIR)/nskit'
	$(Q)for n in $(LINKS); do ln -sfn nskit '$D$(BINDIR)'/$$n || exit 1; done
	$(Q)to=$$(realpath -ms --relative-to='$(NSENTER_DIR)' '$(BINDIR)/nskit' 2>/dev/null) || to='$(BINDIR)/nskit'; \
		ln -sfn "$$to" '$D$(NSENTER_DIR)/nsenter'
	$(Q)for n in $(SCRIPTS); do $(INSTALL) -m 755 $(B)/bin/$$n '$D$(BINDIR)' || exit 1; done
	$(Q)for n in $(PROFILES); do \
		$(INSTALL) -d -m 755 '$D$(DATADIR)/nskit' && $(INSTALL) -m 644 $$n '$D$(DATADIR)/nskit' || exit 1; \
	done
	$(Q)$(INSTALL) -m 644 $(COMPLETION_DIR)/nskit '$D$(COMPLETION_TO)/nskit'
	$(Q)for n in $(LINKS) $(SCRIPTS) $(if $(filter 1,$(INSTALL_NSENTER)),nsenter); do \
		ln -sfn nskit '$D$(COMPLETION_TO)'/$$n || exit 1; \
	done
	$(Q)for n in $(PAGES); do \
		to='$D$(MANDIR)'/man$${n##*.}; n0=$${n##*/}; \
		$(INSTALL) -d -m 755 "$$to" && $(INSTALL) -m 644 $$n "$$to/$(call page_name,$$n0)" || exit 1; \
	done
	$(Q)for n in $(INIS); do \
		to='$D$(SYSCONFDIR)/nskit'/$${n##*/}; \
		if [ -e "$$to" ] && ! cmp -s $$n "$$to"; then \
			echo "install: $$to was changed and is kept; the new one is $$to.new"; to=$$to.new; \
		fi; \
		$(INSTALL) -m 644 $$n "$$to" || exit 1; \
	done

# Exactly what install made; a configuration file that was changed is somebody's work and stays.
# Directories go when they are empty, but not those that every system has.
SHARED_DIRS := $(BINDIR) $(LIBEXECDIR) $(SYSCONFDIR) $(COMPLETION_TO) $(addprefix $(MANDIR)/man,1 5 7)
PRUNE := $(or $(D),$(filter-out /usr /usr/local,$(PREFIX)))
uninstall:
	$(Q)page=nskit-nsenter.1; [ "$$(readlink '$D$(BINDIR)/nsenter')" != nskit ] || page=nsenter.1; \
		rm -f '$D$(MANDIR)'/man1/$$page
	$(Q)for n in nskit $(LINKS) $(SCRIPTS); do rm -f '$D$(BINDIR)'/$$n; done
	$(Q)rm -f '$D$(LIBEXECDIR)/nskit/bin/nsenter'
	$(Q)for n in '$D$(BINDIR)/nsenter' '$D$(COMPLETION_TO)/nsenter'; do \
		[ "$$(readlink "$$n")" != nskit ] || rm -f "$$n"; \
	done
	$(Q)for n in $(notdir $(PROFILES)); do rm -f '$D$(DATADIR)/nskit'/$$n; done
	$(Q)for n in $(filter-out nsenter,$(notdir $(COMPLETIONS))); do rm -f '$D$(COMPLETION_TO)'/$$n; done
	$(Q)for n in $(filter-out nsenter.1,$(notdir $(PAGES))); do rm -f '$D$(MANDIR)'/man$${n##*.}/$$n; done
	$(Q)for n in $(INIS); do \
		to='$D$(SYSCONFDIR)/nskit'/$${n##*/}; rm -f "$$to.new"; \
		if [ ! -e "$$to" ]; then :; \
		elif cmp -s $$n "$$to"; then rm -f "$$to"; \
		else echo "uninstall: $$to was changed and is kept"; fi; \
	done
	$(Q)for d in '$(LIBEXECDIR)/nskit/bin' '$(LIBEXECDIR)/nskit' '$(SYSCONFDIR)/nskit' '$(DATADIR)/nskit'; do \
		rmdir '$D'"$$d" 2>/dev/null || :; \
	done
	$(Q)[ -z '$(PRUNE)' ] || for d in $(SHARED_DIRS:%='%'); do \
		while [ "$$d" != / ] && [ '$D'"$$d" != '$(patsubst %/,%,$(dir $(PREFIX)))' ]; do \
			rmdir '$D'"$$d" 2>/dev/null || [ ! -e '$D'"$$d" ] || break; d=$$(dirname "$$d"); \
		done; \
	done

.PHONY: clean distclean
# The downloads stay: they are checked by their sums, and making them again wants a network.
clean:
	$(Q)[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name dl -exec rm -rf {} +
distclean:
	$(Q)rm -rf build
