#include "io/checkpoint.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "io/atomic_file.hpp"
#include "io/checkpoint_parts.hpp"
#include "optim/numbers.hpp"
#include "tensor/random.hpp"

namespace hg::io {
namespace {

using optim::NumberReader;
using optim::Numbers;

constexpr const char* format = "handgrad checkpoint 1";

template <class T>
std::string text(T n) {
  return std::to_string(n);
}

// The message without operation and hint, which belong to another call than load().
std::string sentence(const Error& e) {
  const std::string text = e.what();
  const size_t start = e.operation().size() + 2;
  return text.substr(start, text.find("\n  hint: ") - start);
}

// Takes the entries "PART.rest" out of `all`, as "rest".
template <class Map, class Out>
void take_part(Map& all, const std::string& part, Out& out) {
  const std::string prefix = part + ".";
  auto entry = all.lower_bound(prefix);
  while (entry != all.end() && entry->first.starts_with(prefix)) {
    out.emplace_back(entry->first.substr(prefix.size()), entry->second);
    entry = all.erase(entry);
  }
}

}  // namespace

Checkpoint::Checkpoint(std::string path, int keep) : path_(std::move(path)), keep_(keep) {
  if (keep < 1) {
    throw Error("Checkpoint", "keep is " + text(keep) + "; 1, the last file, is the least");
  }
  check_folder(path_);  // rather now than after an hour of training
}

// ---- the parts --------------------------------------------------------------------------

void Checkpoint::add_part(const std::string& name, const std::string& kind,
                          std::function<PartState()> save,
                          std::function<void(const PartState&)> load) {
  const bool taken = std::any_of(parts_.begin(), parts_.end(),
                                 [&](const Part& p) { return p.name == name; });
  if (name.empty() || name.find('.') != name.npos || name == "run" || taken) {
    throw Error("Checkpoint",
                "'" + name + "' cannot be the name of a part: " +
                    (taken ? "there is one of that name" : "not empty, no dot, not 'run'"));
  }
  parts_.push_back({name, kind, std::move(save), std::move(load)});
}

// ---- saving -----------------------------------------------------------------------------

void Checkpoint::save() const {
  TensorList tensors;
  Metadata texts{{"format", format}, {"run.epoch", text(epoch)}, {"run.step", text(step)}};
  for (const auto& [name, value] : numbers) {
    texts["run.numbers." + name] = optim::number_text(value);
  }
  for (const auto& [name, value] : generator_state(default_generator()).numbers) {
    texts["run.generator." + name] = value;
  }
  for (const Part& part : parts_) {
    texts["run.part." + part.name] = part.kind;
    const PartState state = part.save();
    for (const auto& [name, t] : state.tensors) {
      tensors.emplace_back(part.name + "." + name, t);
    }
    for (const auto& [name, value] : state.numbers) texts[part.name + "." + name] = value;
  }
  keep_last_files();
  write_safetensors_list(path_, tensors, texts);
}

// The file gets a second name, PATH.1, and keeps its own until the new one takes that over.
// What was PATH.1 becomes PATH.2, and so on. Where the second name is there already, an
// earlier save ended before it was done.
void Checkpoint::keep_last_files() const {
  struct stat last {
  }, second{};
  if (keep_ == 1 || stat(path_.c_str(), &last) != 0) return;
  auto numbered = [&](int i) { return path_ + "." + text(i); };
  if (stat(numbered(1).c_str(), &second) == 0 && second.st_dev == last.st_dev &&
      second.st_ino == last.st_ino) {
    return;
  }
  for (int i = keep_ - 1; i > 1; --i) {
    std::rename(numbered(i - 1).c_str(), numbered(i).c_str());
  }
  unlink(numbered(1).c_str());  // of keep = 2; else it has been renamed
  if (link(path_.c_str(), numbered(1).c_str()) != 0) {
    throw Error("Checkpoint",
                path_ + ": cannot be kept as " + numbered(1) + ": " + std::strerror(errno));
  }
}

// ---- loading ----------------------------------------------------------------------------

struct Checkpoint::Loaded {
  int64_t epoch = 0, step = 0;
  std::map<std::string, double> numbers;
  Generator generator;
  std::vector<PartState> parts;
};

Checkpoint::Loaded Checkpoint::read() const {
  const SafetensorsFile file(path_);
  Metadata texts = file.metadata();
  Tensors tensors;
  if (const auto found = texts.extract("format"); !found || found.mapped() != format) {
    throw Error(
        "Checkpoint",
        path_ + ": it is no checkpoint: its metadata have no format '" + format + "'",
        "hg::load reads files of tensors alone");
  }
  for (const SafetensorsEntry& entry : file.entries()) {
    tensors.emplace(entry.name, file.read(entry));
  }
  Loaded loaded;

  Numbers run, kinds, own;
  PartState generator;
  take_part(texts, "run.part", kinds);
  take_part(texts, "run.numbers", own);
  take_part(texts, "run.generator", generator.numbers);
  take_part(texts, "run", run);
  load_generator(generator, loaded.generator);

  // The file's parts and the run's are the same ones.
  NumberReader parts("this run", kinds);
  for (const Part& part : parts_) {
    parts.expect(part.name, part.kind);
    PartState& state = loaded.parts.emplace_back();
    take_part(tensors, part.name, state.tensors);
    take_part(texts, part.name, state.numbers);
  }
  parts.finish();

  NumberReader rest("this run", run);
  rest.read("epoch", loaded.epoch, INT64_MIN, INT64_MAX);
  rest.read("step", loaded.step, INT64_MIN, INT64_MAX);
  for (const auto& [name, value] : own) {
    if (!optim::read_number(value, loaded.numbers[name])) {
      rest.problem("numbers." + name + " is '" + value.substr(0, 40) + "', not a number");
    }
  }
  for (const auto& [name, t] : tensors) rest.problem("tensor " + name + " is of no part");
  for (const auto& [name, value] : texts) rest.problem(name + " is of no part");
  rest.finish();
  return loaded;
}

bool Checkpoint::load() {
  if (access(path_.c_str(), F_OK) != 0 && errno == ENOENT) return false;
  Loaded loaded;
  try {
    loaded = read();
  } catch (const Error& e) {
    if (e.operation() != "load_state_dict") throw;  // the message names the file
    throw Error("Checkpoint", path_ + ": " + sentence(e));
  }

  // Every part is asked, also after one has refused, so that one message says all. If one
  // has, those that took their new state take up their old one again.
  std::string problems;
  std::vector<std::pair<const Part*, PartState>> before;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    try {
      PartState old = part.save();
      for (auto& [name, t] : old.tensors) t = t.clone();
      part.load(loaded.parts[i]);
      before.emplace_back(&part, std::move(old));
    } catch (const Error& e) {
      problems += "\n" + part.name + ": " + sentence(e);
    }
  }
  if (!problems.empty()) {
    for (const auto& [part, state] : before) part->load(state);
    throw Error("Checkpoint", path_ + " is of another run:" + problems);
  }
  epoch = loaded.epoch;
  step = loaded.step;
  numbers = loaded.numbers;
  default_generator() = loaded.generator;
  return true;
}

}  // namespace hg::io
