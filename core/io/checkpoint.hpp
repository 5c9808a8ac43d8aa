// Checkpoint: everything that a training run needs to go on, in one file.
//
//     io::Checkpoint run("out/run.safetensors");
//     run.add("model", net);
//     run.add("optimizer", sgd);
//     run.add("data", loader);
//     run.load();                                    // where there is a file: goes on
//     for (; run.epoch < 10; ++run.epoch) {
//       for (auto [x, y] : loader) {
//         ...
//         if (++run.step % 100 == 0) run.save();
//       }
//     }
//
// A run that was stopped at any moment and is started again computes the same numbers, bit
// for bit, as one that was not (same build, processor and number of threads). That takes
// more than weights: the optimizer's memory, the schedule's, the state of the random
// generator, and how far the loop has come in its shuffled data. A save while the loop
// works on a batch counts that batch as done.
//
// The file is a safetensors file, so that anybody can look into it: `handgrad tensors`. Its
// tensors are called "model.0.weight", its texts likewise "optimizer.0.steps". It is
// replaced as a whole: whenever the process is killed, the old or the new one is there.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "data/loader.hpp"
#include "io/safetensors.hpp"
#include "nn/module.hpp"
#include "optim/optimizer.hpp"
#include "optim/scheduler.hpp"

namespace hg::io {

/// What a part of a run remembers.
struct PartState {
  TensorList tensors;
  optim::Numbers numbers;
};

class Checkpoint {
 public:
  /// With keep = 3 the two files before the last one stay too, as PATH.1 and PATH.2.
  /// Throws if the folder does not exist.
  explicit Checkpoint(std::string path, int keep = 1);

  int64_t epoch = 0;
  int64_t step = 0;
  /// Numbers of your own: run.numbers["best"] = 0.91. They come back exactly.
  std::map<std::string, double> numbers;

  // The parts of the run. They must live as long as the Checkpoint. Names have no dot.
  void add(const std::string& name, nn::Module& module);
  void add(const std::string& name, optim::Optimizer& optimizer);
  /// A schedule writes into its optimizer, which must be added before it.
  void add(const std::string& name, optim::Scheduler& schedule);
  void add(const std::string& name, data::DataLoader& loader);
  /// One more generator; the default one of this thread is always kept.
  void add(const std::string& name, Generator& generator);
  /// A tensor whose values are kept, such as a running average.
  void add(const std::string& name, const Tensor& tensor);
  /// A part of any other kind. `load` must throw, and change nothing, if a state does not
  /// fit; the states that it gets have the names that `save` gave.
  void add_part(const std::string& name, const std::string& kind,
                std::function<PartState()> save,
                std::function<void(const PartState&)> load);

  /// Writes the file. Throws if that is not possible; the old one is then still there.
  void save() const;
  /// Goes on from the file. False if there is none. Throws if it is damaged or of another
  /// run, with a list of all that differs; then nothing has changed.
  bool load();

  const std::string& path() const { return path_; }

 private:
  struct Part {
    std::string name, kind;
    std::function<PartState()> save;
    std::function<void(const PartState&)> load;
  };
  struct Loaded;
  void keep_last_files() const;
  Loaded read() const;

  std::string path_;
  int keep_;
  std::vector<Part> parts_;
};

}  // namespace hg::io
