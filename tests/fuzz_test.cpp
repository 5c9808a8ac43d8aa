// Every reader against a few thousand damaged files, the same ones each time. The targets
// are those of `make fuzz`, which tries many more, and new ones each time.
//
//     FUZZ_RUNS=100000 build/tests/fuzz_test --run_test=wav
#define BOOST_TEST_NO_MAIN
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "fuzz/target.hpp"
#include "tensor/pool.hpp"

using namespace hg;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> corpus(const std::string& target) {
  std::vector<fs::path> paths;
  const fs::path folder = fs::path(HANDGRAD_SOURCE_DIR) / "tests/fuzz/corpus" / target;
  for (auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in),
                       std::istreambuf_iterator<char>());
  }
  return seeds;
}

// Changes bytes as files are damaged, and as somebody would change them who means harm.
class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  std::string change(std::string bytes, const std::vector<std::string>& seeds) {
    for (uint64_t n = 1 + below(4); n > 0; --n) {
      const size_t at = below(bytes.size() + 1), count = 1 + below(16);
      switch (below(9)) {
        case 0: bytes.resize(at); break;
        case 1: bytes.erase(at, count); break;
        case 2: bytes.insert(at, bytes.substr(below(bytes.size() + 1), count)); break;
        case 3: bytes.insert(at, count, char(below(256))); break;
        case 4: overwrite(bytes, at, seeds[below(seeds.size())], count); break;
        case 5:
          if (at < bytes.size()) bytes[at] = char(bytes[at] ^ 1 << below(8));
          break;
        case 6:
          if (at < bytes.size()) bytes[at] = char(below(256));
          break;
        case 7: number(bytes, at); break;
        default: digits(bytes, at); break;
      }
    }
    return bytes;
  }
  uint64_t below(uint64_t n) { return n == 0 ? 0 : random_() % n; }

 private:
  void overwrite(std::string& bytes, size_t at, const std::string& from, size_t count) {
    bytes.replace(at, count, from, below(from.size() + 1), count);
  }
  // A number of 1 to 8 bytes, in either order, of the kind that sizes lie with.
  void number(std::string& bytes, size_t at) {
    constexpr uint64_t odd[] = {0,          1,
                                127,        128,
                                255,        256,
                                32767,      32768,
                                65535,      65536,
                                0x7fffffff, 0x80000000,
                                0xffffffff, 0x100000000,
                                INT64_MAX,  uint64_t(1) << 63,
                                UINT64_MAX, UINT64_MAX - 7};
    const uint64_t n = odd[below(std::size(odd))];
    const size_t width = size_t(1) << below(4);
    if (at + width > bytes.size()) return;
    std::memcpy(&bytes[at], &n, width);
    if (below(2) == 1) std::reverse(&bytes[at], &bytes[at] + width);
  }
  // The same in a text.
  void digits(std::string& bytes, size_t at) {
    constexpr const char* odd[] = {"0",
                                   "-1",
                                   "255",
                                   "65536",
                                   "4294967295",
                                   "2147483648",
                                   "9223372036854775807",
                                   "18446744073709551616",
                                   "1e999",
                                   "nan",
                                   "",
                                   "[",
                                   "{",
                                   "\"",
                                   ","};
    while (at < bytes.size() && (bytes[at] < '0' || bytes[at] > '9')) ++at;
    size_t end = at;
    while (end < bytes.size() && bytes[end] >= '0' && bytes[end] <= '9') ++end;
    bytes.replace(at, end - at, odd[below(std::size(odd))]);
  }

  std::mt19937_64 random_;
};

void fuzz_target(const fuzz::Target& target, uint64_t runs) {
  const std::vector<std::string> seeds = corpus(target.name);
  BOOST_TEST_REQUIRE(!seeds.empty());
  Mutator mutator(12345);
  for (const std::string& seed : seeds) target.run(seed);
  for (uint64_t i = 0; i < runs; ++i) {
    const std::string bytes = mutator.change(seeds[mutator.below(seeds.size())], seeds);
    pool::reset_peak();
    const size_t before = pool::stats().peak;
    try {
      target.run(bytes);
    } catch (const std::exception& e) {
      BOOST_ERROR("change " << i << " ended in another exception: " << e.what());
    }
    // A packed byte becomes 1032 at most, and a reader may need a copy of them.
    const size_t taken = pool::stats().peak - before;
    BOOST_TEST(taken <= 4 * 1032 * bytes.size() + (1 << 20));
  }
  BOOST_TEST_MESSAGE(target.name << ": " << runs << " changes of " << seeds.size()
                                 << " files");
}

bool add_targets() {
  const char* wanted = std::getenv("FUZZ_RUNS");
  const uint64_t runs = wanted ? std::strtoull(wanted, nullptr, 10) : 3000;
  auto& suite = boost::unit_test::framework::master_test_suite();
  suite.p_name.value = "fuzz";
  for (const fuzz::Target& target : fuzz::targets()) {
    suite.add(boost::unit_test::make_test_case([=] { fuzz_target(target, runs); },
                                               target.name, __FILE__, __LINE__));
  }
  return !fuzz::targets().empty();
}

}  // namespace

int main(int argc, char** argv) {
  return boost::unit_test::unit_test_main(&add_targets, argc, argv);
}
