// The subcommands of `handgrad`. main.cpp reads the command line and calls them; each
// prints to standard output and throws hg::Error if it cannot do what it was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hg::cli {

/// handgrad op list: all operators, one line each, or all there is to know as JSON.
void list_operators(bool json);

/// handgrad op show NAME: one operator in full.
void show_operator(const std::string& name);

struct RunOptions {
  std::string op, attrs = "{}", in, out, device = "cpu";
  bool grad = false;
  std::optional<uint64_t> seed;
};

/// handgrad op run NAME: runs it on the tensors in.0, in.1, ... of a safetensors file and
/// writes out.0, ...; with grad, reads dout.0, ... (ones where there are none) and writes
/// din.0, ... for every input that has a gradient.
void run_operator(const RunOptions& options);

/// handgrad tensors FILE: names, types and shapes of what is in a safetensors file.
void list_tensors(const std::string& path);

/// handgrad machine: the CPU, threads, BLAS and fast kernels that handgrad computes with.
void show_machine();

/// handgrad plugin list: every plugin in the folders that are searched, and those loaded.
void list_plugins();

/// handgrad plugin describe PLUGIN: what it brings, and what its operators cost.
void describe_plugin(const std::string& path_or_name);

/// handgrad plugin new NAME: a folder with a plugin of one operator, ready to build.
/// `language` is "c" or "cpp"; an empty folder means ./NAME.
void new_plugin(const std::string& name, const std::string& language,
                const std::string& folder);

}  // namespace hg::cli
