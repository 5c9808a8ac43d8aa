# handgrad: the build. One Makefile for GNU make 4.3; `make help` lists its targets.
#
# Sources are found by wildcard: a new operator, plugin, lesson or test is built as soon as
# its file exists. Everything lands in $(BUILD):
#
#     lib/libhandgrad.so, .a         core/ (without cli/) and data/
#     lib/handgrad/plugins/NAME.so   plugins/NAME/
#     bin/                           the command (core/cli/), docs/tools/, tests/bench/;
#                                    fuzz/NAME, of `make fuzz`, tests/fuzz/NAME.cpp
#     lessons/chNN_topic/MM_title    lessons/chNN_topic/MM_title.cpp; exercises/ likewise
#     tests/NAME_test                tests/NAME_test.cpp with tests/support/
#     obj/                           objects, each with the headers it has read (*.d)
#
# Variables: CXX, CC, CXXFLAGS, CFLAGS, LDFLAGS, BUILD, SAN=address,undefined, and V=1,
# which shows the commands.

VERSION := $(shell sed -n 's/.*version = "\(.*\)";/\1/p' core/version.hpp)
PREFIX  ?= /usr/local

# What the build needs, each with what shows that it is there: a command, a header, a
# library, or a file by its absolute path. The names are Debian's.
PACKAGES := \
  g++:g++                     libopenblas-dev:libopenblas.so \
  libstb-dev:stb/stb_image.h  libboost-test-dev:boost/test/unit_test.hpp \
  zlib1g-dev:zlib.h           nlohmann-json3-dev:nlohmann/json.hpp \
  libfmt-dev:fmt/format.h     libcli11-dev:CLI/CLI.hpp \
  gnuplot-nox:gnuplot         pkg-config:pkg-config

# ---- compilers and flags -----------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
  MAKEFLAGS += -j$(shell nproc)  # a -j on the command line wins
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

# clang++ and C count a change of sign as a conversion, g++ does not: g++'s meaning for all.
warnings   := -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion
instrument := $(if $(COVERAGE),--coverage) \
  $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# A compiler may round a*b+c once or twice. Always twice here: all print the same digits.
common     := $(warnings) -fPIC -ffp-contract=off $(instrument)
CXXFLAGS   ?= -O2 -g1
CFLAGS     ?= -O2 -g1

# OpenBLAS goes into libhandgrad.so itself, so that the core can choose its kernels before
# it starts; its LAPACK part needs the Fortran runtime.
found     = $(filter /%,$(shell $(CXX) -print-file-name=$1 2>/dev/null))
fortran  := $(if $(call found,libgfortran.so.5),-l:libgfortran.so.5,-lgfortran)
openblas := $(call found,libopenblas.a)
libs     := $(if $(openblas),$(realpath $(openblas)) $(fortran),-lopenblas) \
            -lz -lfmt -lpthread -ldl -lm

# Flags by kind of source. A plugin's own come from plugins/NAME/flags.mk, which may set
#
#     NAME.flags    for compiling, and NAME.libs for linking
#     NAME.skip     the reason why this machine cannot build it
#     compile.cu    how to compile one more sort of source
#     NAME.isas     instruction sets: each source in plugins/NAME/kernels/ is compiled once
#                   for each of them, with -DISA=avx2 and the flags in NAME.avx2
#
# and a file of tests/plugins/ may carry a line `// build: FLAGS`.
# In the library calls stay inside it, and g++ may vectorise loops of unknown length, as
# clang++ does by itself.
flags.core    := -Icore -fno-semantic-interposition \
                 $(if $(findstring clang,$(CXX)),,-fvect-cost-model=dynamic)
flags.data    := -Icore
flags.lessons := -Icore
flags.docs    := -Idocs/tools
flags.plugins := -Icore -fvisibility=hidden
flags.tests   := -Icore -Itests -DBOOST_TEST_DYN_LINK \
  $(if $(findstring fuzzer,$(SAN)),-DHANDGRAD_LIBFUZZER) \
  -DHANDGRAD_SOURCE_DIR='"$(CURDIR)"' -DHANDGRAD_BUILD_DIR='"$(abspath $(BUILD))"'
-include $(wildcard plugins/*/flags.mk)

compile.cpp = $(CXX) -std=c++20 $(common) $(CXXFLAGS)
compile.c   = $(CC) -std=c99 $(common) $(CFLAGS)
folder      = $(word $1,$(subst /, ,$2))
own_flags   = $(if $(filter plugins/%,$1),$($(call folder,2,$1).flags))
compile     = $(compile$(suffix $1)) $(flags.$(call folder,1,$1)) $(own_flags)
object      = $(patsubst %,$(BUILD)/obj/%.o,$1)

# ---- what there is to build --------------------------------------------------------------

lib_sources    := $(filter-out core/cli/%,$(wildcard core/*.cpp core/*/*.cpp data/*.cpp))
cli_sources    := $(wildcard core/cli/*.cpp core/cli/*/*.cpp)
plugin_sources := $(wildcard plugins/*/*.c plugins/*/*.cpp plugins/*/*.cu)
lesson_sources := $(wildcard lessons/ch*/*.cpp)
solutions      := $(wildcard lessons/ch*/exercises/*.cpp)
test_sources   := $(wildcard tests/*_test.cpp)
test_support   := $(wildcard tests/support/*.cpp)
fuzz_targets   := $(wildcard tests/fuzz/*.cpp)
fuzz_support   := $(wildcard tests/fuzz/support/*.cpp)
broken_plugins := $(wildcard tests/plugins/*.c tests/plugins/*.cpp)
bench_sources  := $(wildcard tests/bench/*.cpp)
tool_sources   := $(wildcard docs/tools/*.cpp)
tool_mains     := $(filter %/weave.cpp %/lesson_check.cpp,$(tool_sources))

kernel_sources := $(wildcard plugins/*/kernels/*.cpp)

plugin_files   = $(filter plugins/$1/%,$(plugin_sources))
kernel_objects = $(foreach isa,$($1.isas),$(patsubst %.cpp,$(BUILD)/obj/%.$(isa).o,\
                   $(filter plugins/$1/%,$(kernel_sources))))
plugin_folders := $(sort $(foreach s,$(plugin_sources),$(call folder,2,$s)))
plugin_names   := $(foreach p,$(plugin_folders),$(if $($p.skip),,$p))
left_out       := $(filter-out $(plugin_names),$(plugin_folders))

library      := $(BUILD)/lib/libhandgrad.so
archive      := $(BUILD)/lib/libhandgrad.a
command      := $(if $(cli_sources),$(BUILD)/bin/handgrad)
plugins      := $(plugin_names:%=$(BUILD)/lib/handgrad/plugins/%.so)
lessons      := $(patsubst %.cpp,$(BUILD)/%,$(lesson_sources) $(solutions))
tests        := $(test_sources:%.cpp=$(BUILD)/%)
test_plugins := $(addsuffix .so,$(basename $(broken_plugins:%=$(BUILD)/%)))
fuzzers      := $(fuzz_targets:tests/%.cpp=$(BUILD)/bin/%)
bench        := $(if $(bench_sources),$(BUILD)/bin/bench)
tools        := $(subst _,-,$(tool_mains:docs/tools/%.cpp=$(BUILD)/bin/%))

sources := $(lib_sources) $(cli_sources) $(lesson_sources) $(solutions) $(test_sources) \
           $(test_support) $(fuzz_targets) $(fuzz_support) $(bench_sources) \
           $(tool_sources) \
           $(foreach p,$(plugin_names),$(call plugin_files,$p))
objects := $(call object,$(sources)) $(foreach p,$(plugin_names),$(call kernel_objects,$p))

.PHONY: all lib command plugins lessons tests tools commands.json
all: lib command plugins lessons tests tools $(bench) commands.json ## build everything
lib: $(library) $(archive)
command: $(command)
lessons: $(lessons) plugins ## build every lesson and every exercise's solution
tests: $(tests) $(test_plugins)
tools: $(tools)
commands.json: $(BUILD)/compile_commands.json
plugins: $(plugins)
	$(foreach p,$(left_out),@echo 'plugins/$p is left out: $($p.skip)'$(newline))

# ---- how ---------------------------------------------------------------------------------

ifneq ($(filter-out help clean format,$(or $(MAKECMDGOALS),all)),)

# The set-up is an included file: make brings it about first, then reads this Makefile
# again. A dry run (make -n) leaves it alone.
installing := $(filter setup run test book,$(MAKECMDGOALS))
$(BUILD)/setup.mk: .ci/setup Makefile
	@CXX='$(CXX)' .ci/setup $(if $(installing),--install) \
	    $(if $(filter clang,$(compiler)),clang:clang++) $(PACKAGES)
	@mkdir -p $(@D) && touch $@
ifeq ($(findstring n,$(filter-out -%,$(firstword $(MAKEFLAGS)))),)
  include $(BUILD)/setup.mk
endif

# Texts in files that change only when the text does: what depends on them is built anew
# when a flag changes, or when the library gains or loses a source.
differ   = $(subst x$1,,x$2)$(subst x$2,,x$1)
remember = $(if $(wildcard $(dir $1)),,$(shell mkdir -p $(dir $1)))$(if \
             $(call differ,$(strip $2),$(file <$1)),$(file >$1,$(strip $2)))
$(call remember,$(BUILD)/obj/flags,$(filter-out ccache,$(compile.cpp) $(compile.c)) \
  $(LDFLAGS) $(libs) \
  $(foreach k,core lessons docs plugins tests,$(flags.$k)) \
  $(foreach p,$(plugin_names),$($p.flags) $($p.libs) $(foreach i,$($p.isas),$i $($p.$i))))
$(call remember,$(BUILD)/obj/library,$(lib_sources))
$(call remember,$(BUILD)/obj/sources,$(sources))

run = $(if $(V),,@printf '  %-5s %s\n' $1 $2;)

compile_one = @mkdir -p $(@D)$(newline)$(call run,$(subst .,,$(suffix $<)),$<$1)$(call \
  compile,$<)$2 $(extra) -MMD -MP -MF $(@:.o=.d) -c $< -o $@
$(call object,$(sources)): $(BUILD)/obj/%.o: % $(BUILD)/obj/flags
	$(compile_one)
$(foreach p,$(plugin_names),$(foreach isa,$($p.isas),$(eval \
  $(BUILD)/obj/plugins/$p/kernels/%.$(isa).o: plugins/$p/kernels/%.cpp $(BUILD)/obj/flags; \
	$$(call compile_one,:$(isa), -DISA=$(isa) $$($p.$(isa))))))
-include $(wildcard $(objects:.o=.d))

# Every lesson includes handgrad.hpp, which takes two seconds to read. It is read once, and
# lessons start from what the compiler knew after it.
start          := $(BUILD)/obj/start.hpp
lesson_objects := $(call object,$(lesson_sources) $(solutions))
$(lesson_objects): extra = -include $(start) -Winvalid-pch
$(lesson_objects): $(start).gch
$(start).gch: core/handgrad.hpp $(BUILD)/obj/flags
	@echo '#include "handgrad.hpp"' >$(start)
	$(call run,hpp,$<)$(compile.cpp) $(flags.lessons) -MMD -MP -MF $(start).d -MT $@ \
	    -x c++-header $(start) -o $@
-include $(wildcard $(start).d)

# A test spends its time in the library, and its own code is compiled more often than run.
$(call object,$(test_sources)): extra = -Og

$(archive): $(call object,$(lib_sources)) $(BUILD)/obj/library
	@mkdir -p $(@D) && rm -f $@
	$(call run,ar,$@)ar rcs $@ $(filter %.o,$^)

# With a sanitizer some symbols come from the program, so only a plain build can insist.
# Calls within a library go straight to their function, not by way of a table that would
# let a program put its own in between.
link_shared = -shared $(instrument) $(LDFLAGS) $(filter %.o,$^) -o $@ \
              -Wl,-soname,$(@F) -Wl,--as-needed -Wl,-Bsymbolic-functions \
              $(if $(SAN),,-Wl,-z,defs)

$(library): $(call object,$(lib_sources)) $(BUILD)/obj/library
	@mkdir -p $(@D)
	$(call run,so,$@)$(CXX) $(link_shared) -Wl,--exclude-libs,ALL $(libs)

.SECONDEXPANSION:
$(plugins): $(BUILD)/lib/handgrad/plugins/%.so: \
    $$(call object,$$(call plugin_files,$$*)) $$(call kernel_objects,$$*)
	@mkdir -p $(@D)
	$(call run,so,$@)$(if $(filter-out %.c.o,$^),$(CXX),$(CC)) $(link_shared) $($*.libs)

# A program finds the library from where it lies itself, so that the tree may be moved. It
# is linked again only when its objects change: a library with the same face needs no more.
up           = $(subst $(space),,$(patsubst %,../,$(subst /, ,$(@D:$(BUILD)/%=%))))
link_program = @mkdir -p $(@D)$(newline)$(call run,link,$@)$(CXX) $(instrument) $(LDFLAGS) \
  $(filter %.o,$^) -o $@ -Wl,--as-needed -L$(BUILD)/lib -lhandgrad \
  -Wl,-rpath,'$$ORIGIN/$(up)lib' $1

$(command): $(call object,$(cli_sources)) | $(library)
	$(call link_program,-lfmt -lpthread -ldl)
$(lessons): $(BUILD)/%: $(BUILD)/obj/%.cpp.o | $(library)
	$(call link_program,-lpthread)
$(tests): $(BUILD)/%: $(BUILD)/obj/%.cpp.o $(call object,$(test_support)) | $(library)
	$(call link_program,-lboost_unit_test_framework -lz -lpthread -ldl)
$(BUILD)/tests/fuzz_test: $(call object,$(fuzz_targets) $(fuzz_support))
$(fuzzers): $(BUILD)/bin/%: $(BUILD)/obj/tests/%.cpp.o $(call object,$(fuzz_support)) \
    | $(library)
	$(call link_program,-fsanitize=fuzzer -lz -lpthread)
$(bench): $(call object,$(bench_sources)) | $(library)
	$(call link_program,-lpthread)
$(tools): $(BUILD)/bin/%: $$(call object,docs/tools/$$(subst -,_,$$*).cpp \
    $(filter-out $(tool_mains),$(tool_sources))) | $(library)
	$(call link_program,-lfmt -lpthread)

$(test_plugins): $(BUILD)/%.so: $$(wildcard $$*.c $$*.cpp) $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(call run,so,$@)$(call compile$(suffix $<)) $(flags.plugins) -shared -MMD -MP \
	    -MF $(@:.so=.d) -MT $@ $< -o $@ $(shell sed -n 's|^// build: ||p' $<)
-include $(wildcard $(test_plugins:.so=.d))

# One entry per source, for clangd and clang-tidy.
entry = { "directory": "$(CURDIR)", "file": "$1", \
"command": "$(subst ",\",$(subst \,\\,$(call compile,$1))) -c $1" }
$(BUILD)/compile_commands.json: $(BUILD)/obj/flags $(BUILD)/obj/sources
	$(file >$@.lines)$(foreach s,$(sources),$(file >>$@.lines,$(call entry,$s)))
	@sed -e '1i[' -e '$$!s/$$/,/' -e '$$a]' $@.lines >$@; rm $@.lines

endif

# ---- running -----------------------------------------------------------------------------

.PHONY: setup run test lesson lessons-check
setup: $(BUILD)/setup.mk ## install what the build needs (Debian, Ubuntu), or list it

main_lesson := ch06_cnn/06_lenet
run: $(BUILD)/lessons/$(main_lesson) plugins ## set up, build, train LeNet (lesson 6.6)
	@mkdir -p $(BUILD)/out/$(main_lesson)
	@$< --lecture --out $(BUILD)/out/$(main_lesson) $(ARGS)
	@echo 'The pictures are in $(BUILD)/out/$(main_lesson).'

test: all ## set up, build, run every test; T=NAME only those with NAME in their path
	@PATIENCE=$(if $(SAN)$(COVERAGE),5,1) tests/run $(BUILD) $(T)

# L=3.6 stands for lessons/ch03_*/06_*.cpp.
two_digits  = $(if $(filter 0 1 2 3 4 5 6 7 8 9,$1),0$1,$1)
number      = $(call two_digits,$(word $1,$(subst ., ,$(L))))
lesson_file := $(if $(L),$(wildcard lessons/ch$(call number,1)_*/$(call number,2)_*.cpp))
ifneq ($(lesson_file),)
lesson: $(lesson_file:%.cpp=$(BUILD)/%) plugins ## run one: make lesson L=3.6 ARGS="--full"
	@$< $(ARGS)
else
lesson:
	@echo '$(if $(L),There is no lesson $(L).,Which lesson?) These are here:'
	@printf '%s\n' $(lesson_sources) | sed -n -E \
	    's|lessons/ch0*([0-9]+)_[^/]*/0*([0-9]+)_(.*)\.cpp$$|  make lesson L=\1.\2\t\3|p'
	@exit 2
endif

lessons-check: lessons tools ## run all (L=3.6: that one), compare with their //> lines
	@$(BUILD)/bin/lesson-check --lessons-dir lessons --build-dir $(BUILD)/lessons \
	    $(L:%=--only %)

-include docs/book/book.mk

ifneq ($(wildcard data/fetch),)
.PHONY: data
data: ## fetch the real data sets
	@data/fetch
endif

ifneq ($(bench),)
.PHONY: bench
bench: $(bench) plugins ## build build/bin/bench, which measures speed
endif

# ---- installing --------------------------------------------------------------------------

# The include root, in the tree and installed, is the folder of handgrad.hpp and tensor/.
# Paths start at the .pc file, so that an installed tree may be moved.
define pkg_config
prefix=$${pcfiledir}/../..
includedir=$${prefix}/include/handgrad
libdir=$${prefix}/lib
plugindir=$${libdir}/handgrad/plugins

Name: handgrad
Description: A deep-learning framework to read, with every backward pass derived by hand
Version: $(VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lhandgrad
Libs.private: $(libs)
endef

.PHONY: install
destination = $(abspath $(DESTDIR)$(PREFIX))
install: lib plugins command ## headers, library, plugins, command to PREFIX (and DESTDIR)
	@install -d $(addprefix $(destination)/,bin include lib/pkgconfig lib/handgrad/plugins)
	@cd core && find . -name cli -prune -o -name '*.h*' \
	    -exec install -D -m 644 {} '$(destination)/include/handgrad/{}' ';'
	@install -m 755 $(library) $(destination)/lib
	@install -m 644 $(archive) $(destination)/lib
	@install -m 755 $(plugins) $(destination)/lib/handgrad/plugins
	@install -m 755 $(command) $(destination)/bin
	$(file >$(BUILD)/obj/handgrad.pc,$(pkg_config))
	@install -m 644 $(BUILD)/obj/handgrad.pc $(destination)/lib/pkgconfig
	@echo 'handgrad is installed in $(destination).'

# ---- fuzzing -----------------------------------------------------------------------------

# Everything is built anew by clang++, with libFuzzer's counters and the sanitizers.
RUNS ?= 100000
.PHONY: fuzz fuzzers
fuzz: ## damage files until a reader breaks; T=NAME one reader, RUNS=100000 each
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CXX='$(fuzz_cxx)' CXXFLAGS='-O1 -g1' \
	    SAN=address,undefined,fuzzer-no-link fuzzers
	@tests/fuzz/run $(BUILD)/fuzz $(RUNS) $(T)
fuzz_cxx := $(if $(findstring clang,$(CXX)),$(CXX),$(filter ccache,$(CXX)) clang++)
fuzzers: $(if $(T),$(BUILD)/bin/fuzz/$(T),$(fuzzers)) plugins

# ---- care --------------------------------------------------------------------------------

.PHONY: format tidy coverage clean help
header_folders := core core/* data docs/tools lessons/* plugins/* plugins/*/* tests tests/*
headers        := $(foreach d,$(header_folders),$d/*.h $d/*.hpp)
format: ## lay out every source with clang-format
	@clang-format -i $(sources) $(kernel_sources) $(broken_plugins) $(wildcard $(headers))

tidy: $(BUILD)/compile_commands.json ## read every source with clang-tidy; T=PATH only these
	@printf '%s\n' $(or $(T),$(filter %.cpp,$(sources))) | \
	    xargs -P "$$(nproc)" -n 1 clang-tidy --quiet -p $(BUILD)

coverage: ## run the tests, say how much of core/ they reach
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage COVERAGE=1 CXXFLAGS='-O1 -g1' test
	@.ci/coverage $(BUILD)/coverage

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@echo 'handgrad, built in $(BUILD)/'
	@sed -e ':next' -e '/\\$$/{N' -e 's/\\\n//;bnext' -e '}' Makefile docs/*/*.mk | \
	    awk -F ':.*## ' '/^[a-z-]+:.*## / && !index(" $(absent) ", " " $$1 " ") \
	        { printf "  make %-14s %s\n", $$1, $$2 }'
	@echo 'Variables: CXX=clang++ SAN=address,undefined SAN=thread BUILD=DIR CXXFLAGS=-O3 V=1'
absent := $(if $(bench),,bench) $(if $(wildcard data/fetch),,data)
