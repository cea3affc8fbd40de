# Baton's one Makefile. `make help` lists what it does.
#
# Every module is a folder below src/ and becomes one archive; a module may use those before it in
# MODULES (ARCHITECTURE.md). Variants are built side by side: build/ (release), build/san (ASan and
# UBSan), build/tsan (threads).

MODULES  := base json yaml http expr template schema asl store engine shard effects services services/sqs services/dynamodb \
            services/lambda services/sns services/logs services/callbacks services/states services/events services/gateway services/integrations \
            protocol server cli
PURE     := json expr template schema asl engine
PACKAGES := libuv libcrypto libpcre2-8 libcurl smartcols libzip libxml-2.0 yaml-0.1

, := ,
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
# Linked in, not shared: the writer spends most of its time there, and calls through the linker's
# table and code that may be replaced cost it a fifth. What it stands on comes with its package.
ROCKSDB  := $(if $(filter build/release,$(VARIANT)),-Wl$(,)-Bstatic -lrocksdb -Wl$(,)-Bdynamic -lstdc++ -lsnappy -lbz2 -lz -llz4 -lzstd,-lrocksdb)
# A service may call another by its table, so the archives of services know each other.
LIBS     := $(ROCKSDB) -lhttp_parser $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm -lpthread

# A folder that is a module of its own is no part of the one above it.
files     = $(shell find src/$(1) -name '*.c' $(foreach m,$(filter $(1)/%,$(MODULES)),-not -path 'src/$(m)/*') | LC_ALL=C sort)
sources   = $(filter-out %_test.c,$(call files,$(1)))
tests     = $(filter %_test.c,$(call files,$(1)))
objects   = $(patsubst %.c,$(VARIANT)/%.o,$(1))
LINK      = -Wl,--start-group $^ -Wl,--end-group
# The archive of a module and those of everything below it, in link order (top first).
below     = $(foreach m,$(call reverse,$(call upto,$(1),$(MODULES))),$(VARIANT)/lib$(m).a)
upto      = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,99,$(2))))
reverse   = $(if $(1),$(call reverse,$(wordlist 2,99,$(1))) $(firstword $(1)))

.PHONY: all
all: build/baton

# Replaced, not written over: it may be running.
build/baton: $(VARIANT)/baton
	@mkdir -p $(@D)
	@cp -f --remove-destination $< $@

$(VARIANT)/baton: $(VARIANT)/src/main.o $(call below,cli)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) -o $@ $(LINK) $(LIBS)

$(VARIANT)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $@"
	@$(CC) $(CFLAGS) -c -o $@ $<

# Services call each other by their tables: the tests of one have all of them.
define module_rules
$(VARIANT)/lib$(1).a: $$(call objects,$$(call sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
$(VARIANT)/tests/$(1)/unit: $$(call objects,$$(call tests,$(1))) $$(call below,$$(if $$(filter services%,$(1)),services/integrations,$(1)))
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$(LINK) -lcriterion $$(LIBS)
.PHONY: unit-$(1)
unit-$(1): $(VARIANT)/tests/$(1)/unit
	$(VARIANT)/tests/$(1)/unit --quiet
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

# The runtimes' own files are parts of this one, which the compiler does not tell.
$(VARIANT)/src/effects/runtime/files.o build/fuzz/src/effects/runtime/files.o: $(wildcard src/effects/runtime/*)

-include $(shell find $(VARIANT) build/fuzz -name '*.d' 2>/dev/null)

# ---- programs beside the server ----

SIM := $(VARIANT)/simulate
$(SIM): $(call objects,$(wildcard sim/*.c)) $(call below,services/integrations)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) -o $@ $(LINK) $(LIBS)

BENCHES := $(patsubst bench/%.c,$(VARIANT)/bench/%,$(wildcard bench/*_bench.c))
$(VARIANT)/bench/%: $(VARIANT)/bench/%.o $(call below,cli)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) -o $@ $(LINK) $(LIBS)
.PRECIOUS: $(VARIANT)/bench/%.o

DRIVER := $(if $(wildcard tests/jsonata/driver.c),$(VARIANT)/jsonata-driver)
$(VARIANT)/jsonata-driver: $(VARIANT)/tests/jsonata/driver.o $(call below,expr)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) -o $@ $(LINK) $(LIBS)

# Fuzz targets: all sources once more, with clang and its fuzzer's instrumentation.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := $(patsubst fuzz/%_fuzz.c,%,$(wildcard fuzz/*_fuzz.c))
FUZZ_FLAGS   := -std=c17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
                -fno-sanitize-recover=all -MMD -MP -Isrc -Isim -DBATON_VERSION='"$(VERSION)"' \
                $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
FUZZ_OBJECTS := $(patsubst %.c,build/fuzz/%.o,$(foreach m,$(MODULES),$(call sources,$(m))))
build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $@"
	@clang $(FUZZ_FLAGS) -c -o $@ $<
build/fuzz/libbaton.a: $(FUZZ_OBJECTS)
	@rm -f $@
	@ar rcs $@ $^
build/fuzz/%: build/fuzz/fuzz/%_fuzz.o build/fuzz/libbaton.a
	clang -fsanitize=fuzzer,address,undefined -o $@ $(LINK) $(LIBS)
.PRECIOUS: build/fuzz/fuzz/%_fuzz.o

# ---- what people call ----

.PHONY: setup setup-test setup-examples tests test demo examples bench differential fuzz tidy install help clean
setup:
	@scripts/setup.sh build
setup-examples:
	@scripts/setup.sh examples
setup-test:
	@scripts/setup.sh test

# A make of its own with a job for each processor, whatever the one above was called with.
PARALLEL := $(MAKE) --no-print-directory -j$(shell nproc)

# Everything that `make test` runs, built and not run.
tests: $(VARIANT)/baton $(foreach m,$(MODULES),$(if $(call tests,$(m)),$(VARIANT)/tests/$(m)/unit)) $(SIM) $(DRIVER)

# Set-up may install what the variables above ask pkg-config for, so the build is a make of its own.
test: setup-test
	@$(PARALLEL) tests
	@$(if $(filter build/release,$(VARIANT)),,$(PARALLEL) SAN= build/release/baton $(foreach m,$(PURE),build/release/lib$(m).a))
	@BATON_VARIANT=$(VARIANT) tests/run.py $(SUITES)

demo: setup-examples
	@$(PARALLEL) build/baton
	@scripts/demo.sh

examples: setup-examples
	@$(PARALLEL) build/baton
	@scripts/examples.sh

bench: setup-test
	@$(PARALLEL) build/baton $(BENCHES)
	@bench/run.sh

# JSONata against the reference, for longer than `make test` does, and from another seed each day.
differential: setup-test
	@$(MAKE) --no-print-directory $(DRIVER)
	@BATON_VARIANT=$(VARIANT) node tests/jsonata/differential.mjs $(or $(COUNT),500000) $(or $(SEED),$(shell date +%Y%m%d))

fuzz: setup-test
	@$(PARALLEL) $(foreach t,$(FUZZ_TARGETS),build/fuzz/$(t))
	@scripts/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

tidy:
	@$(MAKE) --no-print-directory all
	@scripts/tidy.py --clang-tidy

PREFIX  ?= /usr/local
DESTDIR ?=
install: build/baton
	install -D -m 755 build/baton $(DESTDIR)$(PREFIX)/bin/baton
	install -D -m 644 docs/baton.1 $(DESTDIR)$(PREFIX)/share/man/man1/baton.1
	install -D -m 644 dist/baton.service $(DESTDIR)$(PREFIX)/lib/systemd/system/baton.service
	install -D -m 644 dist/baton.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/baton
	install -D -m 644 dist/baton.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_baton

help:
	@echo "make          build build/baton"
	@echo "make demo     install what is missing, build, show a callback workflow that survives kill -9"
	@echo "make examples install what is missing, build, run every example"
	@echo "make test     install what is missing, build, run every test (SAN=1: with ASan and UBSan;"
	@echo "              SUITES=\"unit conformance\": only these)"
	@echo "make bench    measure (PEERS=1: the peers and the raw limit beside it)"
	@echo "make fuzz     run every fuzz target for FUZZ_SECONDS each"
	@echo "make differential  JSONata against the reference (COUNT=500000, SEED=the date)"
	@echo "make tidy     check the style, with clang-tidy"
	@echo "make install  to PREFIX (/usr/local), below DESTDIR"
	@echo "make clean    remove build/"

clean:
	rm -rf build
