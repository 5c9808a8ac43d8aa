// A training run that saves all the time is killed at random moments and started again:
// its file is never broken, and it ends with the bits of a run that nobody killed.
//
//     KILLS=1000 build/tests/checkpoint_kill_test        a long test; 20 unless given
#define BOOST_TEST_MODULE checkpoint_kill
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "autograd/grad_mode.hpp"
#include "io/checkpoint.hpp"
#include "io/files.hpp"
#include "nn/linear.hpp"
#include "nn/losses.hpp"
#include "nn/sequential.hpp"
#include "optim/schedulers.hpp"
#include "support/folder.hpp"
#include "tensor/create.hpp"

using namespace hg;
namespace fs = std::filesystem;

namespace {

constexpr int64_t last_step = 150;

// The program to be killed: 48-128-8, a random mask on the input, a file after each step.
// What it learned is left in PATH.done.
void train(const std::string& path) {
  manual_seed(1);
  nn::Sequential net(nn::make<nn::Linear>(48, 128), nn::make<nn::Linear>(128, 8));
  Tensor x = randn({70, 48});
  data::DataLoader loader(data::TensorDataset({x, x.slice(1, 0, 8)}),
                          {.batch_size = 16, .shuffle = true});
  optim::Optimizer adam = optim::make("adam", net.parameters(), {{"lr", 1e-3}});
  optim::StepLR schedule(adam, 3);
  io::Checkpoint run(path);
  run.add("model", net);
  run.add("optimizer", adam);
  run.add("schedule", schedule);
  run.add("data", loader);
  manual_seed(std::random_device{}());  // a resumed run finds other random numbers
  if (!run.load()) manual_seed(2);
  for (; run.step < last_step; ++run.epoch) {
    for (auto [inputs, targets] : loader) {
      adam.zero_grad();
      Tensor mask = bernoulli(full_like(inputs, 0.8));
      nn::functional::mse_loss(net(inputs * mask), targets).backward();
      adam.step();
      ++run.step;
      run.save();
    }
    schedule.step();
  }
  hg::save(net.state_dict(), path + ".done");
}

// Starts this program again, to train. Returns its process.
pid_t start(const std::string& path) {
  const pid_t child = fork();
  if (child != 0) return child;
  setenv("HANDGRAD_TEST_CHECKPOINT", path.c_str(), 1);
  execl("/proc/self/exe", "checkpoint_kill_test", "--run_test=child", "--log_level=error",
        "--report_level=no", static_cast<char*>(nullptr));
  _exit(1);
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(child, *boost::unit_test::disabled()) {
  if (const char* path = std::getenv("HANDGRAD_TEST_CHECKPOINT")) train(path);
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(killed_at_random_moments) {
  const hg::test::Folder folder;
  const std::string path = folder / "run.safetensors";
  const fs::path writing = folder / ".run.safetensors.writing";
  using Clock = std::chrono::steady_clock;

  // Nobody kills the first one, which also tells how long a run takes.
  const auto before = Clock::now();
  int status = 0;
  waitpid(start(path), &status, 0);
  BOOST_TEST_REQUIRE(status == 0);
  const std::chrono::duration<double> whole = Clock::now() - before;
  const std::string expected = contents(path + ".done");
  BOOST_TEST_REQUIRE(expected.size() > 0u);
  fs::remove(path);
  fs::remove(path + ".done");

  const char* wanted = std::getenv("KILLS");
  const int kills_wanted = wanted ? std::atoi(wanted) : 20;
  int kills = 0, while_writing = 0, broken = 0, finished = 0, different = 0;
  Generator moments{uint64_t(getpid())};
  while (kills < kills_wanted || finished == 0) {
    const pid_t process = start(path);
    if (kills < kills_wanted) {
      const double part = uniform_f64(moments.next_seed(), 0) * 0.6;
      std::this_thread::sleep_for(whole * part);
      kill(process, SIGKILL);
    }
    waitpid(process, &status, 0);
    if (WIFSIGNALED(status)) {
      ++kills;
      while_writing += fs::exists(writing) && fs::file_size(writing) > 0;
    }
    if (fs::exists(path)) {
      try {
        io::read_safetensors(path);
      } catch (const Error& e) {
        ++broken;
        BOOST_TEST_MESSAGE(e.what());
      }
    }
    if (WIFEXITED(status)) {
      ++finished;
      BOOST_TEST(WEXITSTATUS(status) == 0);
      different += contents(path + ".done") != expected;
      fs::remove(path);
      fs::remove(path + ".done");
    }
  }
  BOOST_TEST_MESSAGE(kills << " killed, " << while_writing << " of them while writing; "
                           << broken << " broken files; " << finished << " runs finished, "
                           << different << " with other bits");
  BOOST_TEST(broken == 0);
  BOOST_TEST(different == 0);
}
