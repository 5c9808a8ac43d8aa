#include "isa.hpp"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace hg::fastcpu {
namespace {

Isa of_this_cpu() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return Isa::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
#endif
  return Isa::plain;
}

}  // namespace

const char* name(Isa isa) {
  return isa == Isa::avx512 ? "avx512" : isa == Isa::avx2 ? "avx2" : "plain";
}

Isa isa() {
  static const Isa chosen = [] {
    const Isa best = of_this_cpu();
    const char* asked = std::getenv("HANDGRAD_ISA");
    for (Isa i : {Isa::plain, Isa::avx2}) {
      if (asked && !std::strcmp(asked, name(i)) && i < best) return i;
    }
    return best;
  }();
  return chosen;
}

const char* description() {
  return isa() == Isa::avx512 ? "vectorised and blocked CPU kernels, here with avx512"
         : isa() == Isa::avx2 ? "vectorised and blocked CPU kernels, here with avx2"
                              : "vectorised and blocked CPU kernels, here plain";
}

}  // namespace hg::fastcpu
