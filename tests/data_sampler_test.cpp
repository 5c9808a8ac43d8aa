// Which examples, in which order, in which batches; parts of datasets and several together.
#define BOOST_TEST_MODULE data_sampler
#include "data/sampler.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "data/loader.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace tt = boost::test_tools;
using List = std::vector<int64_t>;

namespace {

List sorted(List list) {
  std::sort(list.begin(), list.end());
  return list;
}

List upto(int64_t n) {
  List list(static_cast<size_t>(n));
  std::iota(list.begin(), list.end(), 0);
  return list;
}

TensorDataset counting(int64_t n) { return TensorDataset({arange(n), arange(n) * 10}); }

// The first tensors of a loader's epoch, batch by batch.
std::vector<List> epoch(DataLoader& loader) {
  std::vector<List> batches;
  for (auto [x, y] : loader) batches.push_back(x.to_vector<int64_t>());
  return batches;
}

// Does n of `tries`, each with chance p, lie within five deviations of what is expected?
bool plausible(int64_t n, double tries, double p) {
  return std::abs(double(n) - tries * p) < 5 * std::sqrt(tries * p * (1 - p)) + 1e-9;
}

}  // namespace

// ---- samplers ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(in_order_and_shuffled) {
  BOOST_TEST(SequentialSampler(4).order(9) == (List{0, 1, 2, 3}), tt::per_element());
  BOOST_TEST((SequentialSampler(0).order(9).empty()));
  const RandomSampler random(100);
  BOOST_TEST(random.size() == 100);
  BOOST_TEST(sorted(random.order(1)) == upto(100), tt::per_element());
  BOOST_TEST((random.order(1) == random.order(1)));
  BOOST_TEST((random.order(1) != random.order(2)));
  const SubsetRandomSampler some({7, 3, 9, 3});
  BOOST_TEST(sorted(some.order(5)) == (List{3, 3, 7, 9}), tt::per_element());
  std::set<List> orders;
  for (uint64_t seed = 0; seed < 300; ++seed) orders.insert(some.order(seed));
  BOOST_TEST(orders.size() == 12u);  // 4!/2!
}

BOOST_AUTO_TEST_CASE(more_or_fewer_than_there_are) {
  const List twice = RandomSampler(3, false, 7).order(4);
  BOOST_TEST(twice.size() == 7u);
  // Whole rounds first: each number twice among the first six.
  BOOST_TEST(sorted(List(twice.begin(), twice.begin() + 3)) == upto(3), tt::per_element());
  BOOST_TEST(sorted(List(twice.begin() + 3, twice.begin() + 6)) == upto(3),
             tt::per_element());
  const List few = RandomSampler(50, false, 20).order(4);
  BOOST_TEST((few.size() == 20 && std::set<int64_t>(few.begin(), few.end()).size() == 20));

  std::map<int64_t, int64_t> count;
  for (const int64_t i : RandomSampler(5, true, 10000).order(8)) ++count[i];
  BOOST_TEST(count.size() == 5u);
  for (const auto& [i, n] : count) BOOST_TEST(plausible(n, 10000, 0.2));
  BOOST_TEST(error_of([] { RandomSampler(0, true, 3); }) ==
             "RandomSampler: count is 3, and there is nothing to draw");
  BOOST_TEST(error_of([] { SequentialSampler(-1); }) ==
             "SequentialSampler: n is -1; 0 is the least");
}

BOOST_AUTO_TEST_CASE(weights_decide_how_often) {
  const WeightedRandomSampler sampler({1, 0, 3, 0}, 20000);
  std::map<int64_t, int64_t> count;
  for (const int64_t i : sampler.order(2)) ++count[i];
  BOOST_TEST((count.size() == 2 && plausible(count[0], 20000, 0.25)));

  // Without replacement: of weights 1, 1, 2 the heavy one comes first in half of the cases;
  // and second, when a light one came first, in 2/3.
  const WeightedRandomSampler without({1, 1, 2, 0}, 2, false);
  int64_t first = 0, second = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    const List order = without.order(seed);
    BOOST_TEST((order.size() == 2 && order[0] != order[1] && order[0] < 3 && order[1] < 3));
    first += order[0] == 2;
    second += order[1] == 2;
  }
  BOOST_TEST(plausible(first, 4000, 0.5));
  BOOST_TEST(plausible(second, 4000, 0.5 * 2 / 3));

  BOOST_TEST(error_of([] {
               WeightedRandomSampler({1, 0}, 2, false);
             }) ==
             "WeightedRandomSampler: 2 examples without replacement, and only 1 have a "
             "weight above 0");
  BOOST_TEST(
      error_of([] {
        WeightedRandomSampler({1, -1}, 2);
      }) ==
      "WeightedRandomSampler: weight 1 is -1.000000; weights are finite and 0 at least");
  BOOST_TEST(error_of([] {
               WeightedRandomSampler({0, 0}, 2);
             }) ==
             "WeightedRandomSampler: the weights must have a sum above 0, and finite");
}

BOOST_AUTO_TEST_CASE(batches_of_numbers) {
  const auto seven = std::make_shared<SequentialSampler>(7);
  const BatchSampler all(seven, 3), whole(seven, 3, true);
  BOOST_TEST((all.size() == 3 && whole.size() == 2));
  BOOST_TEST((all.batches(0) == std::vector<List>{{0, 1, 2}, {3, 4, 5}, {6}}));
  BOOST_TEST((whole.batches(0) == std::vector<List>{{0, 1, 2}, {3, 4, 5}}));
  BOOST_TEST(error_of([&] { BatchSampler(seven, 0); }) ==
             "BatchSampler: batch_size is 0; 1 is the least");
  BOOST_TEST(error_of([] { BatchSampler(nullptr, 1); }) ==
             "BatchSampler: there is no sampler");
}

// ---- in a loader ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loader_follows_its_sampler) {
  DataLoader some(counting(10),
                  {.batch_size = 2,
                   .sampler = std::make_shared<SubsetRandomSampler>(List{4, 6, 8}),
                   .seed = 1});
  BOOST_TEST(some.size() == 2);
  std::set<List> orders;
  for (int e = 0; e < 60; ++e) {
    const auto batches = epoch(some);
    BOOST_TEST((batches.size() == 2 && batches[0].size() == 2 && batches[1].size() == 1));
    List order = batches[0];
    order.push_back(batches[1][0]);
    BOOST_TEST(sorted(order) == (List{4, 6, 8}), tt::per_element());
    orders.insert(order);
  }
  BOOST_TEST(orders.size() == 6u);  // a new order each epoch

  // Pairs of neighbours, the later ones first.
  struct Pairs : BatchSampler {
    int64_t size() const override { return 2; }
    std::vector<List> batches(uint64_t) const override { return {{2, 3}, {0, 1}}; }
  };
  DataLoader pairs(counting(4),
                   {.batch_sampler = std::make_shared<Pairs>(), .num_workers = 2});
  BOOST_TEST((pairs.size() == 2 && epoch(pairs) == std::vector<List>{{2, 3}, {0, 1}}));

  const auto sampler = std::make_shared<SequentialSampler>(4);
  BOOST_TEST(error_of([&] {
               DataLoader(counting(4), {.shuffle = true, .sampler = sampler});
             }) == "DataLoader: a sampler and shuffle: only one can say the order");
  BOOST_TEST(error_of([&] {
               DataLoader(counting(4),
                          {.batch_size = 2, .batch_sampler = std::make_shared<Pairs>()});
             }) ==
             "DataLoader: a batch_sampler leaves nothing for batch_size, shuffle, sampler "
             "and drop_last to say");
  // A sampler that names an example that is not there is found out where it is asked for.
  DataLoader beyond(counting(3), {.sampler = sampler, .num_workers = 1});
  BOOST_TEST(error_of([&] { epoch(beyond); }) ==
             "Dataset: there is no example 3; they go from 0 to 2");
}

BOOST_AUTO_TEST_CASE(a_generator_or_an_epochs_number_brings_the_order_back) {
  Generator generator(7);
  DataLoader loader(counting(30),
                    {.batch_size = 30, .shuffle = true, .generator = &generator});
  const auto first = epoch(loader), second = epoch(loader);
  BOOST_TEST((first != second));
  const Generator saved = generator;
  const auto third = epoch(loader);
  generator = saved;
  BOOST_TEST((epoch(loader) == third));

  DataLoader seeded(counting(30), {.batch_size = 30, .shuffle = true, .seed = 4});
  const std::vector<std::vector<List>> all{epoch(seeded), epoch(seeded), epoch(seeded)};
  BOOST_TEST(seeded.epochs() == 3u);
  DataLoader later(counting(30), {.batch_size = 30, .shuffle = true, .seed = 4});
  later.set_epoch(2);
  BOOST_TEST((epoch(later) == all[2]));
}

BOOST_AUTO_TEST_CASE(one_may_collate_oneself) {
  // Example i is a list of i zeros: they are padded to the longest of the batch.
  struct Lists : Dataset {
    int64_t size() const override { return 4; }
    Example get(int64_t i) const override { return {ones({i}), tensor(i)}; }
  };
  const Collate padded = [](std::span<const Example> examples) {
    int64_t longest = 0;
    for (const Example& e : examples) longest = std::max(longest, e[0].size(0));
    Tensor x = zeros({std::ssize(examples), longest});
    std::vector<Tensor> lengths;
    for (size_t n = 0; n < examples.size(); ++n) {
      x.select(0, int64_t(n)).narrow(0, 0, examples[n][0].size(0)).copy_(examples[n][0]);
      lengths.push_back(examples[n][1]);
    }
    return Example{x, stack(lengths)};
  };
  for (const int workers : {0, 2}) {
    DataLoader loader(Lists(),
                      {.batch_size = 3, .num_workers = workers, .collate_fn = padded});
    std::vector<Numbers> rows;
    for (auto [x, lengths] : loader) rows.push_back(numbers(x));
    BOOST_TEST((rows == std::vector<Numbers>{{0, 0, 1, 0, 1, 1}, {1, 1, 1}}));
  }
  DataLoader plain(Lists(), {.batch_size = 3});
  BOOST_TEST(error_of([&] { epoch(plain); }) ==
             "collate: tensor 0 is (1) in example 1 of the batch and (0) in example 0\n"
             "  hint: bring all to one size, or give the loader a collate_fn that pads");
}

BOOST_AUTO_TEST_CASE(more_batches_may_lie_ready) {
  struct Counted : Dataset {
    int64_t size() const override { return 100; }
    Example get(int64_t i) const override {
      ++*asked;
      return {tensor(i), tensor(i)};
    }
    std::shared_ptr<std::atomic<int>> asked = std::make_shared<std::atomic<int>>(0);
  } set;
  DataLoader loader(set, {.num_workers = 2, .prefetch_factor = 5});
  const auto batch = loader.begin();
  for (int i = 0; i < 2000 && *set.asked < 10; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  BOOST_TEST(*set.asked == 10);  // the current one among them
  BOOST_TEST(error_of([&] { DataLoader(set, {.prefetch_factor = 0}); }) ==
             "DataLoader: prefetch_factor is 0, but must be 1 to 1024");
}

// ---- parts and sums ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_subset_renumbers) {
  const Subset some(counting(10), {7, 2, 7});
  BOOST_TEST(some.size() == 3);
  BOOST_TEST(some[1][1].item() == 20);
  const List order{2, 1};
  BOOST_TEST(numbers(some.batch(order)[0]) == (Numbers{7, 2}), tt::per_element());
  BOOST_TEST(error_of([&] { some.get(3); }) ==
             "Dataset: there is no example 3; they go from 0 to 2");
  BOOST_TEST(error_of([&] {
               Subset(counting(3), {0, 3});
             }) == "Subset: example 3 of a dataset of 3");
  const Subset of_subset(some, {0});
  BOOST_TEST(of_subset[0][0].item() == 7);
}

BOOST_AUTO_TEST_CASE(one_set_after_another) {
  const ConcatDataset both({counting(2), counting(0), Subset(counting(9), {8, 5})});
  BOOST_TEST(both.size() == 4);
  List all;
  for (int64_t i = 0; i < 4; ++i) all.push_back(int64_t(both[i][0].item()));
  BOOST_TEST(all == (List{0, 1, 8, 5}), tt::per_element());
  BOOST_TEST(error_of([&] { both.get(4); }) ==
             "Dataset: there is no example 4; they go from 0 to 3");
  BOOST_TEST(error_of([] { ConcatDataset({}); }) ==
             "ConcatDataset: it needs one dataset at least");
}

BOOST_AUTO_TEST_CASE(a_split_deals_each_example_once) {
  manual_seed(11);
  const int64_t n = 10;
  const auto parts = random_split(counting(n), {n - 4, int64_t{4}});
  BOOST_TEST((parts.size() == 2 && parts[0].size() == 6 && parts[1].size() == 4));
  List all = parts[0].numbers();
  all.insert(all.end(), parts[1].numbers().begin(), parts[1].numbers().end());
  BOOST_TEST((all != upto(10)));
  BOOST_TEST(sorted(all) == upto(10), tt::per_element());
  Generator a(3), b(3);
  BOOST_TEST((random_split(counting(9), {4, 5}, a)[0].numbers() ==
              random_split(counting(9), {4, 5}, b)[0].numbers()));

  // PyTorch: of 10 examples, 0.35, 0.35 and 0.3 are 3, 3 and 3; the one left goes first.
  const auto shares = random_split(counting(10), {0.35, 0.35, 0.3});
  BOOST_TEST((shares[0].size() == 4 && shares[1].size() == 3 && shares[2].size() == 3));
  const auto quarters = random_split(counting(10), {0.25, 0.25, 0.25, 0.25});
  BOOST_TEST((quarters[0].size() == 3 && quarters[1].size() == 3));
  BOOST_TEST((quarters[2].size() == 2 && quarters[3].size() == 2));
  BOOST_TEST(error_of([] {
               random_split(counting(10), {4, 5});
             }) ==
             "random_split: counts must add up to the dataset's 10 examples; got 4 + 5");
  BOOST_TEST(error_of([] {
               random_split(counting(10), {-1, 11});
             }) ==
             "random_split: counts must add up to the dataset's 10 examples; got -1 + 11");
  BOOST_TEST(
      error_of([] {
        random_split(counting(10), {0.5, 0.4});
      }) ==
      "random_split: fractions must lie between 0 and 1 and add up to 1; got 0.5 + 0.4");
}
