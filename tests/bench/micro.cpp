// Single operators, with the same inputs again and again.
#include "case.hpp"

#include "autograd/grad_mode.hpp"
#include "nn/conv.hpp"
#include "nn/functional.hpp"
#include "nn/norm.hpp"
#include "numbers.hpp"

namespace hg::bench {
namespace {

using Function = std::function<Tensor()>;

// One call forward, recording nothing.
Work forward(Function f) {
  return {1, [f] {
            no_grad guard;
            f();
          }};
}

// One call forward and back, from a given gradient of the result. The gradients of `leaves`
// are forgotten first, so that none is added to another.
Work both_ways(Function f, std::vector<Tensor> leaves, uint64_t stream) {
  Tensor g = normal(f().shape(), stream);
  return {1, [=] {
            for (const Tensor& t : leaves) t.zero_grad();
            f().backward(g);
          }};
}

void add_both(std::vector<Case>& list, const std::string& name, const std::string& group,
              std::function<std::pair<Function, std::vector<Tensor>>()> make) {
  list.push_back({name + " fwd", group, "calls", [=] { return forward(make().first); }});
  list.push_back({name + " fwd+bwd", group, "calls", [=] {
                    auto [f, leaves] = make();
                    return both_ways(f, leaves, 9);
                  }});
}

Tensor leaf(const Shape& shape, uint64_t stream) {
  return normal(shape, stream).requires_grad_();
}

}  // namespace

std::vector<Case> convolution_cases() {
  struct Setting {
    int64_t n, c, size, k, kernel, padding;
  };
  std::vector<Case> list;
  for (Setting s : {Setting{64, 3, 32, 64, 3, 1}, {64, 64, 32, 64, 3, 1},
                    {32, 128, 16, 128, 3, 1}, {32, 256, 8, 256, 1, 0}}) {
    auto text = [](int64_t number) { return std::to_string(number); };
    std::string name = "conv " + text(s.n) + "x" + text(s.c) + "x" + text(s.size) + "x" +
                       text(s.size) + " k" + text(s.kernel) + " c" + text(s.k);
    add_both(list, name, "conv", [s] {
      auto conv = std::make_shared<nn::Conv2d>(s.c, s.k, s.kernel, 1, s.padding);
      Tensor x = leaf({s.n, s.c, s.size, s.size}, 1);
      return std::pair{Function([=] { return (*conv)(x); }),
                       std::vector<Tensor>{x, conv->weight, conv->bias}};
    });
  }
  return list;
}

std::vector<Case> elementwise_cases() {
  using Binary = Tensor (*)(const Tensor& x, const Tensor& y);
  const std::pair<const char*, Binary> functions[] = {
      {"add", [](const Tensor& x, const Tensor& y) { return x + y; }},
      {"relu", [](const Tensor& x, const Tensor&) { return x.relu(); }},
      {"gelu", [](const Tensor& x, const Tensor&) { return nn::functional::gelu(x); }},
      {"softmax", [](const Tensor& x, const Tensor&) { return x.softmax(-1); }},
  };
  std::vector<Case> list;
  for (auto [name, f] : functions) {
    add_both(list, std::string(name) + " 4096x1024", "elementwise", [f = f] {
      Tensor x = leaf({4096, 1024}, 1), y = leaf({4096, 1024}, 2);
      return std::pair{Function([=] { return f(x, y); }), std::vector{x, y}};
    });
  }
  add_both(list, "layernorm 4096x1024", "elementwise", [] {
    auto norm = std::make_shared<nn::LayerNorm>(1024);
    Tensor x = leaf({4096, 1024}, 1);
    return std::pair{Function([=] { return (*norm)(x); }),
                     std::vector<Tensor>{x, norm->weight, norm->bias}};
  });
  return list;
}

// What a call costs that has next to nothing to compute: a + b of eight numbers each.
std::vector<Case> overhead_cases() {
  struct Eight {
    Tensor a = leaf({8}, 1), b = leaf({8}, 2), g = ones({8});
    void forget() const { a.zero_grad(), b.zero_grad(); }
  };
  auto no_graph = [] {
    return Work{1000, [e = Eight()] {
                  no_grad guard;
                  for (int i = 0; i < 1000; ++i) e.a + e.b;
                }};
  };
  auto recording = [] {
    return Work{1000, [e = Eight()] {
                  for (int i = 0; i < 1000; ++i) e.a + e.b;
                }};
  };
  auto single = [] {
    return Work{1000, [e = Eight()] {
                  for (int i = 0; i < 1000; ++i) {
                    e.forget();
                    (e.a + e.b).backward(e.g);
                  }
                }};
  };
  auto chain = [] {
    return Work{100, [e = Eight()] {
                  e.forget();
                  Tensor x = e.a;
                  for (int i = 0; i < 100; ++i) x = x + e.b;
                  x.backward(e.g);
                }};
  };
  return {{"overhead add8 no_grad", "overhead", "ops", no_graph},
          {"overhead add8 recording", "overhead", "ops", recording},
          {"overhead add8 fwd+bwd single", "overhead", "ops", single},
          {"overhead add8 chain100 fwd+bwd per op", "overhead", "ops", chain}};
}

}  // namespace hg::bench
