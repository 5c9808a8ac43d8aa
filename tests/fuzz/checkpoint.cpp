// Fuzz target: checkpoints. The bytes are the header and, behind the first zero byte, the
// data; their lengths are always right, so that more than lengths is tried.
#include "io/checkpoint.hpp"

#include "fuzz/target.hpp"
#include "nn/linear.hpp"
#include "optim/schedulers.hpp"
#include "tensor/create.hpp"

using namespace hg;

namespace {

// A small run for the files to be loaded into.
struct Run {
  nn::Linear net{1, 2};
  optim::Optimizer sgd =
      optim::make("sgd", net.parameters(), {{"lr", 0.1}, {"momentum", 0.9}});
  optim::StepLR schedule{sgd, 2};
  data::DataLoader loader{data::TensorDataset({zeros({4, 1})}),
                          {.batch_size = 2, .seed = 1}};
  Generator generator{1};
  io::Checkpoint checkpoint;

  explicit Run(const std::string& path) : checkpoint(path) {
    checkpoint.add("model", net);
    checkpoint.add("optimizer", sgd);
    checkpoint.add("schedule", schedule);
    checkpoint.add("data", loader);
    checkpoint.add("generator", generator);
  }
};

}  // namespace

FUZZ_TARGET(checkpoint) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  std::string file;
  for (int i = 0; i < 8; ++i) file += char(end >> (8 * i) & 255);
  file += bytes.substr(0, end);
  if (end < bytes.size()) file += bytes.substr(end + 1);
  const std::string path = fuzz::file_with(file);
  static Run run(path);
  fuzz::attempt([&] {
    run.checkpoint.load();
    run.schedule.step();
    for (auto batch : run.loader) fuzz::touch(batch[0]);
  });
}
