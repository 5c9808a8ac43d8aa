#include <algorithm>
#include <set>

#include "cli/check_odd.hpp"

namespace hg::cli::check {
namespace {

class Shapes {
 public:
  explicit Shapes(const Sample& sample) : sample_(sample) {
    change_equal_sizes();
    change_single_sizes();
    change_ranks();
    change_counts();
  }
  const std::vector<Sample>& all() const { return all_; }

 private:
  void add(Sample s) {
    for (const SampleInput& input : s.inputs) {
      bool indexed = input.kind == SampleInput::index;
      if (indexed && input.limit < 1 && input.shape.numel() > 0) return;  // none to draw
      int rank = input.shape.size();
      bool square = rank >= 2 && input.shape[rank - 1] == input.shape[rank - 2];
      if (input.kind == SampleInput::spd && !square) return;
    }
    if (seen_.insert(s.to_string()).second) all_.push_back(std::move(s));
  }

  // Sizes that are equal now stay equal, so most of these will be accepted.
  void change_equal_sizes() {
    std::set<int64_t> sizes;
    for (const SampleInput& input : sample_.inputs) {
      sizes.insert(input.shape.begin(), input.shape.end());
    }
    for (int64_t old : sizes) {
      for (int64_t n : {0, 1, 2, 7, 17}) {
        add(resized(sample_, [&](int64_t m) { return m == old ? n : m; }));
      }
    }
    for (int64_t n : {0, 1}) add(resized(sample_, [&](int64_t) { return n; }));
  }

  void change_single_sizes() {
    for (size_t i = 0; i < sample_.inputs.size(); ++i) {
      for (int d = 0; d < sample_.inputs[i].shape.size(); ++d) {
        for (int64_t n : {0, 1, 6}) {
          Sample s = sample_;
          s.inputs[i].shape[d] = n;
          add(std::move(s));
        }
      }
    }
  }

  // Ranks from 0 to 8, for one input at a time and for all together.
  void change_ranks() {
    for (size_t i = 0; i <= sample_.inputs.size(); ++i) {
      auto change = [&](const std::function<void(Shape&)>& f) {
        Sample s = sample_;
        for (size_t j = 0; j < s.inputs.size(); ++j) {
          if (s.inputs[j].kind != SampleInput::none && (i == j || i == s.inputs.size())) {
            f(s.inputs[j].shape);
          }
        }
        add(std::move(s));
      };
      change([](Shape& shape) { shape = {}; });
      change([](Shape& shape) {
        if (!shape.empty()) shape.erase(0);
      });
      change([](Shape& shape) {
        if (shape.size() < max_rank) shape.insert(0, 2);
      });
      change([](Shape& shape) {
        while (shape.size() < max_rank) shape.insert(0, 1);
      });
      change([](Shape& shape) {
        while (shape.size() < max_rank) shape.push_back(shape.size() < 3 ? 2 : 1);
      });
    }
  }

  // Inputs left out at the end, or given several times: the core lets through what the
  // definition allows.
  void change_counts() {
    if (sample_.inputs.empty()) return;
    Sample s = sample_;
    for (int more = 0; more < 3; ++more) {
      s.inputs.push_back(sample_.inputs.back());
      add(s);
    }
    for (size_t i = 0; i < sample_.inputs.size(); ++i) {
      s = sample_;
      s.inputs[i] = SampleInput{SampleInput::none, 0, {}, f32, false};
      add(s);
    }
  }

  const Sample& sample_;
  std::set<std::string> seen_;
  std::vector<Sample> all_;
};

// Would the core let these inputs through? (Invocation::take_inputs)
bool fits_definition(const hg_op& def, const Sample& sample) {
  if (def.n_in == 0) return sample.inputs.empty();
  bool variadic = def.in[def.n_in - 1]->flags & HG_VARIADIC;
  if (sample.inputs.size() > def.n_in && !variadic) return false;
  for (size_t i = 0; i < sample.inputs.size(); ++i) {
    bool optional = def.in[Subject::declared(i, def.n_in)]->flags & HG_OPTIONAL;
    if (sample.inputs[i].kind == SampleInput::none && !optional) return false;
  }
  return true;
}

}  // namespace

void for_odd_shapes(const Subject& s, const UseArguments& use) {
  for (const Sample& sample : s.samples) {
    if (!s.draw(sample, s.seed)) continue;
    Shapes shapes(sample);
    for (const Sample& odd : shapes.all()) {
      if (!fits_definition(s.def(), odd)) continue;
      if (auto a = s.draw(odd, s.seed)) use(*a);
    }
  }
}

}  // namespace hg::cli::check
