// Boosted models as things: printed, weighed, stored, and read from files that lie.
#define BOOST_TEST_MODULE trees_model
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <limits>

#include "io/safetensors.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "tensor/random.hpp"
#include "trees/boost.hpp"

using namespace hg;
using namespace hg::trees;
using hg::test::fails_with;
using hg::test::numbers;
using hg::test::Numbers;
namespace tt = boost::test_tools;

namespace {

constexpr double hole = std::numeric_limits<double>::quiet_NaN();

const hg::test::Folder folder;

// Eight dogs and cats: cats are quiet, of the dogs the heavy ones are loud.
struct Pets {
  data::Table x{{data::Column("kind", {"cat", "cat", "dog", "dog", "dog", "dog", "", "cat"},
                              {false, false, false, false, false, false, true, false}),
                 data::Column("kg", {4, 5, 9, 10, 30, 40, 12, hole})}};
  Tensor loudness = tensor({0.0, 0.0, 4.0, 4.0, 10.0, 10.0, 4.0, 0.0});
  BoostOptions options{.rounds = 1,
                       .learning_rate = 1,
                       .tree = {.min_samples_leaf = 1, .category_smoothing = 0}};
};

struct Many {
  Tensor x, y, classes;
  explicit Many(size_t count = 400) {
    Numbers table, values, kinds;
    for (size_t n = 0; n < count; ++n) {
      const double a = uniform_f64(1, n), b = uniform_f64(2, n);
      const double c = double(uniform_below(3, n, 6));
      for (const double v : {n % 11 == 0 ? hole : a, b, c}) table.push_back(v);
      values.push_back(4 * a + b + (c == 2 || c == 5));
      kinds.push_back(double(int(3 * a)));
    }
    x = tensor(table, f64).reshape({-1, 3});
    y = tensor(values, f64);
    classes = tensor(kinds, i64);
  }
  Features features() const { return Features(x, {"a", "b", "c"}, {"c"}); }
};

const Many many;

Boosted model_of(Loss loss) {
  const Tensor y = loss == Loss::logistic ? (many.classes > 0).to(i64)
                 : loss == Loss::softmax  ? many.classes
                                          : many.y;
  return trees::boost(many.features(), y, {.loss = loss, .rounds = 6});
}

}  // namespace

// ---- printing ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_tree_as_text) {
  const Pets pets;
  const Boosted model = trees::boost(pets.x, pets.loudness, pets.options);
  // The start is 4. Heavier than 21: (10-4) above the rest, whose mean is 2.
  BOOST_TEST(model.to_string(0) ==
             "kg <= 21?  (missing: yes, gain 48, 8 rows)\n"
             "  yes: kind in {dog}?  (missing: yes, gain 12, 6 rows)\n"
             "    yes: +0  (3 rows)\n"
             "    no:  -4  (3 rows)\n"
             "  no:  +6  (2 rows)\n");
  BOOST_TEST(model.to_string(0, 0, 1) ==
             "kg <= 21?  (missing: yes, gain 48, 8 rows)\n"
             "  yes: kind in {dog}?  (missing: yes, gain 12, 6 rows)\n"
             "    ...\n"
             "  no:  +6  (2 rows)\n");
}

BOOST_AUTO_TEST_CASE(the_question_whether_a_value_is_there) {
  const Tensor x = tensor({{1.0}, {2.0}, {hole}, {hole}});
  const Boosted model =
      trees::boost(Features(x, {"age"}), tensor({1.0, 1.0, 3.0, 3.0}),
                   {.rounds = 1, .learning_rate = 1, .tree = {.min_samples_leaf = 1}});
  BOOST_TEST(model.to_string(0) ==
             "age is there?  (missing: no, gain 2, 4 rows)\n"
             "  yes: -1  (2 rows)\n"
             "  no:  +1  (2 rows)\n");
}

// ---- importances ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gains_and_splits_add_up) {
  const Pets pets;
  const Boosted model = trees::boost(pets.x, pets.loudness, pets.options);
  BOOST_TEST(numbers(model.gain_importance()) == (Numbers{12 / 60.0, 48 / 60.0}),
             tt::tolerance(1e-6) << tt::per_element());
  BOOST_TEST(numbers(model.split_counts()) == (Numbers{1, 1}), tt::per_element());
  const Boosted flat = trees::boost(pets.x, ones({8}), pets.options);
  BOOST_TEST(numbers(flat.gain_importance()) == (Numbers{0, 0}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_shuffled_is_missed) {
  const Boosted model = model_of(Loss::squared);
  const Tensor rise = permutation_importance(model, many.features(), many.y, 4, 9);
  BOOST_TEST(rise.shape() == (Shape{3, 4}));
  const Numbers mean = numbers(rise.mean(1));
  BOOST_TEST(mean[0] > mean[2]);
  BOOST_TEST(mean[2] > 0.001);
  BOOST_TEST(rise.equal(permutation_importance(model, many.features(), many.y, 4, 9)));
  // A feature that no tree asks about is not missed at all.
  const Features padded(cat({many.x, arange(400.0).reshape({-1, 1}).to(f64)}, 1),
                        {"a", "b", "c", "d"}, {"c"});
  const Tensor constant = zeros({400, 1}, f64);
  const Boosted without = trees::boost(
      Features(cat({many.x, constant}, 1), {"a", "b", "c", "d"}, {"c"}), many.y);
  const Tensor still = permutation_importance(without, padded, many.y, 2);
  BOOST_TEST(numbers(still[3]) == (Numbers{0, 0}), tt::per_element());
  BOOST_TEST(fails_with("repeats is 1 or more", [&] {
    permutation_importance(model, many.features(), many.y, 0);
  }));
}

// ---- files ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_read_is_what_was_written) {
  for (const Loss loss : {Loss::squared, Loss::absolute, Loss::logistic, Loss::softmax}) {
    const Boosted model = model_of(loss);
    model.save(folder / "model.safetensors");
    const Boosted read = Boosted::load(folder / "model.safetensors");
    BOOST_TEST((read.kind() == loss));
    BOOST_TEST((read.features() == model.features()));
    BOOST_TEST(read.rounds() == 6);
    BOOST_TEST(read.scores(many.features()).equal(model.scores(many.features())));
    BOOST_TEST(read.predict(many.features()).equal(model.predict(many.features())));
    BOOST_TEST(read.gain_importance().equal(model.gain_importance()));
    for (int k = 0; k < model.score_count(); ++k) {
      BOOST_TEST(read.to_string(5, k) == model.to_string(5, k));
    }
    read.save(folder / "again.safetensors");
    const auto bytes = [](const std::string& path) {
      std::ifstream file(path, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
    BOOST_TEST(
        (bytes(folder / "model.safetensors") == bytes(folder / "again.safetensors")));
  }
}

BOOST_AUTO_TEST_CASE(a_model_of_no_rounds_can_be_kept) {
  const Tensor noise = tensor({1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0});
  Boosted model = trees::boost(arange(10.0).reshape({-1, 1}), noise,
                               {.learning_rate = 1,
                                .tree = {.min_samples_leaf = 1},
                                .validation_share = 0.3,
                                .patience = 1,
                                .seed = 4});
  BOOST_TEST(model.rounds() == 0);
  model.save(folder / "none.safetensors");
  const Boosted read = Boosted::load(folder / "none.safetensors");
  BOOST_TEST(read.rounds() == 0);
  BOOST_TEST(read.predict(zeros({1, 1})).item() == model.start()[0]);
}

// One thing is changed in a sound file; loading it must say what.
BOOST_AUTO_TEST_CASE(files_that_lie) {
  model_of(Loss::softmax).save(folder / "sound.safetensors");
  io::Metadata text;
  const io::Tensors sound = io::read_safetensors(folder / "sound.safetensors", &text);
  const auto refused = [&](const std::string& part, auto change) {
    io::Tensors tensors;
    for (const auto& [name, t] : sound) tensors[name] = t.clone();
    io::Metadata metadata = text;
    change(tensors, metadata);
    io::write_safetensors(folder / "broken.safetensors", tensors, metadata);
    const std::string message =
        test::error_of([&] { Boosted::load(folder / "broken.safetensors"); });
    BOOST_TEST(message.find(part) != std::string::npos, part + " <> " + message);
  };
  using Tensors = io::Tensors;
  using Metadata = io::Metadata;
  for (const auto& entry : sound) {
    const std::string& name = entry.first;
    const Tensor& t = entry.second;
    refused("it has no tensor '" + name + "'",
            [&](Tensors& tensors, Metadata&) { tensors.erase(name); });
    refused(name, [&](Tensors& tensors, Metadata&) { tensors[name] = t.to(f16); });
    refused(name, [&](Tensors& tensors, Metadata&) { tensors[name] = t.unsqueeze(0); });
  }
  refused("'node.gain' is", [](Tensors& tensors, Metadata&) {
    tensors["node.gain"] = tensors["node.gain"].slice(0, 1);
  });
  // The root asks; its answers are nodes 1 and 2.
  const auto refused_number = [&](const std::string& part, const std::string& name,
                                  auto to) {
    refused(part, [&](Tensors& tensors, Metadata&) {
      tensors[name].template span<decltype(to)>()[0] = to;
    });
  };
  refused_number("a node asks about no feature", "node.feature", int32_t(3));
  refused_number("an answer leads out of its tree", "node.yes", int32_t(0));
  refused_number("an answer leads out of its tree", "node.no", int32_t(-5));
  refused_number("an answer leads out of its tree", "node.no", int32_t(1 << 30));
  refused_number("is not finite", "node.threshold", hole);
  refused_number("is not finite", "node.value", HUGE_VAL);
  refused_number("a start is not finite", "start", hole);
  refused_number("does not cover", "tree.begin", int64_t(1));
  refused("does not rise", [](Tensors& tensors, Metadata&) {
    tensors["tree.begin"].span<int64_t>()[1] = 0;
  });
  refused("a node has no set", [](Tensors& tensors, Metadata&) {
    tensors["node.feature"].span<int32_t>()[0] = 2;
    tensors["node.set"].span<int32_t>()[0] = 1 << 20;
  });
  refused("a round lacks trees", [](Tensors& tensors, Metadata&) {
    const int64_t most = tensors["tree.begin"].len() - 1;
    const Tensor fewer = tensors["tree.begin"].slice(0, 0, most).clone();
    for (auto& [name, t] : tensors) {
      if (name.starts_with("node.")) t = t.slice(0, 0, fewer[-1].item<int64_t>());
    }
    tensors["tree.begin"] = fewer;
  });
  const auto refused_text = [&](const std::string& part, const char* key, const char* to) {
    refused(part, [&](Tensors&, Metadata& metadata) { metadata[key] = to; });
  };
  refused_text("its loss is 'hinge'", "loss", "hinge");
  refused_text("'classes' is '-3'", "classes", "-3");
  refused_text("do not fit the classes", "classes", "2");
  refused_text("do not fit the classes", "loss", "squared");
  refused_text("'features' is '3x'", "features", "3x");
  refused_text("'feature.3' is missing", "features", "4");
  refused_text("'feature.2.categories' is '256'", "feature.2.categories", "256");
  refused_text("'feature.2.category.6' is missing", "feature.2.categories", "7");
  refused_text("has a category twice", "feature.2.category.1", "0");
  refused("'loss' is missing",
          [](Tensors&, Metadata& metadata) { metadata.erase("loss"); });
}

// Whatever is in the file: it is refused, or it is a model that can be asked.
BOOST_AUTO_TEST_CASE(random_damage_does_no_harm) {
  model_of(Loss::squared).save(folder / "sound.safetensors");
  std::ifstream file(folder / "sound.safetensors", std::ios::binary);
  const std::string sound(std::istreambuf_iterator<char>(file), {});
  int read = 0, refused = 0;
  for (uint64_t trial = 0; trial < 2000; ++trial) {
    std::string bytes = sound;
    for (uint64_t change = 0; change < 1 + trial % 5; ++change) {
      const uint64_t at = uniform_below(trial, 2 * change, bytes.size());
      bytes[at] = char(uniform_below(trial, 2 * change + 1, 256));
    }
    std::ofstream(folder / "damaged.safetensors", std::ios::binary) << bytes;
    try {
      const Boosted model = Boosted::load(folder / "damaged.safetensors");
      model.scores(many.features().as_known(model.features(), "test"));
      model.to_string(0);
      ++read;
    } catch (const Error&) {
      ++refused;
    }
  }
  BOOST_TEST(read > 100);
  BOOST_TEST(refused > 100);
}
