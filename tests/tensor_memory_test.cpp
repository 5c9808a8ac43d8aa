// Where tensors lie: the caching allocator, storage, and how both are freed.
#define BOOST_TEST_MODULE tensor_memory
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <random>
#include <thread>

#include "support/check.hpp"
#include "tensor/pool.hpp"

using namespace hg;
using namespace hg::test;

BOOST_AUTO_TEST_CASE(blocks_are_aligned_and_do_not_overlap) {
  std::mt19937 random(1);
  struct Block {
    unsigned char* data;
    size_t bytes;
    unsigned char mark;
  };
  std::vector<Block> blocks;
  auto holds_its_mark = [](const Block& b) {
    return std::all_of(b.data, b.data + b.bytes,
                       [&](unsigned char c) { return c == b.mark; });
  };
  for (int step = 0; step < 5000; ++step) {
    if (blocks.size() < 100 || random() % 2) {
      size_t bytes = size_t(1) << (random() % 18);
      bytes += random() % bytes;
      auto* data = static_cast<unsigned char*>(pool::allocate(bytes));
      BOOST_REQUIRE(uintptr_t(data) % 64 == 0);
      blocks.push_back({data, bytes, (unsigned char)(step)});
      std::memset(data, blocks.back().mark, bytes);
    } else {
      size_t i = random() % blocks.size();
      BOOST_REQUIRE(holds_its_mark(blocks[i]));
      pool::release(blocks[i].data, blocks[i].bytes);
      blocks[i] = blocks.back();
      blocks.pop_back();
    }
  }
  for (const Block& b : blocks) {
    BOOST_REQUIRE(holds_its_mark(b));
    pool::release(b.data, b.bytes);
  }
}

BOOST_AUTO_TEST_CASE(every_size_gets_a_block_that_is_large_enough) {
  for (size_t power = 5; power < 20; ++power) {
    for (size_t bytes :
         {(size_t(1) << power) - 1, size_t(1) << power, (size_t(1) << power) + 1,
          (size_t(5) << power) / 4 + 1, (size_t(7) << power) / 4}) {
      void* data = pool::allocate(bytes);
      std::memset(data, 1, bytes);  // the address sanitizer watches the end
      pool::release(data, bytes);
    }
  }
  pool::release(pool::allocate(0), 0);
}

BOOST_AUTO_TEST_CASE(a_freed_block_is_handed_out_again) {
  auto small = zeros({100}).data();
  BOOST_TEST(zeros({100}).data() == small);
  auto large = zeros({100000}).data();
  BOOST_TEST(zeros({100000}).data() == large);
  size_t before = pool::stats().system_calls;
  for (int i = 0; i < 100; ++i) ones({100000});
  BOOST_TEST(pool::stats().system_calls == before);
}

BOOST_AUTO_TEST_CASE(the_peak_of_large_blocks_is_counted) {
  size_t start = pool::stats().in_use;
  pool::reset_peak();
  {
    Tensor a = zeros({1 << 20}), b = zeros({1 << 20});
    BOOST_TEST(pool::stats().in_use >= start + (size_t(8) << 20));
  }
  BOOST_TEST(pool::stats().in_use == start);
  BOOST_TEST(pool::stats().peak >= start + (size_t(8) << 20));
  pool::reset_peak();
  BOOST_TEST(pool::stats().peak == start);
}

BOOST_AUTO_TEST_CASE(trim_gives_everything_back) {
  zeros({1 << 20});
  BOOST_TEST(pool::stats().cached > 0u);
  pool::trim();
  BOOST_TEST(pool::stats().cached == 0u);
  BOOST_TEST(numbers(ones({2})).size() == 2u);
}

BOOST_AUTO_TEST_CASE(memory_may_be_freed_by_another_thread) {
  for (int i = 0; i < 20; ++i) {
    std::vector<Tensor> made;
    std::thread maker([&] {
      for (int k = 0; k < 200; ++k) made.push_back(full({k + 1}, k));
    });
    maker.join();
    std::thread([&] {
      for (int k = 0; k < 200; ++k) {
        if (made[size_t(k)].span<int64_t>().back() != k)
          throw std::logic_error("overwritten");
      }
      made.clear();
    }).join();
  }
}

BOOST_AUTO_TEST_CASE(too_much_memory_is_an_error_that_says_how_much) {
  if (!address_sanitizer) {
    BOOST_TEST(fails_with("bytes left", [] { empty({int64_t(1) << 45}, u8); }));
  }
  BOOST_TEST(
      fails_with("bytes were asked for at once", [] { pool::allocate(size_t(1) << 50); }));
}

BOOST_AUTO_TEST_CASE(poisoned_memory_reads_as_nan) {
  poison_new_storage(true);
  BOOST_TEST(std::isnan(empty({3}).to_vector<float>()[1]));
  BOOST_TEST(std::isnan(empty({3}, f64).to_vector<double>()[1]));
  poison_new_storage(false);
}

BOOST_AUTO_TEST_CASE(wrapped_memory_is_given_back_by_its_last_owner) {
  float memory[4] = {};
  int freed = 0;
  Ref<Storage> storage = wrap_storage(memory, sizeof memory, [&] { ++freed; });
  Ref<Storage> second = storage;
  storage = nullptr;
  BOOST_TEST(freed == 0);
  second = nullptr;
  BOOST_TEST(freed == 1);
}

// A view owns its base. A chain of many, freed at its end, must not use up the stack.
BOOST_AUTO_TEST_CASE(a_long_chain_of_views_is_freed_without_recursion) {
  Tensor end = zeros({1});
  for (int i = 0; i < 1000000; ++i) {
    Tensor next = from_blob(end.data(), {1}, f32);
    next.impl()->base = Ref<TensorImpl>::share(end.impl());
    end = next;
  }
  end = Tensor();
  BOOST_TEST(!end.defined());
}

BOOST_AUTO_TEST_CASE(the_version_counts_changes_in_place_and_is_shared) {
  Tensor t = zeros({2, 2});
  uint32_t before = t.version();
  Tensor view = t.detach();
  t.fill_(1);
  BOOST_TEST(t.version() == before + 1);
  BOOST_TEST(view.version() == before + 1);
  view.add_(1);
  BOOST_TEST(t.version() == before + 2);
  BOOST_TEST(t.clone().version() == 0u);
}
