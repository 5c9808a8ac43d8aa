# handgrad: the build. One Makefile for GNU make 4.3; `make help` lists its targets.
#
# Sources are found by wildcard, so a new operator, plugin, lesson or test is built as soon as
# its file exists. Everything lands in $(BUILD):
#
#     lib/libhandgrad.so, .a          core/ (without cli/) and data/
#     lib/handgrad/plugins/NAME.so    plugins/NAME/
#     bin/                            the command (core/cli/), the tools of docs/tools/
#     lessons/chNN_topic/MM_title     lessons/chNN_topic/MM_title.cpp; exercises/ likewise
#     tests/NAME_test                 tests/NAME_test.cpp
#     obj/                            objects, with the headers each one has read (*.d)
#
# Variables: CXX, CC, CXXFLAGS, CFLAGS, LDFLAGS, BUILD, SAN=address,undefined, V=1 (show commands).

VERSION := 0.1.0
PREFIX  ?= /usr/local

# What the build needs, each with what shows that it is there: a command, a header, a library,
# or a file by its absolute path. Package names are Debian's.
PACKAGES := \
  g++:g++                    libopenblas-dev:libopenblas.so \
  libstb-dev:stb/stb_image.h libboost-test-dev:boost/test/unit_test.hpp \
  zlib1g-dev:zlib.h          nlohmann-json3-dev:nlohmann/json.hpp \
  libfmt-dev:fmt/format.h    libcli11-dev:CLI/CLI.hpp \
  gnuplot-nox:gnuplot        pkg-config:pkg-config
BOOK_PACKAGES := \
  doxygen:doxygen graphviz:dot libjs-mathjax:/usr/share/javascript/mathjax/MathJax.js

# ---- compilers and flags -----------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
  MAKEFLAGS += -j$(shell nproc)             # a -j on the command line wins
endif

comma := ,
space := $() $()
define newline


endef

ifeq ($(origin CXX),default)
  CXX := g++
endif
ifeq ($(origin CC),default)
  CC := $(subst g++,gcc,$(subst clang++,clang,$(CXX)))
endif
compiler := $(subst clang++,clang,$(filter-out ccache -%,$(notdir $(CXX))))

# Builds that must not mix get a folder each: build, build/clang, build/san-thread, ...
BUILD ?= $(subst $(space),,build $(patsubst %,/%,$(filter-out g++,$(compiler))) \
                            $(if $(SAN),/san-$(subst $(comma),-,$(SAN))))

# clang and C count a change of sign as a conversion, g++ does not: g++'s meaning for all.
warnings   := -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion
instrument := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
              $(if $(COVERAGE),--coverage)
# Compilers may fuse a*b+c into one rounding or not; forbidden, so that all print the same digits.
common     := $(warnings) -fPIC -ffp-contract=off $(instrument)
CXXFLAGS   ?= -O2 -g1
CFLAGS     ?= -O2 -g1

# OpenBLAS goes into libhandgrad.so itself, so that the core can choose its kernels before it
# starts; its LAPACK part needs the Fortran runtime.
openblas_a := $(filter /%,$(shell $(CXX) -print-file-name=libopenblas.a 2>/dev/null))
gfortran   := $(filter /%,$(shell $(CXX) -print-file-name=libgfortran.so.5 2>/dev/null))
blas_libs  := $(if $(openblas_a),$(openblas_a) $(if $(gfortran),-l:libgfortran.so.5,-lgfortran),\
                -lopenblas)
libs       := $(blas_libs) -lz -lfmt -lpthread -ldl -lm

# Flags by kind of source; a plugin's own come from plugins/NAME/flags.mk, which may set
#
#     NAME.flags    for compiling, NAME.libs for linking
#     NAME.skip     the reason why this machine cannot build it
#     compile.cu    how to compile a further sort of source
#
# and a file of tests/plugins/ may carry a line `// build: FLAGS`.
flags.core    := -Icore
flags.data    := -Icore
flags.lessons := -Icore
flags.docs    := -Idocs/tools
flags.plugins := -Icore -fvisibility=hidden
flags.tests   := -Icore -Itests -DBOOST_TEST_DYN_LINK \
                 -DHANDGRAD_SOURCE_DIR='"$(CURDIR)"' -DHANDGRAD_BUILD_DIR='"$(abspath $(BUILD))"'
-include $(wildcard plugins/*/flags.mk)

compile.cpp = $(CXX) -std=c++20 $(common) $(CXXFLAGS)
compile.c   = $(CC) -std=c99 $(common) $(CFLAGS)
top         = $(firstword $(subst /, ,$1))
own_flags   = $(if $(filter plugins/%,$1),$($(word 2,$(subst /, ,$1)).flags))
compile     = $(compile$(suffix $1)) $(flags.$(call top,$1)) $(own_flags)
object      = $(patsubst %,$(BUILD)/obj/%.o,$1)

# ---- what there is to build --------------------------------------------------------------------

lib_sources    := $(filter-out core/cli/%,$(wildcard core/*.cpp core/*/*.cpp data/*.cpp))
cli_sources    := $(wildcard core/cli/*.cpp)
plugin_sources := $(wildcard $(foreach s,c cpp cu,plugins/*/*.$s))
lesson_sources := $(wildcard lessons/ch*/*.cpp lessons/ch*/exercises/*.cpp)
test_sources   := $(wildcard tests/*_test.cpp)
test_support   := $(wildcard tests/support/*.cpp)
broken_plugins := $(wildcard tests/plugins/*.c tests/plugins/*.cpp)
tool_sources   := $(wildcard docs/tools/*.cpp)
tool_mains     := $(filter %/weave.cpp %/lesson_check.cpp,$(tool_sources))
bench_sources  := $(wildcard tests/bench/*.cpp)

plugin_files   = $(filter plugins/$1/%,$(plugin_sources))
plugin_folders := $(sort $(foreach s,$(plugin_sources),$(word 2,$(subst /, ,$s))))
plugin_names   := $(foreach p,$(plugin_folders),$(if $($p.skip),,$p))
skipped        := $(filter-out $(plugin_names),$(plugin_folders))

library      := $(BUILD)/lib/libhandgrad.so
archive      := $(BUILD)/lib/libhandgrad.a
command      := $(if $(cli_sources),$(BUILD)/bin/handgrad)
plugins      := $(plugin_names:%=$(BUILD)/lib/handgrad/plugins/%.so)
lessons      := $(lesson_sources:%.cpp=$(BUILD)/%)
tests        := $(test_sources:%.cpp=$(BUILD)/%)
test_plugins := $(addsuffix .so,$(basename $(broken_plugins:%=$(BUILD)/%)))
tools        := $(subst _,-,$(tool_mains:docs/tools/%.cpp=$(BUILD)/bin/%))
bench        := $(if $(bench_sources),$(BUILD)/bin/bench)

sources := $(lib_sources) $(cli_sources) $(lesson_sources) $(test_sources) $(test_support) \
           $(tool_sources) $(bench_sources) \
           $(foreach p,$(plugin_names),$(call plugin_files,$p))
objects := $(call object,$(sources))

.PHONY: all lib plugins command lessons tests tools
all: lib plugins command lessons tests tools $(BUILD)/compile_commands.json ## build everything
lib: $(library) $(archive)
command: $(command)
lessons: $(lessons) plugins ## build every lesson and every exercise's solution
tests: $(tests) $(test_plugins)
tools: $(tools)
plugins: $(plugins)
	$(foreach p,$(skipped),@echo 'plugins/$p is left out: $($p.skip)'$(newline))

# ---- how -----------------------------------------------------------------------------------------

ifneq ($(filter-out help clean format,$(or $(MAKECMDGOALS),all)),)

# The set-up: include'd, so that make runs it first and then starts over, with everything there.
ifeq ($(findstring n,$(filter-out -%,$(firstword $(MAKEFLAGS)))),)
  include $(BUILD)/setup.mk
endif
installing := $(filter setup run test book,$(MAKECMDGOALS))
$(BUILD)/setup.mk: .ci/setup Makefile
	@CXX='$(CXX)' .ci/setup $(if $(installing),--install) \
	    $(if $(filter clang%,$(compiler)),$(compiler):$(lastword $(CXX))) $(PACKAGES)
	@mkdir -p $(@D) && touch $@

# A file that changes only when its text does: objects depend on the flags, a library on the
# list of its members, so that a changed flag or a deleted source rebuilds what it should.
remember = $(if $(wildcard $(dir $1)),,$(shell mkdir -p $(dir $1)))$(if \
             $(call differ,$(strip $2),$(file <$1)),$(file >$1,$(strip $2)))
differ   = $(subst x$1,,x$2)$(subst x$2,,x$1)
$(call remember,$(BUILD)/obj/flags,$(CXX) $(CC) $(compile.cpp) $(compile.c) \
  $(foreach k,core lessons docs plugins tests,$(flags.$k)) \
  $(foreach p,$(plugin_names),$($p.flags) $($p.libs)) $(libs) $(LDFLAGS))
$(call remember,$(BUILD)/obj/library,$(lib_sources))
$(call remember,$(BUILD)/obj/sources,$(sources))

say = @$(if $(V),,printf '  %-5s %s\n' $1 $2;)
run = $(if $(V),,@)

$(objects): $(BUILD)/obj/%.o: % $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(call say,$(subst .,,$(suffix $<)),$<)
	$(run)$(call compile,$<) -MMD -MP -MF $(@:.o=.d) -c $< -o $@
-include $(wildcard $(objects:.o=.d))

$(archive): $(call object,$(lib_sources)) $(BUILD)/obj/library
	@mkdir -p $(@D) && rm -f $@
	$(call say,ar,$@)
	$(run)ar rcs $@ $(filter %.o,$^)

$(library): $(call object,$(lib_sources)) $(BUILD)/obj/library
	@mkdir -p $(@D)
	$(call say,so,$@)
	$(run)$(CXX) -shared $(instrument) $(LDFLAGS) $(filter %.o,$^) -o $@ \
	    -Wl,-soname,$(@F) -Wl,--as-needed -Wl,--exclude-libs,ALL $(no_undefined) $(libs)

# With a sanitizer some symbols come from the program, so only a plain build can insist.
no_undefined = $(if $(SAN),,-Wl,-z,defs)

.SECONDEXPANSION:
$(plugins): $(BUILD)/lib/handgrad/plugins/%.so: \
    $$(call object,$$(call plugin_files,$$*))
	@mkdir -p $(@D)
	$(call say,so,$@)
	$(run)$(if $(filter-out %.c.o,$^),$(CXX),$(CC)) -shared $(instrument) $(LDFLAGS) $^ -o $@ \
	    -Wl,--as-needed $(no_undefined) $($*.libs)

# A program finds the library from where it lies itself, so build/ may be moved or installed.
# Only a changed object relinks it: a library with the same face needs no new program.
up      = $(subst $(space),,$(patsubst %,../,$(subst /, ,$(@D:$(BUILD)/%=%))))
program = @mkdir -p $(@D)$(newline)$(call say,link,$@)$(newline)$(run)$(CXX) $(instrument) \
    $(LDFLAGS) $(filter %.o,$^) -o $@ -L$(BUILD)/lib -Wl,--as-needed -lhandgrad \
    -Wl,-rpath,'$$ORIGIN/$(up)lib' $1

$(command): $(call object,$(cli_sources)) | $(library)
	$(call program,-lfmt -lpthread -ldl)
$(lessons): $(BUILD)/%: $(BUILD)/obj/%.cpp.o | $(library)
	$(call program,-lpthread)
$(tests): $(BUILD)/%: $(BUILD)/obj/%.cpp.o $(call object,$(test_support)) | $(library)
	$(call program,-lboost_unit_test_framework -lz -lpthread -ldl)
$(bench): $(call object,$(bench_sources)) | $(library)
	$(call program,-lpthread)
$(tools): $(BUILD)/bin/%: $$(call object,docs/tools/$$(subst -,_,$$*).cpp \
    $(filter-out $(tool_mains),$(tool_sources))) | $(library)
	$(call program,-lfmt)

$(test_plugins): $(BUILD)/%.so: $$(wildcard $$*.c $$*.cpp) $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(call say,so,$@)
	$(run)$(call compile$(suffix $<)) $(flags.plugins) -shared -MMD -MP -MF $(@:.so=.d) -MT $@ \
	    $< -o $@ $(shell sed -n 's|^// build: ||p' $<)
-include $(wildcard $(test_plugins:.so=.d))

# One entry per source, for clangd and clang-tidy.
entry = { "directory": "$(CURDIR)", "file": "$1", \
"command": "$(subst ",\",$(subst \,\\,$(call compile,$1))) -c $1" }
$(BUILD)/compile_commands.json: $(BUILD)/obj/flags $(BUILD)/obj/sources
	$(file >$@.lines)$(foreach s,$(sources),$(file >>$@.lines,$(call entry,$s)))
	@sed -e '1i[' -e '$$!s/$$/,/' -e '$$a]' $@.lines >$@; rm $@.lines

endif
# ---- running -------------------------------------------------------------------------------------

.PHONY: setup run test lesson lessons-check book install data format tidy coverage clean help
setup: $(BUILD)/setup.mk ## install what the build needs (Debian, Ubuntu), or say what that is

main_lesson := ch03_linear_networks/06_softmax_scratch
run: $(BUILD)/lessons/$(main_lesson) plugins ## install what is missing, build, train lesson 3.6
	@mkdir -p $(BUILD)/out/$(main_lesson)
	@$< --out $(BUILD)/out/$(main_lesson) $(ARGS)
	@echo 'The pictures are in $(BUILD)/out/$(main_lesson).'

test: all ## install what is missing, build, run every test; T=NAME for those so named
	@tests/run $(BUILD) $(T)

# L=3.6 means lessons/ch03_*/06_*.cpp.
two_digits   = $(if $(filter 0 1 2 3 4 5 6 7 8 9,$1),0$1,$1)
number       = $(call two_digits,$(word $1,$(subst ., ,$(L))))
lesson_found = $(wildcard lessons/ch$(call number,1)_*/$(call number,2)_*.cpp)
lesson_name  := $(if $(L),$(basename $(firstword $(lesson_found))))
ifneq ($(lesson_name),)
lesson: $(BUILD)/$(lesson_name) plugins ## run one lesson: make lesson L=3.6 ARGS="--seed 1"
	@$< $(ARGS)
else
lesson:
	@echo '$(if $(L),There is no lesson $(L).,Which lesson? Give L=CHAPTER.SECTION.) There are:' >&2
	@printf '%s\n' $(filter-out %/exercises/,$(lesson_sources)) | sed -n -E \
	    's|lessons/ch0?([0-9]+)_[^/]*/0?([0-9]+)_(.*)\.cpp$$|  make lesson L=\1.\2   \3|p' >&2
	@exit 2
endif

lessons-check: lessons tools ## run every lesson in full, compare its output with its //> lines
	@$(BUILD)/bin/lesson-check --build $(BUILD) $(filter-out %/exercises/,$(lesson_sources))

# ---- installing ------------------------------------------------------------------------------------

# The include root, in the tree and installed, is the folder that holds handgrad.hpp and tensor/.
# Paths are relative to the .pc file, so that an installed tree may be moved.
define pkg_config
prefix=$${pcfiledir}/../..
includedir=$${prefix}/include/handgrad
libdir=$${prefix}/lib
plugindir=$${libdir}/handgrad/plugins

Name: handgrad
Description: A deep-learning framework to read, with hand-derived backward passes
Version: $(VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lhandgrad
Libs.private: $(libs)
endef

destination = $(abspath $(DESTDIR)$(PREFIX))
install: lib plugins command ## install below PREFIX (and DESTDIR): headers, library, plugins, command
	@install -d $(destination)/lib/pkgconfig $(destination)/lib/handgrad/plugins \
	    $(destination)/bin $(destination)/include
	@cd core && find . -name cli -prune -o -name '*.h*' \
	    -exec install -D -m 644 {} '$(destination)/include/handgrad/{}' ';'
	@install -m 755 $(library) $(destination)/lib
	@install -m 644 $(archive) $(destination)/lib
	@install -m 755 $(plugins) $(destination)/lib/handgrad/plugins
	@install -m 755 $(command) $(destination)/bin
	$(file >$(BUILD)/obj/handgrad.pc,$(pkg_config))
	@install -m 644 $(BUILD)/obj/handgrad.pc $(destination)/lib/pkgconfig
	@echo 'handgrad is installed in $(destination).'

# ---- care ------------------------------------------------------------------------------------------

every_source := $(sources) $(broken_plugins) \
    $(wildcard $(foreach s,h hpp,core/*.$s core/*/*.$s plugins/*/*.$s docs/tools/*.$s \
                                 lessons/*/*.$s tests/*.$s tests/*/*.$s data/*.$s))
format: ## lay out every source with clang-format
	@clang-format -i $(every_source)

tidy: $(BUILD)/compile_commands.json ## read every source with clang-tidy
	@printf '%s\n' $(filter %.cpp,$(sources)) | \
	    xargs -n 1 -P $$(nproc) clang-tidy --quiet -p $(BUILD)

coverage: ## run the tests, then say how much of core/ they reached, file by file
	@$(MAKE) BUILD=$(BUILD)/coverage COVERAGE=1 CXXFLAGS=-O0 test
	@.ci/coverage $(BUILD)/coverage

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@echo 'Targets of handgrad, built in $(BUILD)/:'
	@sed -n -E 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | \
	    awk -F '\t' '{ printf "  make %-14s %s\n", $$1, $$2 }'
	@echo 'Variables: CXX=clang++, SAN=address,undefined, SAN=thread, BUILD=DIR, CXXFLAGS=, V=1.'
