#include "io/checkpoint_parts.hpp"

#include <charconv>
#include <map>

#include "autograd/grad_mode.hpp"
#include "tensor/random.hpp"

namespace hg::io {
namespace {

using optim::NumberReader;

template <class T>
std::string text(T n) {
  return std::to_string(n);
}

// Unsigned 64-bit numbers, which seeds are.
void read_u64(NumberReader& reader, const std::string& name, uint64_t& n) {
  const auto found = reader.text(name);
  if (!found) return;
  const char* end = found->data() + found->size();
  const auto [stop, error] = std::from_chars(found->data(), end, n);
  if (error != std::errc() || stop != end) {
    reader.problem(name + " is '" + found->substr(0, 40) + "', not a whole number");
  }
}

std::string describe(const Tensor& t) {
  return t.shape().to_string() + " " + name(t.dtype());
}

// Module::load_state_dict converts types; here every bit must stay.
void load_module(const PartState& state, nn::Module& module) {
  std::map<std::string, DType> mine;
  for (const auto& [name, t] : module.state_dict()) mine.emplace(name, t.dtype());
  NumberReader reader("the model", state.numbers);
  for (const auto& [name, t] : state.tensors) {
    const auto same = mine.find(name);
    if (same != mine.end() && same->second != t.dtype()) {
      reader.problem(name + " is " + hg::name(t.dtype()) + " in the state, " +
                     hg::name(same->second) + " here");
    }
  }
  reader.finish();
  module.load_state_dict(state.tensors);
}

void load_tensor(const PartState& state, const Tensor& t) {
  NumberReader reader("the tensor", state.numbers);
  if (state.tensors.size() != 1 || state.tensors[0].first != "value") {
    reader.problem("it is no single tensor in the state");
  } else if (describe(state.tensors[0].second) != describe(t)) {
    reader.problem("it is " + describe(state.tensors[0].second) + " in the state, " +
                   describe(t) + " here");
  }
  reader.finish();
  no_grad guard;
  t.copy_(state.tensors[0].second);
}

void load_loader(const PartState& state, data::DataLoader& loader) {
  NumberReader reader("the data", state.numbers);
  data::LoaderState s;
  read_u64(reader, "seed", s.seed);
  read_u64(reader, "epoch", s.epoch);
  reader.read("batch", s.batch, 0, INT64_MAX);
  reader.expect("examples", text(loader.dataset().size()));
  reader.expect("batches", text(loader.size()));
  reader.finish();
  loader.load_state(s);
}

}  // namespace

PartState generator_state(const Generator& g) {
  return {{}, {{"seed", text(g.seed)}, {"calls", text(g.calls)}}};
}

void load_generator(const PartState& state, Generator& g) {
  NumberReader reader("the generator", state.numbers);
  Generator read;
  read_u64(reader, "seed", read.seed);
  read_u64(reader, "calls", read.calls);
  reader.finish();
  g = read;
}

void Checkpoint::add(const std::string& name, nn::Module& module) {
  add_part(
      name, "model",
      [&module] {
        return PartState{module.state_dict(), {}};
      },
      [&module](const PartState& state) { load_module(state, module); });
}

void Checkpoint::add(const std::string& name, optim::Optimizer& optimizer) {
  add_part(
      name, "optimizer",
      [&optimizer] {
        optim::OptimizerState state = optimizer.state_dict();
        return PartState{std::move(state.tensors), std::move(state.numbers)};
      },
      [&optimizer](const PartState& state) {
        optimizer.load_state_dict({state.tensors, state.numbers});
      });
}

void Checkpoint::add(const std::string& name, optim::Scheduler& schedule) {
  add_part(
      name, "schedule",
      [&schedule] {
        return PartState{{}, schedule.state_dict()};
      },
      [&schedule](const PartState& state) { schedule.load_state_dict(state.numbers); });
}

void Checkpoint::add(const std::string& name, data::DataLoader& loader) {
  add_part(
      name, "data",
      [&loader] {
        const data::LoaderState s = loader.state();
        return PartState{{},
                         {{"seed", text(s.seed)},
                          {"epoch", text(s.epoch)},
                          {"batch", text(s.batch)},
                          {"examples", text(loader.dataset().size())},
                          {"batches", text(loader.size())}}};
      },
      [&loader](const PartState& state) { load_loader(state, loader); });
}

void Checkpoint::add(const std::string& name, Generator& generator) {
  add_part(
      name, "generator", [&generator] { return generator_state(generator); },
      [&generator](const PartState& state) { load_generator(state, generator); });
}

void Checkpoint::add(const std::string& name, const Tensor& tensor) {
  add_part(
      name, "tensor",
      [tensor] {
        return PartState{{{"value", tensor.detach()}}, {}};
      },
      [tensor](const PartState& state) { load_tensor(state, tensor); });
}

}  // namespace hg::io
