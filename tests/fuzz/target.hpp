// A fuzz target: any bytes at all go into a reader. It may take them or throw an hg::Error;
// a crash, another exception, much time or much memory is a bug.
//
//     FUZZ_TARGET(wav) {  // what follows gets `bytes`
//       fuzz::attempt([&] { fuzz::touch(data::parse_wav(...).samples); });
//     }
//
// `make fuzz` builds each file here into a program of libFuzzer's, which changes the bytes
// of corpus/NAME/ so that ever more of the reader's code is reached. tests/fuzz_test.cpp
// calls the same targets with a few thousand changes that are the same each time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::fuzz {

using Run = void (*)(std::string_view bytes);

struct Target {
  const char* name;
  Run run;
};
/// Those that are linked into this program.
inline std::vector<Target>& targets() {
  static std::vector<Target> list;
  return list;
}
struct Registered {
  Registered(const char* name, Run run) { targets().push_back({name, run}); }
};

/// Calls f, which may throw an hg::Error.
template <class F>
void attempt(F&& f) {
  try {
    f();
  } catch (const Error&) {
  }
}

/// Reads every element, so that the sanitizer sees memory that is not the tensor's.
void touch(const Tensor& t);

/// The bytes as a file, for readers that want a path. There is one at a time.
std::string file_with(std::string_view bytes);

inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace hg::fuzz

#ifdef HANDGRAD_LIBFUZZER
#define FUZZ_ENTRY(name)                                                    \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    run_##name({reinterpret_cast<const char*>(data), size});                \
    return 0;                                                               \
  }
#else
#define FUZZ_ENTRY(name) static const hg::fuzz::Registered registered(#name, run_##name);
#endif

#define FUZZ_TARGET(name)                         \
  static void run_##name(std::string_view bytes); \
  FUZZ_ENTRY(name)                                \
  static void run_##name(std::string_view bytes)
