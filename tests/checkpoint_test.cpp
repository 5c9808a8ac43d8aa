// Checkpoints: a run that stops anywhere and goes on computes the same bits; a file of
// another run, or a damaged one, changes nothing.
#define BOOST_TEST_MODULE checkpoint
#include "io/checkpoint.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "autograd/grad_mode.hpp"
#include "nn/linear.hpp"
#include "nn/losses.hpp"
#include "optim/schedulers.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "tensor/create.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::fails_with;
using hg::test::Numbers;
using hg::test::numbers;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

// Two layers, with what makes resuming hard: a random mask as of dropout, and a buffer that
// follows the data as the statistics of batch normalization do.
struct Net : nn::Module {
  explicit Net(int64_t width = 5)
      : hidden(*this, "hidden", 3, width), out(*this, "out", width, 1) {}
  nn::Linear hidden, out;
  nn::Buffer mean{*this, "mean", zeros({3})};

  Tensor forward(const Tensor& x) override {
    if (training()) {
      no_grad guard;
      mean.mul_(0.9).add_(x.mean(0) * 0.1);
    }
    Tensor h = hidden(x - mean).relu();
    if (training()) h = h * bernoulli(full_like(h, 0.5)) * 2;
    return out(h);
  }
};

data::TensorDataset examples() {
  manual_seed(7);
  Tensor x = randn({10, 3});
  return data::TensorDataset({x, x.sum(1, true)});
}

// Ten examples in batches of three: four batches an epoch, the last one smaller.
struct Training {
  Net net;
  data::DataLoader loader;
  optim::Optimizer optimizer;
  optim::StepLR schedule;
  io::Checkpoint run;

  // Everything random depends on the seed: a run that is resumed starts from another one.
  Training(const std::string& name, const std::string& path, uint64_t seed)
      : loader((examples()), {.batch_size = 3, .shuffle = true}),
        optimizer(make(name, net, seed)),
        schedule(optimizer, 2),
        run(path) {
    run.add("model", net);
    run.add("optimizer", optimizer);
    run.add("schedule", schedule);
    run.add("data", loader);
  }

  static optim::Optimizer make(const std::string& name, Net& net, uint64_t seed) {
    manual_seed(seed);
    for (const Tensor& p : net.parameters()) p.detach().uniform_(-1, 1);
    optim::Options options{{"lr", 0.05}};
    if (name == "sgd") options.emplace_back("momentum", 0.9);
    return optim::make(name, net.parameters(), options);
  }

  // Five epochs, or until `stop` steps are done in all; then the file is written.
  void train(int64_t stop = -1) {
    for (; run.epoch < 5; ++run.epoch) {
      for (auto [x, y] : loader) {
        optimizer.zero_grad();
        nn::functional::mse_loss(net(x), y).backward();
        optimizer.step();
        run.numbers["seen"] += double(x.size(0)) / 3;
        if (++run.step == stop) return run.save();
      }
      schedule.step();
    }
  }

  // Everything there is, to be compared bit for bit.
  std::string everything() {
    std::string bytes = std::to_string(run.epoch) + " " + std::to_string(run.step) + " " +
                        std::to_string(run.numbers["seen"] * 1e6);
    for (auto& state : {net.state_dict(), optimizer.state_dict().tensors}) {
      for (auto& [name, t] : state) {
        bytes += " " + name + " ";
        bytes.append(static_cast<const char*>(t.data()),
                     size_t(t.numel()) * size_of(t.dtype()));
      }
    }
    auto texts = optimizer.state_dict().numbers, more = schedule.state_dict();
    texts.insert(texts.end(), more.begin(), more.end());
    for (auto& [name, text] : texts) bytes += " " + name + "=" + text;
    const Generator& g = default_generator();
    return bytes + " " + std::to_string(g.seed) + " " + std::to_string(g.calls);
  }
};

}  // namespace

// Stopped behind each of the twenty steps, within epochs and at their ends.
BOOST_AUTO_TEST_CASE(a_run_goes_on_where_it_stopped) {
  for (const char* name : {"sgd", "adam"}) {
    Training whole(name, folder / "whole", 1);
    whole.train();
    BOOST_TEST(whole.run.step == 20);
    const std::string expected = whole.everything();
    for (int64_t stop = 1; stop <= 20; ++stop) {
      BOOST_TEST_CONTEXT(name << " stopped at " << stop) {
        const std::string path = folder / (std::string(name) + std::to_string(stop));
        Training(name, path, 1).train(stop);
        Training again(name, path, 2);
        BOOST_TEST(again.run.load());
        BOOST_TEST(again.run.step == stop);
        again.train();
        BOOST_TEST((again.everything() == expected));
      }
    }
    Training other(name, folder / "other", 2);
    other.train();
    BOOST_TEST((other.everything() != expected));  // the seed matters, so the test can fail
  }
}

BOOST_AUTO_TEST_CASE(a_run_saved_between_epochs) {
  Training whole("sgd", folder / "whole", 1);
  whole.train();
  const std::string path = folder / "between", expected = whole.everything();
  {
    Training first("sgd", path, 1);
    first.train(8);  // the last batch of epoch 1
    BOOST_TEST(first.run.epoch == 1);
    first.schedule.step();
    ++first.run.epoch;
    for (auto _ : first.loader) break;  // an epoch that was begun and left
    first.loader.set_epoch(2);
    first.run.save();
  }
  Training again("sgd", path, 2);
  again.run.load();
  BOOST_TEST(again.run.epoch == 2);
  again.train();
  BOOST_TEST((again.everything() == expected));
}

BOOST_AUTO_TEST_CASE(workers_and_generators_of_the_loader) {
  struct Case {
    int workers;
    bool own_generator;
  };
  for (auto [workers, own_generator] : {Case{0, true}, Case{2, false}, Case{2, true}}) {
    auto rows = [&](data::DataLoader& loader, int epochs) {
      Numbers list;
      for (int e = 0; e < epochs; ++e) {
        for (auto [x, y] : loader) {
          for (double v : numbers(y)) list.push_back(v);
        }
      }
      return list;
    };
    Generator a(5), b(6);
    data::TensorDataset set = examples();
    data::LoaderOptions options{
        .batch_size = 3, .shuffle = true, .num_workers = workers, .seed = 3};
    auto with = [&, own_generator = own_generator](Generator& g) {
      if (own_generator) options.generator = &g;
      return data::DataLoader(set, options);
    };
    data::DataLoader whole = with(a);
    const Numbers expected = rows(whole, 3);  // 30 numbers
    for (int stop = 1; stop <= 4; ++stop) {
      Generator first(5);
      data::DataLoader one = with(first), two = with(b);
      rows(one, 1);
      Numbers seen(expected.begin(), expected.begin() + 10);
      int batches = 0;
      for (auto [x, y] : one) {
        for (double v : numbers(y)) seen.push_back(v);
        if (++batches < stop) continue;
        io::Checkpoint run(folder / "loader");
        run.add("data", one);
        run.add("generator", first);
        run.save();
        break;
      }
      io::Checkpoint run(folder / "loader");
      run.add("data", two);
      run.add("generator", b);
      run.load();
      for (double v : rows(two, 2)) seen.push_back(v);
      BOOST_TEST(seen == expected, tt::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(numbers_and_tensors_come_back_exactly) {
  const std::string path = folder / "numbers";
  Tensor average = tensor({1.5, -2.0});
  io::Checkpoint run(path);
  run.add("average", average);
  BOOST_TEST(!run.load());  // there is no file yet
  run.epoch = -3;
  run.step = INT64_MAX;
  run.numbers = {{"best", 0.1}, {"odd name \u00e9.", 5e-324}, {"worst", HUGE_VAL}};
  manual_seed(12345678901234567890u);
  rand({3});
  run.save();
  const Numbers next = numbers(rand({3}));
  const auto kept = run.numbers;

  average.zero_();
  run.epoch = run.step = 0;
  run.numbers = {{"other", 1}};
  manual_seed(0);
  BOOST_TEST(run.load());
  BOOST_TEST(run.epoch == -3);
  BOOST_TEST(run.step == INT64_MAX);
  BOOST_TEST((run.numbers == kept));
  BOOST_TEST(numbers(average) == (Numbers{1.5, -2}), tt::per_element());
  BOOST_TEST(numbers(rand({3})) == next, tt::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_files_are_kept) {
  const std::string path = folder / "kept";
  auto step_of = [](const std::string& file) {
    io::Metadata metadata;
    io::list_safetensors(file, &metadata);
    return metadata.at("run.step");
  };
  io::Checkpoint run(path, 3);
  for (run.step = 1; run.step <= 5; ++run.step) run.save();
  BOOST_TEST(step_of(path) == "5");
  BOOST_TEST(step_of(path + ".1") == "4");
  BOOST_TEST(step_of(path + ".2") == "3");
  BOOST_TEST(!fs::exists(path + ".3"));

  // A save that ended between keeping the old file and writing the new one: the next one
  // does not push anything out.
  fs::remove(path + ".1");
  fs::create_hard_link(path, path + ".1");
  run.save();
  BOOST_TEST(step_of(path + ".1") == "5");
  BOOST_TEST(step_of(path + ".2") == "3");
  BOOST_TEST(fails_with("keep is 0", [&] { io::Checkpoint(path, 0); }));
}

// ---- files that do not fit --------------------------------------------------------------

namespace {

// What load() says, after making sure that it has changed nothing.
std::string refusal(Training& t) {
  const std::string before = t.everything();
  const data::LoaderState loader = t.loader.state();
  std::string message = error_of([&] { t.run.load(); });
  BOOST_TEST((t.everything() == before));
  BOOST_TEST(t.loader.state().epoch == loader.epoch);
  BOOST_TEST(t.loader.state().seed == loader.seed);
  const size_t at = message.find(t.run.path());
  return at == message.npos ? message : message.substr(at + t.run.path().size());
}

void check_says(const std::string& message, const std::string& part) {
  BOOST_TEST(message.find(part) != message.npos, message << "\nlacks: " << part);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_of_another_run) {
  const std::string path = folder / "mine";
  Training("sgd", path, 1).train(5);
  Training adam("adam", path, 2);
  check_says(refusal(adam), " is of another run:\noptimizer: ");

  // All that differs is in one message, from whatever part.
  {
    Net wide(6);
    optim::Optimizer sgd = Training::make("sgd", wide, 1);
    io::Checkpoint other(path);
    Training t("sgd", folder / "unused", 1);
    other.add("model", wide);
    other.add("optimizer", sgd);
    other.add("schedule", t.schedule);
    other.add("data", t.loader);
    other.save();
  }
  Training t("sgd", path, 2);
  t.train(3);
  Training("sgd", path, 1).run.save();
  {
    Net wide(6);
    optim::Optimizer sgd = Training::make("sgd", wide, 1);
    io::Checkpoint other(path);
    other.add("model", wide);
    other.add("optimizer", sgd);
    other.add("schedule", t.schedule);
    data::DataLoader loader(examples(), {.batch_size = 5});
    other.add("data", loader);
    other.save();
  }
  const std::string message = refusal(t);
  check_says(message, "\nmodel: the state does not fit Net:\n");
  BOOST_TEST(message.find("hint") == message.npos);
  check_says(message, "hidden.weight ((6,3) in the state, (5,3) here)");
  check_says(message, "\noptimizer: ");
  check_says(message, "\ndata: ");
  check_says(message, "batches is 2 in the state, 4 here");
}

BOOST_AUTO_TEST_CASE(parts_that_are_missing_or_unknown) {
  const std::string path = folder / "parts";
  Tensor a = ones({2}), b = ones({3});
  {
    io::Checkpoint run(path);
    run.add("a", a);
    run.add("old", b);
    run.save();
  }
  io::Checkpoint run(path);
  run.add("a", a);
  run.add("new", b);
  const std::string message = error_of([&] { run.load(); });
  check_says(message, "new is missing");
  check_says(message, "old is not known here");

  for (const char* name : {"", "a.b", "run", "a"}) {
    BOOST_TEST(fails_with("cannot be the name of a part", [&] { run.add(name, b); }));
  }
}

BOOST_AUTO_TEST_CASE(another_type_or_shape) {
  const std::string path = folder / "types";
  Tensor a = ones({2});
  io::Checkpoint run(path);
  run.add("a", a);
  run.save();
  for (const Tensor& other : {ones({2}, f64), ones({1, 2})}) {
    io::Checkpoint again(path);
    again.add("a", other);
    check_says(error_of([&] { again.load(); }), "it is (2) f32 in the state");
  }
  // A model in another precision: loading would round, so it is refused.
  Net net;
  io::Checkpoint half(path);
  half.add("model", net);
  net.to(f64);
  half.save();
  net.to(f32);
  check_says(error_of([&] { half.load(); }), "hidden.weight is f64 in the state, f32 here");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_checkpoint) {
  Training t("sgd", folder / "none", 1);
  io::write_safetensors(folder / "none", {{"w", ones({2})}});
  check_says(refusal(t), ": it is no checkpoint");
  std::ofstream(folder / "none") << "hello, world";
  check_says(refusal(t), ": byte 0: the header's length is");
  BOOST_TEST(fails_with("there is no folder", [] { io::Checkpoint run("/nowhere/run"); }));
}

// Texts and places that were changed by hand: never a crash, never half a load.
BOOST_AUTO_TEST_CASE(damaged_checkpoints) {
  const std::string path = folder / "damaged";
  Training("sgd", path, 1).train(5);
  io::Metadata good;
  const io::Tensors tensors = io::read_safetensors(path, &good);
  Training t("sgd", path, 2);
  for (auto& [key, value] : good) {
    for (const char* wrong : {"", "x", "-1", "99999999999999999999", "1e400"}) {
      const bool number = wrong == std::string("-1");
      const bool large = wrong == std::string("99999999999999999999");
      if (key.starts_with("run.numbers") && (number || large)) continue;
      if ((key == "run.epoch" || key == "run.step") && number) continue;
      io::Metadata bad = good;
      bad[key] = wrong;
      io::write_safetensors(path, tensors, bad);
      BOOST_TEST_CONTEXT(key << " = '" << wrong << "'") {
        // A hyper-parameter, a rate or a seed may be any number.
        if (key.find("group") == key.npos && key.find("lr") == key.npos) {
          BOOST_TEST(!refusal(t).empty());
        } else {
          error_of([&] { t.run.load(); });
        }
      }
    }
    io::Metadata bad = good;
    bad.erase(key);
    io::write_safetensors(path, tensors, bad);
    if (key.starts_with("run.numbers")) continue;
    BOOST_TEST_CONTEXT("without " << key) { BOOST_TEST(!refusal(t).empty()); }
  }
  for (auto& [key, value] : tensors) {
    // Without a buffer momentum may have been switched on after the last step.
    if (key.ends_with("momentum_buffer")) continue;
    io::Tensors bad = tensors;
    bad.erase(key);
    io::write_safetensors(path, bad, good);
    BOOST_TEST_CONTEXT("without " << key) { BOOST_TEST(!refusal(t).empty()); }
  }
  io::write_safetensors(path, tensors, good);
  BOOST_TEST(t.run.load());
}
