// fastcpu's choice of an instruction set, and that nothing compiled for one can end up in
// another's place.
#define BOOST_TEST_MODULE fastcpu_isa
#include <stdio.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "host/registry.hpp"
#include "support/check.hpp"
#include "support/every_isa.hpp"

using namespace hg;

namespace {

// What a command prints.
std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return text;
  char block[4096];
  while (const size_t n = fread(block, 1, sizeof block, pipe)) text.append(block, n);
  pclose(pipe);
  return text;
}

std::string best_of_this_cpu() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return "avx512";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
#endif
  return "plain";
}

// The instruction set that fastcpu says it uses.
std::string used() {
  Registry::get().at("core.relu");  // the first use of an operator loads fastcpu
  for (const LoadedPlugin* p : Registry::get().plugins()) {
    if (p->name == "fastcpu") return p->doc.substr(p->doc.rfind(' ') + 1);
  }
  return "fastcpu is not loaded";
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_best_is_used_or_less_where_that_is_asked_for) {
  const std::string best = best_of_this_cpu();
  const char* asked = std::getenv("HANDGRAD_ISA");
  if (!asked) {
    BOOST_TEST(used() == best);
  } else if (std::string(asked) == "plain" || best != "plain") {
    BOOST_TEST(used() == asked);
  } else {
    BOOST_TEST(used() == best);  // more than there is cannot be had
  }
}

// A weak symbol is one that the linker takes from any object, such as an inline function of
// the C++ library. Taken from a kernel's object, it would run AVX-512 on every CPU. So each
// object of a kernel defines its table, which names its instruction set, and no more; what
// it calls is C.
BOOST_AUTO_TEST_CASE(objects_of_kernels_share_no_code) {
  const std::filesystem::path folder =
      std::string(HANDGRAD_BUILD_DIR) + "/obj/plugins/fastcpu/kernels";
  int objects = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".o") continue;
    ++objects;
    const std::string isa = entry.path().stem().extension().string().substr(1);
    std::istringstream lines(output_of("nm '" + entry.path().string() + "'"));
    int tables = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.size() < 20) continue;
      const char kind = line[17];
      const std::string symbol = line.substr(19), where = entry.path().filename().string();
      BOOST_TEST(std::string("WwVvuC").find(kind) == std::string::npos,
                 where << " has the weak symbol " << symbol);
      const bool from_library =
          symbol.starts_with("_ZSt") || symbol.starts_with("_ZNSt") ||
          symbol.starts_with("_ZNKSt") || symbol.starts_with("__cxa");
      BOOST_TEST(!from_library, where << " uses " << symbol);
      if (kind != 'R' && kind != 'D' && kind != 'T') continue;
      ++tables;
      BOOST_TEST(symbol.find(std::to_string(isa.size()) + isa) != std::string::npos,
                 where << " defines " << symbol);
    }
    BOOST_TEST(tables > 0, entry.path() << " defines nothing that the linker sees");
  }
  BOOST_TEST(objects > 0, "no kernels are built in " << folder);
}

BOOST_AUTO_TEST_CASE(relu_of_a_few_numbers_agrees) {
  for (const char* inputs : {"normal[0]", "normal[1]", "normal[17]", "normal[3,5]"}) {
    BOOST_TEST(hg::test::disagreement("relu", inputs) == "");
  }
}
