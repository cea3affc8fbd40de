# Baton's one Makefile. `make help` lists what it does.
#
# Every module is a folder below src/ and becomes one archive; a module may use those before it in
# MODULES (ARCHITECTURE.md). Variants are built side by side: build/ (release), build/san (ASan and
# UBSan), build/tsan (threads).

MODULES  := base json expr asl store engine shard services protocol server cli
PURE     := json expr asl engine
PACKAGES := libuv libcrypto libssl libpcre2-8

SAN ?=
CC  ?= gcc
ifeq ($(SAN),1)
  VARIANT := build/san
  MODE    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else ifeq ($(SAN),thread)
  VARIANT := build/tsan
  MODE    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
else
  VARIANT := build/release
  MODE    := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
endif

WARNINGS := -Wall -Wextra -Werror -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wformat=2 -Wcast-qual -Wwrite-strings -Wvla -Wundef \
            -Wimplicit-fallthrough
VERSION  := $(shell cat VERSION)
CFLAGS   := -std=c17 -D_GNU_SOURCE $(WARNINGS) $(MODE) -fvisibility=hidden -MMD -MP -Isrc \
            -DBATON_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDFLAGS  := $(MODE) -Wl,--as-needed
LIBS     := -lrocksdb -lhttp_parser $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -lpthread

sources   = $(filter-out %_test.c,$(shell find src/$(1) -name '*.c' | LC_ALL=C sort))
tests     = $(shell find src/$(1) -name '*_test.c' | LC_ALL=C sort)
objects   = $(patsubst %.c,$(VARIANT)/%.o,$(1))
# The archive of a module and those of everything below it, in link order (top first).
below     = $(foreach m,$(call reverse,$(call upto,$(1),$(MODULES))),$(VARIANT)/lib$(m).a)
upto      = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,99,$(2))))
reverse   = $(if $(1),$(call reverse,$(wordlist 2,99,$(1))) $(firstword $(1)))

.PHONY: all
all: build/baton

build/baton: $(VARIANT)/baton
	@mkdir -p $(@D)
	cp $< $@

$(VARIANT)/baton: $(VARIANT)/src/main.o $(call below,cli)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(VARIANT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

define module_rules
$(VARIANT)/lib$(1).a: $$(call objects,$$(call sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
$(VARIANT)/tests/$(1): $$(call objects,$$(call tests,$(1))) $$(call below,$(1))
	@mkdir -p $$(@D)
	$$(CC) $$(LDFLAGS) -o $$@ $$^ -lcriterion $$(LIBS)
.PHONY: unit-$(1)
unit-$(1): $(VARIANT)/tests/$(1)
	$(VARIANT)/tests/$(1) --quiet
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

-include $(shell find $(VARIANT) -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf build
