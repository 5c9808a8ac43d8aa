// Datasets, and loaders that deal their examples out in batches.
#define BOOST_TEST_MODULE data_loader
#include "data/loader.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "autograd/grad_mode.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace tt = boost::test_tools;

namespace {

// x row i is (2i, 2i+1), label i is 100 + i.
TensorDataset counting(int64_t n) {
  return TensorDataset({arange(2 * n).reshape({n, 2}).to(f32), arange(100, 100 + n)});
}

// The labels of one epoch, batch by batch.
std::vector<Numbers> epoch(DataLoader& loader) {
  std::vector<Numbers> result;
  for (auto [x, y] : loader) {
    BOOST_TEST(x.size(0) == y.size(0));
    // Each row must still stand beside its own label.
    BOOST_TEST(numbers(x[{all, 0}]) == numbers((y - 100) * 2), tt::per_element());
    result.push_back(numbers(y));
  }
  return result;
}

Numbers joined(const std::vector<Numbers>& batches) {
  Numbers all;
  for (const Numbers& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

// Example i is the number i, and a random number.
struct Noisy : Dataset {
  explicit Noisy(int64_t n) : n(n) {}
  int64_t size() const override { return n; }
  Example get(int64_t i) const override {
    check_number(i);
    return {tensor(i), rand({})};
  }
  int64_t n;
};

// Fails at one example, and counts the threads that are inside.
struct Fragile : Dataset {
  int64_t size() const override { return 100; }
  Example get(int64_t i) const override {
    if (i == bad) throw Error("Fragile", "example " + std::to_string(i) + " is broken");
    if (i % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++*asked;
    return {tensor(i), tensor(i)};
  }
  int64_t bad = -1;
  std::shared_ptr<std::atomic<int>> asked = std::make_shared<std::atomic<int>>(0);
};

int64_t threads_now() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

// Are there `before` threads again? One that was joined may be listed for a moment longer.
bool only(int64_t before) {
  for (int i = 0; i < 1000; ++i) {
    if (threads_now() <= before) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace

// ---- datasets ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(rows_of_tensors) {
  const TensorDataset set = counting(5);
  BOOST_TEST(set.size() == 5);
  const auto [x, y] = set[3];
  BOOST_TEST(numbers(x) == (Numbers{6, 7}), tt::per_element());
  BOOST_TEST((y.dim() == 0 && y.item() == 103));
  const std::vector<int64_t> some{4, 0, 4};
  const auto [xs, ys] = set.batch(some);
  BOOST_TEST((xs.shape() == Shape{3, 2} && xs.dtype() == f32 && ys.dtype() == i64));
  BOOST_TEST(numbers(xs) == (Numbers{8, 9, 0, 1, 8, 9}), tt::per_element());
  BOOST_TEST(numbers(ys) == (Numbers{104, 100, 104}), tt::per_element());
  // Copies: what is done to a batch leaves the set alone.
  xs.zero_();
  BOOST_TEST(numbers(set[4][0]) == (Numbers{8, 9}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(tensors_in_another_memory_order) {
  const TensorDataset set({arange(6).reshape({2, 3}).t(), arange(3)});
  const std::vector<int64_t> some{2, 1};
  BOOST_TEST(numbers(set.batch(some)[0]) == (Numbers{2, 5, 1, 4}), tt::per_element());
  BOOST_TEST(
      numbers(gather_rows(arange(6).reshape({2, 3}).t(), some)) == (Numbers{2, 5, 1, 4}),
      tt::per_element());
}

BOOST_AUTO_TEST_CASE(an_index_out_of_range) {
  const TensorDataset set = counting(5);
  BOOST_TEST(error_of([&] { set.get(5); }) ==
             "Dataset: there is no example 5; they go from 0 to 4");
  BOOST_TEST(error_of([&] { set.get(-1); }) ==
             "Dataset: there is no example -1; they go from 0 to 4");
  const std::vector<int64_t> some{0, 9};
  BOOST_TEST(error_of([&] { set.batch(some); }) ==
             "Dataset: there is no example 9; they go from 0 to 4");
  BOOST_TEST(error_of([&] { counting(0).get(0); }) ==
             "Dataset: there is no example 0; the set is empty");
}

BOOST_AUTO_TEST_CASE(tensors_that_do_not_fit_together) {
  BOOST_TEST(error_of([] {
               TensorDataset({zeros({3, 2}), zeros({4})});
             }) ==
             "TensorDataset: the tensors are (3,2), (4): their first sizes, the number of "
             "examples, must be equal");
  BOOST_TEST(
      error_of([] { TensorDataset({zeros({})}); }) ==
      "TensorDataset: the tensors are (): their first sizes, the number of examples, "
      "must be equal");
  BOOST_TEST(error_of([] { TensorDataset({}); }) ==
             "TensorDataset: it needs one tensor at least");
}

BOOST_AUTO_TEST_CASE(examples_are_stacked) {
  const Noisy set(5);
  const std::vector<int64_t> some{1, 3};
  const Example batch = set.batch(some);
  BOOST_TEST((batch[0].shape() == Shape{2} && numbers(batch[0]) == Numbers{1, 3}));

  struct Ragged : Dataset {
    int64_t size() const override { return 2; }
    Example get(int64_t i) const override { return Example(size_t(i + 1), zeros({2})); }
  };
  const std::vector<int64_t> both{0, 1};
  BOOST_TEST(error_of([&] { Ragged().batch(both); }) ==
             "collate: example 1 of the batch has 2 tensors, example 0 1");
}

BOOST_AUTO_TEST_CASE(an_example_of_another_number_of_tensors) {
  const TensorDataset three({arange(4), arange(4) * 2, arange(4) * 3});
  const auto [a, b, c] = three[2].parts<3>();
  BOOST_TEST((a.item() == 2 && b.item() == 4 && c.item() == 6));
  BOOST_TEST(error_of([&] { const auto [x, y] = three[0]; }) ==
             "Example: it has 3 tensors, and 2 are asked for");
}

// ---- loaders ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(batches_in_order) {
  DataLoader loader(counting(7), {.batch_size = 3});
  BOOST_TEST(loader.size() == 3);
  BOOST_TEST(loader.dataset().size() == 7);
  const std::vector<Numbers> expected{{100, 101, 102}, {103, 104, 105}, {106}};
  BOOST_TEST((epoch(loader) == expected));
  BOOST_TEST((epoch(loader) == expected));  // and once more

  DataLoader whole(counting(7), {.batch_size = 3, .drop_last = true});
  BOOST_TEST(whole.size() == 2);
  BOOST_TEST((epoch(whole) == std::vector<Numbers>{{100, 101, 102}, {103, 104, 105}}));
  DataLoader even(counting(6), {.batch_size = 3, .drop_last = true});
  BOOST_TEST((even.size() == 2 && epoch(even).size() == 2));
  DataLoader one(counting(3));
  BOOST_TEST((one.size() == 3 && epoch(one).size() == 3));
  DataLoader large(counting(3), {.batch_size = INT64_MAX});
  BOOST_TEST((large.size() == 1 && epoch(large).size() == 1));
  DataLoader none(counting(0), {.batch_size = 3, .num_workers = 2});
  BOOST_TEST((none.size() == 0 && epoch(none).empty()));
}

BOOST_AUTO_TEST_CASE(a_shuffled_epoch_has_every_example_once) {
  DataLoader loader(counting(1000), {.batch_size = 64, .shuffle = true, .seed = 1});
  Numbers first = joined(epoch(loader)), second = joined(epoch(loader));
  BOOST_TEST((first != second));
  Numbers sorted(1000);
  std::iota(sorted.begin(), sorted.end(), 100);
  for (Numbers* order : {&first, &second}) {
    BOOST_TEST((*order != sorted));
    // A shuffle leaves one number in its place, on average; 20 would be a wonder.
    int64_t stayed = 0;
    for (size_t i = 0; i < 1000; ++i) stayed += (*order)[i] == sorted[i];
    BOOST_TEST(stayed < 20);
    std::sort(order->begin(), order->end());
    BOOST_TEST(*order == sorted, tt::per_element());
  }
}

BOOST_AUTO_TEST_CASE(every_order_is_equally_likely) {
  std::map<Numbers, int> count;
  DataLoader loader(counting(3), {.batch_size = 3, .shuffle = true, .seed = 5});
  for (int i = 0; i < 6000; ++i) ++count[epoch(loader)[0]];
  BOOST_TEST(count.size() == 6u);
  for (const auto& [order, n] : count) BOOST_TEST((850 < n && n < 1150));  // 5 deviations
}

BOOST_AUTO_TEST_CASE(the_seed_decides_not_the_workers) {
  const auto batches = [](int workers, uint64_t seed) {
    DataLoader loader(
        Noisy(50),
        {.batch_size = 8, .shuffle = true, .num_workers = workers, .seed = seed});
    std::vector<Numbers> result;
    for (int e = 0; e < 2; ++e) {
      for (auto [i, noise] : loader) {
        result.push_back(numbers(i));
        result.push_back(numbers(noise));
      }
    }
    return result;
  };
  const auto alone = batches(0, 3);
  for (const int workers : {1, 2, 5}) BOOST_TEST((batches(workers, 3) == alone));
  BOOST_TEST((batches(0, 4) != alone));
  // Random numbers differ from batch to batch and from epoch to epoch.
  std::set<Numbers> different(alone.begin(), alone.end());
  BOOST_TEST(different.size() == alone.size());
}

BOOST_AUTO_TEST_CASE(without_a_seed_manual_seed_decides) {
  const auto order = [] {
    manual_seed(9);
    DataLoader loader(counting(40), {.batch_size = 40, .shuffle = true});
    return epoch(loader)[0];
  };
  BOOST_TEST((order() == order()));
}

BOOST_AUTO_TEST_CASE(the_loops_own_random_numbers_go_on) {
  manual_seed(2);
  const Numbers expected = numbers(rand({4}));
  DataLoader loader(Noisy(8), {.batch_size = 4, .seed = 1});
  manual_seed(2);
  for (auto [i, noise] : loader) {
    if (i[0].item() == 0) BOOST_TEST(numbers(rand({4})) == expected, tt::per_element());
  }
}

BOOST_AUTO_TEST_CASE(batches_have_no_history) {
  struct Trained : Dataset {
    int64_t size() const override { return 4; }
    Example get(int64_t) const override { return {w * 2, w + 1}; }
    Tensor w = ones({2}).requires_grad_();
  };
  for (const int workers : {0, 1}) {
    DataLoader loader(Trained(), {.batch_size = 2, .num_workers = workers});
    for (auto [x, y] : loader) BOOST_TEST(!x.requires_grad());
  }
  BOOST_TEST(grad_enabled());
}

BOOST_AUTO_TEST_CASE(what_a_worker_throws_reaches_the_loop) {
  for (const int workers : {0, 1, 3}) {
    const int64_t before = threads_now();
    Fragile set;
    set.bad = 42;
    DataLoader loader(set, {.batch_size = 5, .num_workers = workers});
    int64_t seen = 0;
    const std::string message = error_of([&] {
      for (auto [x, y] : loader) seen += x.size(0);
    });
    BOOST_TEST(message == "Fragile: example 42 is broken");
    BOOST_TEST(seen == 40);  // the batches before it arrive whole
    BOOST_TEST(only(before));
  }
}

BOOST_AUTO_TEST_CASE(a_broken_first_batch_is_reported_at_once) {
  for (const int workers : {0, 2}) {
    Fragile set;
    set.bad = 0;
    DataLoader loader(set, {.batch_size = 5, .num_workers = workers});
    BOOST_TEST(error_of([&] { loader.begin(); }) == "Fragile: example 0 is broken");
  }
}

BOOST_AUTO_TEST_CASE(leaving_early_ends_the_workers) {
  const int64_t before = threads_now();
  Fragile set;
  DataLoader loader(set, {.batch_size = 2, .num_workers = 4});
  for (int round = 0; round < 20; ++round) {
    int batches = 0;
    for (auto [x, y] : loader) {
      if (++batches == round % 4) break;
    }
    BOOST_TEST(only(before));
  }
  // Nobody works more than two batches a worker ahead.
  *set.asked = 0;
  for (auto [x, y] : loader) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    BOOST_TEST(*set.asked <= 2 * (1 + 8));
    break;
  }
  const auto [x, y] = *loader.begin();  // the first batch alone
  BOOST_TEST(numbers(x) == (Numbers{0, 1}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(two_loops_over_one_loader) {
  DataLoader loader(counting(12), {.batch_size = 4, .num_workers = 2});
  for (auto [x, y] : loader) {
    Numbers inner;
    for (auto [x2, y2] : loader) inner.push_back(y2[0].item());
    BOOST_TEST(inner == (Numbers{100, 104, 108}), tt::per_element());
  }
}

BOOST_AUTO_TEST_CASE(settings_that_make_no_sense) {
  BOOST_TEST(error_of([] { DataLoader(counting(3), {.batch_size = 0}); }) ==
             "DataLoader: batch_size is 0; 1 is the least");
  BOOST_TEST(error_of([] { DataLoader(counting(3), {.num_workers = -1}); }) ==
             "DataLoader: num_workers is -1, but must be 0 to 256");
  BOOST_TEST(error_of([] { DataLoader(std::shared_ptr<const Dataset>()); }) ==
             "DataLoader: there is no dataset");
}
