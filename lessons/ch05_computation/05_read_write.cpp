// # 5.5 Reading and writing
//
// Training takes minutes or weeks, and what it leaves behind are numbers in memory. How do
// they get into a file and back, and what does it take to go on with a training that was
// cut off in the middle, as if nothing had happened?
//
// You know: the state of a module (5.2).
// New here: files of tensors, what a file of parameters is and is not, checkpoints.

#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

struct MLP : nn::Module {
  nn::Linear hidden{*this, "hidden", 20, 256};
  nn::Linear output{*this, "output", 256, 10};
  Tensor forward(const Tensor& x) override {  // (N,20) -> (N,10)
    return output(relu(hidden(x)));
  }
};

// A run that can be interrupted, with everything in it that has a memory: Adam remembers
// past gradients, the loader the order of its epoch, and the generator, from which dropout
// draws, where it stands.

struct Run {
  nn::Sequential net{nn::make<nn::Linear>(8, 32), nn::make<nn::ReLU>(),
                     nn::make<nn::Dropout>(0.2), nn::make<nn::Linear>(32, 1)};
  optim::Optimizer adam = optim::make("adam", net.parameters(), {{"lr", 0.01}});
  data::TensorDataset examples;
  data::DataLoader loader{examples, {.batch_size = 16, .shuffle = true, .seed = 7}};
  io::Checkpoint checkpoint;

  Run(const std::string& path, const Tensor& x, const Tensor& y)
      : examples({x, y}), checkpoint(path) {
    checkpoint.add("net", net);
    checkpoint.add("adam", adam);
    checkpoint.add("data", loader);
  }

  // Steps until the run has `last` of them; saves after step `save_at`.
  void go(int last, int save_at = -1) {
    while (checkpoint.step < last) {
      for (auto [x, y] : loader) {  // (16,8), (16,1)
        adam.zero_grad();
        nn::functional::mse_loss(net(x), y).backward();
        adam.step();
        if (++checkpoint.step == save_at) checkpoint.save();
        if (checkpoint.step == last) return;
      }
    }
  }
};

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.5 Reading and writing");
  manual_seed(lesson.seed() + 1);
  const auto folder = lesson.temporary_folder() / "model";

  // ## Tensors
  // One tensor, a list, or pairs of name and tensor. The name of the file chooses the
  // format: .npy and .npz are NumPy's, everything else is *safetensors*, which PyTorch
  // users exchange. Neither can hold code, so a file from a stranger may be opened. The
  // folder must be there:

  const Tensor x = arange(4).to(f32);  // (4)
  std::string no_folder;
  try {
    save(x, (folder / "x.npy").string());
  } catch (const Error& e) {
    no_folder = e.what();
  }
  std::cout << no_folder << "\n";
  //~ write: /tmp/handgrad-Yk3bQz/model/x.npy: there is no folder
  //~ '/tmp/handgrad-Yk3bQz/model'
  //~   hint: make it first: mkdir -p /tmp/handgrad-Yk3bQz/model

  std::filesystem::create_directories(folder);
  const auto path = [&](const std::string& name) { return (folder / name).string(); };
  save(x, path("x.npy"));
  std::cout << load_tensor(path("x.npy")) << "\n";
  //> tensor([0., 1., 2., 3.])

  save(std::vector{x, zeros({2, 3})}, path("list.safetensors"));
  save({{"x", x}, {"flags", x > 1}, {"half", x.to(f16)}}, path("dict.npz"));
  for (const char* file : {"list.safetensors", "dict.npz"}) {
    for (const auto& [name, t] : load(path(file))) {
      std::cout << file << ": " << name << " " << hg::name(t.dtype()) << " " << t.shape()
                << "\n";
    }
  }
  //> list.safetensors: 0 f32 (4)
  //> list.safetensors: 1 f32 (2,3)
  //> dict.npz: flags bool (4)
  //> dict.npz: half f16 (4)
  //> dict.npz: x f32 (4)

  // Values come back as they went, to the last bit: both zeros, the smallest number above
  // 0, infinity and nan. Lessons take numbers as small as 1e-45 for 0, as computing with
  // them is slow; here they count.

  set_flush_denormals(false);
  const Tensor odd = tensor({0.0, -0.0, 1e-45, 3e38, HUGE_VAL, std::nan("")});  // (6)
  bool bit_equal = true;
  std::cout << odd << "\n";
  for (const char* file : {"odd.npy", "odd.npz", "odd.safetensors"}) {
    save(odd, path(file));
    const Tensor back = load_tensor(path(file));  // (6)
    const bool same = std::memcmp(back.data(), odd.data(), 6 * sizeof(float)) == 0;
    std::cout << file << ": " << (same ? "bit-equal" : "different") << "\n";
    bit_equal &= same;
  }
  //> odd.npy: bit-equal
  //> odd.npz: bit-equal
  //> odd.safetensors: bit-equal

  // ## Parameters
  // A module's state goes to a file. The file knows names, shapes and numbers, and nothing
  // of layers: the definition of the module is program text and stays there. So: make the
  // module, then load.

  MLP net, copy;
  const Tensor X = randn({2, 20});  // (2,20)
  const bool before = copy(X).equal(net(X));
  save(net.state_dict(), path("mlp.params"));
  copy.load_state_dict(load(path("mlp.params")));
  const bool after = copy(X).equal(net(X));
  std::cout << "equal outputs before loading: " << (before ? "yes" : "no")
            << ", after: " << (after ? "yes" : "no") << "\n";
  //> equal outputs before loading: no, after: yes

  // A file for another network is refused with all that differs, and nothing is changed:

  nn::Sequential other(nn::make<nn::Linear>(20, 256));
  std::string refusal;
  try {
    other.load_state_dict(load(path("mlp.params")));
  } catch (const Error& e) {
    refusal = e.what();
  }
  std::cout << refusal << "\n";
  //> load_state_dict: the state does not fit Sequential:
  //>   missing: 0.weight, 0.bias
  //>   unexpected: hidden.weight, hidden.bias, output.weight, output.bias
  //>   hint: strict = false loads what fits

  // ## Files are not to be trusted
  // A disk fills up, a download ends early, somebody is up to no good. We cut the file
  // short at fifty places and ask whether any of the pieces is taken for a whole one:

  std::ifstream in(path("mlp.params"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  int believed = 0, tries = 0;
  const size_t piece = 1 + bytes.size() / 50;
  for (size_t length = 0; length < bytes.size(); length += piece, ++tries) {
    std::ofstream(path("cut.params"), std::ios::binary) << bytes.substr(0, length);
    try {
      load(path("cut.params"));
      ++believed;
    } catch (const Error&) {
    }
  }
  std::printf("of %d shortened files, %d were believed\n", tries, believed);
  //> of 50 shortened files, 0 were believed

  // ## Checkpoints
  // To go on with a training, weights are not enough. It takes Adam's averages, the order
  // of the epoch and the place in it, and the generator that dropout draws from: with one
  // of these missing, the run goes on, but another way. A Checkpoint keeps them all in one
  // file, which is written beside the old one and then renamed. Whenever the power fails,
  // one of the two is there and whole.
  //
  // We train 100 steps in one go; then the same with a stop after 37, in the middle of an
  // epoch, everything thrown away, and a fresh start from the file.

  const Tensor x_all = randn({320, 8});           // (320,8)
  const Tensor y_all = x_all.sum(1, true).sin();  // (320,1)
  const uint64_t seed = lesson.seed() + 2;
  manual_seed(seed);
  Run whole(path("whole.checkpoint"), x_all, y_all);
  whole.go(100);

  manual_seed(seed);
  {
    Run first(path("run.checkpoint"), x_all, y_all);
    first.go(60, 37);  // saves at 37; whatever comes after is lost
  }
  manual_seed(seed + 99);  // the generator, too, must come from the file
  Run second(path("run.checkpoint"), x_all, y_all);
  second.checkpoint.load();
  std::printf("goes on at step %d\n", int(second.checkpoint.step));
  //> goes on at step 37
  second.go(100);
  bool same_run = true;
  const auto a = whole.net.parameters(), b = second.net.parameters();
  for (size_t i = 0; i < a.size(); ++i) same_run &= a[i].equal(b[i]);
  std::cout << "after 100 steps, in one go and interrupted: "
            << (same_run ? "the same weights" : "other weights") << "\n";
  //> after 100 steps, in one go and interrupted: the same weights

  // ## Bars
  lesson.expect("a missing folder is named",
                no_folder.find(folder.string()) != std::string::npos);
  lesson.expect("tensors come back bit for bit", bit_equal);
  lesson.expect("a loaded network computes the same", !before && after);
  lesson.expect("another network's file is refused",
                refusal.find("hidden.weight") != std::string::npos);
  lesson.expect("shortened files that were believed", believed, near(0, 0));
  lesson.expect("interrupted and whole run end alike", same_run);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - save and load move tensors; state_dict() and load_state_dict() move a module's.
// - A file of parameters is no model: the definition is code.
// - To resume, save everything that has a memory, and replace the file in one step.
//
// ## Exercises
// 1. (Code.) Reuse the first two layers of a trained network in another one: copy part of a
//    state_dict, with strict = false.
// 2. (Predict, then run.) Leave Adam out of the checkpoint. By how much do the weights
//    differ after 100 steps? And without the loader?
// 3. (Code.) Save in f16. How large is the file, and how far do the outputs move?
