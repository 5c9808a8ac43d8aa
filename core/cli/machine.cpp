// handgrad machine: what handgrad computes with here.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "cli/commands.hpp"
#include "host/blas.hpp"
#include "host/cpus.hpp"
#include "host/loader.hpp"
#include "host/registry.hpp"
#include "host/threads.hpp"
#include "tensor/error.hpp"

namespace hg::cli {
namespace {

std::string model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string vectors() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  if (__builtin_cpu_supports("avx2")) return "AVX2";
  return "SSE2";
#else
  return "this CPU's own";
#endif
}

std::string cpus() {
  std::string text = fmt::format("{} of {}", available_cpus(),
                                 std::max(1u, std::thread::hardware_concurrency()));
  if (auto limit = control_group_cpus()) {
    text += fmt::format("; the control group grants {}", *limit);
  }
  return text;
}

std::string threads() {
  const char* set = std::getenv("HANDGRAD_THREADS");
  return fmt::format("{}{}", num_threads(),
                     set && *set ? fmt::format("; HANDGRAD_THREADS is {}", set) : "");
}

std::string denormals() {
  set_flush_denormals(true);
  bool can = flush_denormals();
  set_flush_denormals(false);
  return can ? "taken for 0 in lessons and bench" : "kept: this CPU has no other mode";
}

// What a plugin brings may depend on the CPU; its description says so.
std::string fast_kernels() {
  try {
    return load_plugin("fastcpu").doc;
  } catch (const Error& e) {
    return std::string("none: ") + e.what();
  }
}

}  // namespace

void show_machine() {
  auto line = [](const char* name, const std::string& value) {
    std::cout << fmt::format("{:<12} {}\n", name, value);
  };
  line("CPU", model());
  line("vectors", vectors());
  line("CPUs", cpus());
  line("threads", threads());
  line("OpenBLAS", fmt::format("kernels for {}, one thread in each of ours",
                               blas::kernels()));
  if (*blas::problem()) line("", blas::problem());
  line("fastcpu", fast_kernels());
  line("denormals", denormals());
}

}  // namespace hg::cli
