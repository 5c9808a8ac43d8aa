// # Solutions to 5.5: reading and writing

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

double gap(const Tensor& a, const Tensor& b) {
  no_grad guard;
  return (a - b).abs().max().item();
}

// Trains to step `last`, from step 0 or, to go on, from the checkpoint in `path`, which
// holds the parts that are asked for; saves at the end. Returns the weights in one row.
Tensor train(const std::string& path, int64_t last, bool go_on, bool with_adam,
             bool with_loader) {
  manual_seed(1);
  const Tensor x = randn({320, 8}), y = x.sum(1, true).sin();  // (320,8), (320,1)
  const data::TensorDataset examples({x, y});
  nn::Sequential net(nn::make<nn::Linear>(8, 32), nn::make<nn::Tanh>(),
                     nn::make<nn::Linear>(32, 1));
  auto adam = optim::make("adam", net.parameters(), {{"lr", 0.01}});
  data::DataLoader loader(examples, {.batch_size = 16, .shuffle = true, .seed = 7});
  io::Checkpoint checkpoint(path);
  checkpoint.add("net", net);
  if (with_adam) checkpoint.add("adam", adam);
  if (with_loader) checkpoint.add("data", loader);
  if (go_on) checkpoint.load();
  while (checkpoint.step < last) {
    for (auto [bx, by] : loader) {  // (16,8), (16,1)
      adam.zero_grad();
      nn::functional::mse_loss(net(bx), by).backward();
      adam.step();
      if (++checkpoint.step == last) {
        checkpoint.save();  // inside the loop, where the loader knows its place
        break;
      }
    }
  }
  std::vector<Tensor> rows;
  for (const Tensor& p : net.parameters()) rows.push_back(p.detach().flatten());
  return cat(rows);  // (321)
}

// To step 37, and with a fresh start from there to 100.
Tensor interrupted(const std::string& path, bool with_adam, bool with_loader) {
  train(path, 37, false, with_adam, with_loader);
  return train(path, 100, true, with_adam, with_loader);
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.5 Reading and writing: solutions");
  manual_seed(lesson.seed() + 1);
  const auto folder = lesson.temporary_folder();

  // ## 1. Part of a network
  // The names of the first two layers fit; the rest of the state is left out, and what the
  // new network has beyond them keeps its first values.

  nn::Sequential trained(nn::make<nn::Linear>(4, 8), nn::make<nn::ReLU>(),
                         nn::make<nn::Linear>(8, 8), nn::make<nn::ReLU>(),
                         nn::make<nn::Linear>(8, 10));
  nn::Sequential fresh(nn::make<nn::Linear>(4, 8), nn::make<nn::ReLU>(),
                       nn::make<nn::Linear>(8, 8), nn::make<nn::ReLU>(),
                       nn::make<nn::Linear>(8, 3));
  nn::StateDict part;
  for (const auto& [name, t] : trained.state_dict()) {
    if (name[0] != '4') part.emplace_back(name, t);
  }
  const auto result = fresh.load_state_dict(part, false);
  std::printf("1. missing: %zu, unexpected: %zu\n", result.missing.size(),
              result.unexpected.size());
  lesson.expect("1. left as they were", result.missing.size(), near(2, 0));
  lesson.expect("1. the first layer is the trained one",
                fresh.at<nn::Linear>(0).weight.equal(trained.at<nn::Linear>(0).weight));

  // ## 2. What a checkpoint must hold
  // Without Adam's averages the first steps after the stop are too long, as Adam takes them
  // for the first of all. Without the loader the epoch starts anew and some samples come
  // twice. The run does not break, it only becomes another one.

  const std::string path = (folder / "run.checkpoint").string();
  const Tensor whole = train(path, 100, false, true, true);  // (321)
  const double all = gap(whole, interrupted(path, true, true));
  const double no_adam = gap(whole, interrupted(path, false, true));
  const double no_loader = gap(whole, interrupted(path, true, false));
  std::printf("2. difference: all kept %g, without adam %.3f, without the loader %.3f\n",
              all, no_adam, no_loader);
  lesson.expect("2. everything kept", all, at_most(0));
  lesson.expect("2. without adam", no_adam, at_least(1e-4));
  lesson.expect("2. without the loader", no_loader, at_least(1e-4));

  // ## 3. Half the bits
  // Half the size, and each weight keeps 11 binary digits: outputs move in the fourth
  // decimal.

  nn::Sequential net(nn::make<nn::Linear>(64, 256), nn::make<nn::Tanh>(),
                     nn::make<nn::Linear>(256, 10));
  const Tensor x = randn({32, 64}), y = net(x);  // (32,64), (32,10)
  nn::StateDict halves;
  for (const auto& [name, t] : net.state_dict()) halves.emplace_back(name, t.to(f16));
  const std::string full_file = (folder / "full").string();
  const std::string half_file = (folder / "half").string();
  save(net.state_dict(), full_file);
  save(halves, half_file);
  net.load_state_dict(load(half_file));
  const double moved = gap(net(x), y);
  const double ratio = double(std::filesystem::file_size(half_file)) /
                       double(std::filesystem::file_size(full_file));
  std::printf("3. size %.2f of the f32 file, outputs move by %.5f\n", ratio, moved);
  lesson.expect("3. size", ratio, near(0.5, 0.02));
  lesson.expect("3. outputs move", moved, at_most(2e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
