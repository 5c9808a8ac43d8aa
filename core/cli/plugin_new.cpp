// handgrad plugin new: a folder with a plugin of one operator, to build, check and change.
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/commands.hpp"
#include "tensor/error.hpp"

namespace fs = std::filesystem;

namespace hg::cli {
namespace {

// In these texts {name} is the plugin's name, {ext} the ending of its source.

constexpr const char* source_c =
    R"(/* {name}: a plugin for handgrad with one operator, cube.
 *
 *     y[i] = x[i]^3
 *
 * The only path from x[i] to the loss leads through y[i], so with dy[i] = dL/dy[i]:
 *
 *     dx[i] = 3 * x[i]^2 * dy[i]                                                  (*)
 *
 * Check by thought: at x = 0 the cube is flat, and (*) is 0 there. */
#include "handgrad_abi.h"

/* What shape and type has y? */
static int32_t infer(const hg_op *op, hg_call *c) {
  (void)op;
  hg_like(&c->out[0], &c->in[0]);
  return HG_OK;
}

static int32_t forward(const hg_kernel *kernel, hg_call *c) {
  const float *x = c->in[0].data;
  float *y = c->out[0].data;
  int64_t n = hg_numel(&c->in[0]);
  (void)kernel;
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] * x[i] * x[i];
  return HG_OK;
}

static int32_t backward(const hg_kernel *kernel, hg_call *c) {
  const float *x = c->in[0].data, *dy = c->dout[0].data;
  float *dx = c->din[0].data;
  int64_t n = hg_numel(&c->in[0]);
  (void)kernel;
  for (int64_t i = 0; i < n; ++i) dx[i] = 3 * x[i] * x[i] * dy[i]; /* (*) */
  return HG_OK;
}

static const hg_param x = {sizeof x, 0, "input", "numbers of any shape"};
static const hg_param y = {sizeof y, 0, "output", "their cubes"};
static const hg_param *const in[] = {&x}, *const out[] = {&y};

/* From samples the checker makes its tests: see hg_sample in handgrad_abi.h. */
static const hg_sample sample = {sizeof sample, 0, "normal[3,4]", NULL};
static const hg_sample *const samples[] = {&sample};

static const hg_op cube = {
    .size = sizeof cube, .name = "{name}.cube", .doc = "The third power of each element",
    .formula = "y = x^3", .n_in = 1, .in = in, .n_out = 1, .out = out,
    .n_sample = 1, .samples = samples, .infer = infer};

static const hg_kernel cube_f32 = {
    .size = sizeof cube_f32, .op = "{name}.cube", .device = "cpu", .dtypes = "f32",
    .n_in = 1, .keep_in = 1 << 0, /* backward reads input 0 */
    .forward = forward, .backward = backward};

HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *host, hg_plugin *me) {
  me->name = "{name}";
  me->version = "0.1";
  me->doc = "Third powers";
  me->built_minor = HG_ABI_MINOR;
  host->add(host, "op/1", &cube);
  host->add(host, "kernel/1", &cube_f32);
  return HG_OK;
}
)";

constexpr const char* source_cpp =
    R"(// {name}: a plugin for handgrad with one operator, cube.
//
//     y[i] = x[i]^3
//
// The only path from x[i] to the loss leads through y[i], so with dy[i] = dL/dy[i]:
//
//     dx[i] = 3 * x[i]^2 * dy[i]                                                  (*)
//
// Check by thought: at x = 0 the cube is flat, and (*) is 0 there.
#include "handgrad_plugin.hpp"

using hg::plugin::Call;

struct Cube {
  // What shape and type has y?
  static void infer(Call& c) { c.like(0, c.in(0)); }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    int64_t n = hg_numel(&c.in(0));
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] * x[i] * x[i];
  }

  template <class T>
  static void backward(Call& c) {
    const T *x = c.in<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    int64_t n = hg_numel(&c.in(0));
    for (int64_t i = 0; i < n; ++i) dx[i] = 3 * x[i] * x[i] * dy[i];  // (*)
  }
};

HANDGRAD_PLUGIN("{name}", "0.1", "Third powers") {
  plugin.op<Cube>("{name}.cube")
      .doc("The third power of each element")
      .formula("y = x^3")
      .in("input", "numbers of any shape")
      .out("output", "their cubes")
      .sample("normal[3,4]");  // from which the checker makes its tests
  plugin.kernel<Cube, float, double>("{name}.cube").keep_in({0});  // backward reads input 0
}
)";

constexpr const char* makefile = R"(# make          builds {name}.so
# make check    lets handgrad check it: gradients, shapes, memory, repeats
#
# handgrad is found by pkg-config. If it is installed in a folder of its own:
#     export PKG_CONFIG_PATH=THAT_FOLDER/lib/pkgconfig

CC     ?= cc
CXX    ?= c++
CFLAGS ?= -O2 -Wall -Wextra
flags   = $(shell pkg-config --cflags handgrad) -shared -fPIC -fvisibility=hidden
command = $(shell pkg-config --variable=prefix handgrad)/bin/handgrad

{name}.so: {name}.{ext}
	@pkg-config --print-errors --exists handgrad
	{compile} $(CFLAGS) $(flags) $< -o $@ -lm

.PHONY: check clean
check: {name}.so
	$(command) plugin check ./{name}.so
clean:
	rm -f {name}.so
)";

constexpr const char* readme = R"(# {name}

A plugin for handgrad with one operator, `{name}.cube`: the third power of each element,
and its gradient.

    make          # builds {name}.so
    make check    # lets handgrad check it

Look at it, and run it on the tensor `in.0` of a file:

    handgrad plugin describe ./{name}.so
    handgrad op run {name}.cube --plugin ./{name}.so \
        --in a.safetensors --out b.safetensors --grad

In a program, `hg::load_plugin("./{name}.so")` makes the operator known; the lessons take
`--plugin ./{name}.so`. In a folder of `HANDGRAD_PLUGIN_PATH` it is found without being
named, when somebody first asks for `{name}.cube`.

To make it yours: change the formula and the line marked (*), then `make check`.
`handgrad_abi.h` is the whole contract, a quarter of an hour's reading.
)";

// The text with each {word} replaced.
std::string filled(std::string text,
                   std::initializer_list<std::pair<const char*, std::string>> words) {
  for (auto& [word, value] : words) {
    for (size_t at; (at = text.find(word)) != text.npos;) {
      text.replace(at, std::char_traits<char>::length(word), value);
    }
  }
  return text;
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw Error("plugin new", path.string() + " cannot be written");
  std::cout << "  " << path.string() << "\n";
}

}  // namespace

void new_plugin(const std::string& name, const std::string& language,
                const std::string& folder) {
  bool word = !name.empty() && std::islower(static_cast<unsigned char>(name[0]));
  for (unsigned char c : name)
    word = word && (std::islower(c) || std::isdigit(c) || c == '_');
  if (!word || name == "core") {
    throw Error("plugin new", "'" + name + "' cannot be a plugin's name",
                "lower-case letters, digits and _, a letter first; not core");
  }
  fs::path home = folder.empty() ? fs::path(name) : fs::path(folder);
  std::error_code error;
  if (fs::exists(home, error) && !fs::is_empty(home, error)) {
    throw Error("plugin new", home.string() + " is there already, and not empty",
                "choose another with --dir");
  }
  fs::create_directories(home, error);
  if (error) throw Error("plugin new", home.string() + ": " + error.message());

  bool c = language == "c";
  auto fill = [&](const char* text) {
    return filled(text, {{"{name}", name},
                         {"{ext}", language},
                         {"{compile}", c ? "$(CC) -std=c99" : "$(CXX) -std=c++20"}});
  };
  write(home / (name + "." + language), fill(c ? source_c : source_cpp));
  write(home / "Makefile", fill(makefile));
  write(home / "README.md", fill(readme));
  std::cout << "Next: cd " << home.string() << " && make check\n";
}

}  // namespace hg::cli
