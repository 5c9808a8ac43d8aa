// The same elements in other places: roll, flip, triangles, pad, repeat, windows; einsum
// and outer. By hand, gradients, messages. More cases are compared with PyTorch's in
// ops_reference_test.
#define BOOST_TEST_MODULE ops_move
#include <boost/test/unit_test.hpp>

#include "autograd/gradcheck.hpp"
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using nn::functional::pad;

namespace {

using Inputs = std::vector<Tensor>;

Tensor counting(const Shape& shape) { return arange(shape.numel()).to(f64).view(shape); }

void check_gradient(const std::string& what, const std::vector<Shape>& shapes,
                    const std::function<Tensor(const Inputs&)>& f) {
  manual_seed(8);
  Inputs inputs;
  for (const Shape& shape : shapes) inputs.push_back(randn(shape, f64).requires_grad_());
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
}

}  // namespace

BOOST_AUTO_TEST_CASE(roll_by_hand) {
  Tensor x = tensor({1, 2, 3, 4, 5});
  BOOST_TEST(numbers(x.roll(2)) == (Numbers{4, 5, 1, 2, 3}), per_element());
  BOOST_TEST(numbers(x.roll(-1)) == (Numbers{2, 3, 4, 5, 1}), per_element());
  BOOST_TEST(x.roll(5'000'000'001).equal(x.roll(1)));
  BOOST_TEST(x.roll(std::numeric_limits<int64_t>::min()).equal(x.roll(-3)));
  Tensor m = counting({2, 3});
  BOOST_TEST(numbers(roll(m, {1, 1}, {0, 1})) == (Numbers{5, 3, 4, 2, 0, 1}),
             per_element());
  BOOST_TEST(numbers(m.roll(1)) == (Numbers{5, 0, 1, 2, 3, 4}), per_element());
  BOOST_TEST(m.roll({1, 2}, {1, 1}).equal(m));  // once around
}

BOOST_AUTO_TEST_CASE(flip_by_hand) {
  Tensor m = counting({2, 3});
  BOOST_TEST(numbers(m.flip({1})) == (Numbers{2, 1, 0, 5, 4, 3}), per_element());
  BOOST_TEST(numbers(flip(m, {0, -1})) == (Numbers{5, 4, 3, 2, 1, 0}), per_element());
  Tensor same = m.flip({});
  same.fill_(0);
  BOOST_TEST(m.sum().item() == 15);  // a copy, even if nothing moves
}

BOOST_AUTO_TEST_CASE(triangles_by_hand) {
  Tensor m = counting({3, 3}) + 1;
  BOOST_TEST(numbers(m.tril()) == (Numbers{1, 0, 0, 4, 5, 0, 7, 8, 9}), per_element());
  BOOST_TEST(numbers(triu(m, 1)) == (Numbers{0, 2, 3, 0, 0, 6, 0, 0, 0}), per_element());
  for (int64_t d = -4; d <= 4; ++d) BOOST_TEST((m.tril(d) + m.triu(d + 1)).equal(m));
  // What is cut off does not count, not even nan.
  Tensor odd = full({2, 2}, std::numeric_limits<double>::quiet_NaN());
  BOOST_TEST(odd.tril(-2).equal(zeros({2, 2})));
  BOOST_TEST(m.tril(std::numeric_limits<int64_t>::max()).equal(m));
  BOOST_TEST(m.triu(std::numeric_limits<int64_t>::min()).equal(m));
}

BOOST_AUTO_TEST_CASE(pad_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0}).requires_grad_();
  BOOST_TEST(numbers(pad(x, {1, 2})) == (Numbers{0, 1, 2, 3, 0, 0}), per_element());
  BOOST_TEST(numbers(pad(x, {-1, 1}, "constant", 9)) == (Numbers{2, 3, 9}), per_element());
  BOOST_TEST(numbers(pad(x, {2, 1}, "replicate")) == (Numbers{1, 1, 1, 2, 3, 3}),
             per_element());
  Tensor y = pad(x, {2, 2}, "reflect");
  BOOST_TEST(numbers(y) == (Numbers{3, 2, 1, 2, 3, 2, 1}), per_element());
  // 1 stands at 2 and 6, 2 at 1, 3 and 5, 3 at 0 and 4.
  y.backward(tensor({1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1000100, 101010, 10001}), per_element());
  // Round and round: 1 stands at 2 and 5, 2 at 0, 3 and 6, 3 at 1, 4 and 7.
  Tensor z = x.detach().requires_grad_(), ring = pad(z, {2, 3}, "circular");
  BOOST_TEST(numbers(ring) == (Numbers{2, 3, 1, 2, 3, 1, 2, 3}), per_element());
  ring.backward(tensor({1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7}));
  BOOST_TEST(numbers(z.grad()) == (Numbers{100100, 1001001, 10010010}), per_element());
  BOOST_TEST(numbers(pad(x, {-1, 2}, "circular")) == (Numbers{2, 3, 2, 3}), per_element());
  // The last axis comes first.
  Tensor m = ones({1, 1});
  BOOST_TEST(numbers(pad(m, {0, 1, 1, 0})) == (Numbers{0, 0, 1, 0}), per_element());
  BOOST_TEST((pad(zeros({2, 0}), {1, 1}).shape() == Shape{2, 2}));
}

BOOST_AUTO_TEST_CASE(repeat_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0}).requires_grad_();
  BOOST_TEST(numbers(x.repeat({2})) == (Numbers{1, 2, 3, 1, 2, 3}), per_element());
  BOOST_TEST(numbers(x.repeat_interleave(2, 0)) == (Numbers{1, 1, 2, 2, 3, 3}),
             per_element());
  BOOST_TEST((x.repeat({2, 4, 1}).shape() == Shape{2, 4, 3}));
  Tensor m = counting({2, 2});
  BOOST_TEST(numbers(m.repeat({1, 2})) == (Numbers{0, 1, 0, 1, 2, 3, 2, 3}), per_element());
  BOOST_TEST(numbers(m.repeat_interleave(2, 0)) == (Numbers{0, 1, 0, 1, 2, 3, 2, 3}),
             per_element());
  Tensor copy = m.repeat({1, 1});
  copy.fill_(9);
  BOOST_TEST(m.sum().item() == 6);
  x.repeat({2, 2}).sum().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{4, 4, 4}), per_element());
  Tensor deep = ones({1, 2, 1, 1, 1, 1, 1, 2});
  BOOST_TEST((deep.repeat({1, 1, 1, 1, 1, 1, 1, 3}).size(-1) == 6));
}

BOOST_AUTO_TEST_CASE(windows_are_views) {
  Tensor x = arange(7).to(f32).requires_grad_();
  Tensor w = x.unfold(0, 3, 2);
  BOOST_TEST(numbers(w) == (Numbers{0, 1, 2, 2, 3, 4, 4, 5, 6}), per_element());
  BOOST_TEST(w.data() == x.data());
  // 2 and 4 are seen in two windows.
  w.sum().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 1, 2, 1, 2, 1, 1}), per_element());
  Tensor m = counting({4, 2});
  BOOST_TEST((m.unfold(0, 2, 1).shape() == Shape{3, 2, 2}));
  BOOST_TEST(numbers(m.unfold(0, 2, 1)[{1, 0}]) == (Numbers{2, 4}), per_element());
  // A moving average.
  BOOST_TEST(numbers(x.detach().unfold(0, 3, 1).mean(-1)) == (Numbers{1, 2, 3, 4, 5}),
             per_element());
}

// ---- products ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(outer_by_hand) {
  Tensor a = tensor({1.0, 2.0}).requires_grad_();
  Tensor b = tensor({3.0, 4.0, 5.0}).requires_grad_();
  Tensor y = outer(a, b);
  BOOST_TEST(numbers(y) == (Numbers{3, 4, 5, 6, 8, 10}), per_element());
  y.backward(tensor({{1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}}));
  BOOST_TEST(numbers(a.grad()) == (Numbers{3, 5}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{1, 0, 2}), per_element());
  BOOST_TEST((tensor({1, 2}).outer(b.detach()).dtype() == f32));
}

BOOST_AUTO_TEST_CASE(einsum_is_what_it_says) {
  manual_seed(4);
  Tensor a = randn({3, 4}, f64), b = randn({4, 5}, f64), s = randn({3, 3}, f64);
  auto same = [](const Tensor& x, const Tensor& y) { return x.allclose(y, 1e-13, 1e-13); };
  BOOST_TEST(same(einsum("ij,jk->ik", {a, b}), a.mm(b)));
  BOOST_TEST(same(einsum("ij,jk", {a, b}), a.mm(b)));
  BOOST_TEST(same(einsum("ij->ji", {a}), a.t()));
  BOOST_TEST(same(einsum("ba", {a}), a.t()));  // without an arrow: in alphabetical order
  BOOST_TEST(same(einsum("ii", {s}), s.diagonal().sum()));
  BOOST_TEST(same(einsum("ii->i", {s}), s.diagonal()));
  BOOST_TEST(same(einsum("ij,ij->", {a, a}), a.square().sum()));
  BOOST_TEST(
      same(einsum("...j,jk->...k", {randn({2, 3, 4}, f64) * 0 + 1, b}).sum(), b.sum() * 6));
  Tensor q = randn({2, 3, 5, 4}, f64), k = randn({2, 3, 7, 4}, f64);
  BOOST_TEST(same(einsum("bhqd,bhkd->bhqk", {q, k}), q.matmul(transpose(k))));
  BOOST_TEST(same(einsum("ij,jk,kl,lm->im", {s, a, b, b.t()}), s.mm(a).mm(b).mm(b.t())));
}

// All settings of all letters, one by one: the definition.
BOOST_AUTO_TEST_CASE(einsum_by_definition) {
  manual_seed(5);
  const int64_t I = 2, J = 3, K = 4;
  Tensor a = randn({I, J}, f64), b = randn({K, J}, f64), c = randn({I, K}, f64);
  Numbers x = numbers(a), y = numbers(b), z = numbers(c), expected(size_t(K * I), 0.0);
  for (int64_t i = 0; i < I; ++i) {
    for (int64_t j = 0; j < J; ++j) {
      for (int64_t k = 0; k < K; ++k) {
        expected[size_t(k * I + i)] +=
            x[size_t(i * J + j)] * y[size_t(k * J + j)] * z[size_t(i * K + k)];
      }
    }
  }
  Numbers found = numbers(einsum("ij,kj,ik->ki", {a, b, c}));
  for (size_t n = 0; n < expected.size(); ++n) {
    BOOST_TEST(std::abs(found[n] - expected[n]) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(einsum_with_many_letters) {
  // Twelve letters in all, never more than eight axes at a time.
  Tensor x = ones({2, 2, 2, 2, 2, 2}), y = ones({2, 2, 2, 2, 2, 2});
  BOOST_TEST(einsum("abcdef,fghijk->ak", {x, y}).equal(full({2, 2}, 512)));
  BOOST_TEST(fails_with("over 8 axes", [&] { einsum("abcdef,ghijkl", {x, y}); }));
}

BOOST_AUTO_TEST_CASE(gradients_of_moves) {
  check_gradient("roll", {{2, 3, 4}}, [](const Inputs& in) {
    return in[0].roll({1, -2}, {2, 0});
  });
  check_gradient("flip", {{2, 3}}, [](const Inputs& in) { return in[0].flip({0}); });
  check_gradient("tril", {{2, 3, 4}}, [](const Inputs& in) { return in[0].tril(1); });
  check_gradient("pad", {{2, 3}}, [](const Inputs& in) {
    return pad(in[0], {1, -1, 2, 0});
  });
  for (const char* mode : {"reflect", "replicate"}) {
    check_gradient(mode, {{3, 3}}, [&](const Inputs& in) {
      return pad(in[0], {1, 2, 2, 1}, mode);
    });
  }
  check_gradient("repeat", {{2, 3}}, [](const Inputs& in) {
    return in[0].repeat({2, 1, 3});
  });
  check_gradient("repeat_interleave", {{2, 3}},
                 [](const Inputs& in) { return in[0].repeat_interleave(3, 0); });
  check_gradient("unfold", {{5, 2}},
                 [](const Inputs& in) { return in[0].unfold(0, 3, 1); });
  check_gradient("outer", {{2}, {3}}, [](const Inputs& in) { return in[0].outer(in[1]); });
  check_gradient("einsum", {{2, 3, 3}, {3, 2}, {2, 4}}, [](const Inputs& in) {
    return einsum("bii,ib,bk->ki", {in[0], in[1], in[2]});
  });
}

BOOST_AUTO_TEST_CASE(messages_of_moves) {
  Tensor x = zeros({2, 3});
  BOOST_TEST(fails_with("takes 1", [&] { x.roll({1, 2}, {}); }));
  BOOST_TEST(fails_with("must be as many", [&] { x.roll({1, 2}, {0}); }));
  BOOST_TEST(fails_with("named twice", [&] { x.flip({0, -2}); }));
  BOOST_TEST(fails_with("takes a matrix", [] { zeros({3}).tril(); }));
  BOOST_TEST(fails_with("pairs", [&] { pad(x, {1, 2, 3}); }));
  BOOST_TEST(fails_with("names amounts for 3 axes", [&] { pad(x, {1, 1, 1, 1, 1, 1}); }));
  BOOST_TEST(fails_with("reaches 2 elements at most", [&] { pad(x, {3, 0}, "reflect"); }));
  BOOST_TEST(fails_with("once around is 3 elements", [&] { pad(x, {4, 0}, "circular"); }));
  BOOST_TEST(fails_with("once around is 1 elements", [&] { pad(x, {2, -2}, "circular"); }));
  BOOST_TEST(fails_with("leave no size", [&] { pad(x, {-2, -2}); }));
  BOOST_TEST(fails_with("leave no size", [&] { pad(x, {-4, 9}); }));
  BOOST_TEST(fails_with("nothing to replicate", [] {
    pad(zeros({0}), {1, 0}, "replicate");
  }));
  BOOST_TEST(fails_with("mode", [&] { pad(x, {1, 1}, "mirror"); }));
  BOOST_TEST(fails_with("cannot hold it", [] {
    pad(zeros({2}, i64), {1, 1}, "constant", 0.5);
  }));
  BOOST_TEST(fails_with("fewer than the axes", [&] { x.repeat({2}); }));
  BOOST_TEST(fails_with("less than 0", [&] { x.repeat({2, -1}); }));
  BOOST_TEST(fails_with("less than 0", [&] { x.repeat_interleave(-1, 0); }));
  BOOST_TEST(!error_of([&] { x.repeat({int64_t(1) << 62, 1}); }).empty());
  BOOST_TEST(fails_with("windows of 4", [&] { x.unfold(1, 4, 1); }));
  BOOST_TEST(fails_with("step", [&] { x.unfold(1, 2, 0); }));
  BOOST_TEST(fails_with("both must be vectors", [&] { x.outer(zeros({2})); }));
}

BOOST_AUTO_TEST_CASE(messages_of_einsum) {
  Tensor x = zeros({2, 3});
  auto message = [&](const std::string& equation, const Inputs& tensors) {
    return error_of([&] { einsum(equation, tensors); });
  };
  auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  BOOST_TEST(has(message("ij,jk", {x}), "tells of 2 tensors, and there are 1"));
  BOOST_TEST(has(message("ij", {x, x}), "tells of 1 tensors, and there are 2"));
  BOOST_TEST(has(message("", {}), "there are 0"));
  BOOST_TEST(has(message("ijk", {x}), "has 2 axes, and \"ijk\" names 3"));
  BOOST_TEST(has(message("i", {x}), "stands for the axes without a letter"));
  BOOST_TEST(has(message("ij,ij->ij", {x, zeros({2, 4})}), "j has size 3"));
  BOOST_TEST(has(message("ii", {x}), "have sizes 2 and 3"));
  BOOST_TEST(has(message("ij->ii", {x}), "more than once behind the arrow"));
  BOOST_TEST(has(message("ij->k", {x}), "k stands behind the arrow only"));
  BOOST_TEST(has(message("i...j...", {x}), "more than one"));
  BOOST_TEST(has(message("...i...->i", {x}), "more than one"));
  for (const char* bad : {"i1", "i-", "ij->->", "ij->i->j", "i.j", "i..", "..ij",
                          "i\xC3\xA4", "i\nj", "ij>ji", "(ij)", "->->", "ij,->"}) {
    BOOST_TEST(has(message(bad, {x}), "einsum"), bad);
  }
}
