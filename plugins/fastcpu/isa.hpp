// isa.hpp: which instruction set the kernels are taken from.
//
// kernels/X.cpp ends with a table of its functions, `extern const X x`, in a namespace that
// is called avx512, avx2 or plain. The files of this folder are compiled once, for any CPU:
// they describe the kernels to the core, check shapes, share the work among threads, and
// call through the table that best() chooses.
#pragma once

namespace hg::fastcpu {

enum class Isa { plain, avx2, avx512 };

/// The best that this CPU and this build have; HANDGRAD_ISA=plain or avx2 asks for less.
Isa isa();
const char* name(Isa isa);

/// What the plugin says of itself, with the choice.
const char* description();

/// Declares the tables of a family, of type Table and called `table`, in all namespaces.
#if defined(__x86_64__)
#define HG_TABLES(Table, table)                       \
  namespace plain { extern const Table table; }       \
  namespace avx2 { extern const Table table; }        \
  namespace avx512 { extern const Table table; }      \
  inline const Table& best_##table() {                \
    static const Table& chosen = isa() == Isa::avx512 ? avx512::table \
                                 : isa() == Isa::avx2 ? avx2::table   \
                                                      : plain::table; \
    return chosen;                                    \
  }
#else
#define HG_TABLES(Table, table)                 \
  namespace plain { extern const Table table; } \
  inline const Table& best_##table() { return plain::table; }
#endif

}  // namespace hg::fastcpu
