// The ways in which the core may ask: for some gradients only, to be added to what is
// there, with a dout that is all zeros and comes as NULL; with inputs in another memory
// order; with the result on top of its input. The answer must not depend on how it was
// asked for.
#include "cli/check_tests.hpp"

namespace hg::cli::check {
namespace {

// Another order of additions may round otherwise: some units of the largest number.
double room_for(const Subject& s, const Array& a) {
  return (s.has(HG_NONDETERMINISTIC) ? 1e4 : 64) * unit_of(s.dtype) * a.largest();
}

// Reports the worst difference between what was expected and what came.
void expect(const Subject& s, const std::string& name, const Array& expected,
            const Array& got, const std::string& asked, Log& log) {
  if (!expected.given) return;
  auto k = worst_difference(expected, got, room_for(s, expected));
  if (!k) return;
  log.finding(name + expected.index_text(*k) + " is " + number_text(got[*k]) + " " + asked +
              ", and " + number_text(expected[*k]) + " else");
}

void expect_all(const Subject& s, const char* name, const std::vector<Array>& expected,
                const std::vector<Array>& got, const std::string& asked, Log& log) {
  for (size_t i = 0; i < expected.size() && log.clean(); ++i) {
    expect(s, name + ("[" + std::to_string(i) + "]"), expected[i], got[i], asked, log);
  }
}

// Each gradient alone. What else the others need must not be needed for it, and with
// HG_KEEP_CROSSWISE it is not even there.
void ask_one_by_one(const Subject& s, const Arguments& a, const Result& all, Log& log) {
  for (size_t i = 0; i < a.in.size() && i < 64; ++i) {
    if (!all.din[i].given) continue;
    auto alone = Trial::run(s, a, {.wanted = uint64_t(1) << i});
    expect(s, "din[" + std::to_string(i) + "]", all.din[i], alone->din[i],
           "if it alone is wanted", log);
  }
}

void ask_to_add(const Subject& s, const Arguments& a, const Result& all, Log& log) {
  std::vector<Array> before, sum;
  for (size_t i = 0; i < a.in.size(); ++i) {
    const Array& d = all.din[i];
    if (!d.given) {
      before.emplace_back();
      sum.emplace_back();
      continue;
    }
    before.push_back(weights(d.shape, d.dtype, 31 + i));
    sum.push_back(before.back());
    for (int64_t k = 0; k < d.size(); ++k) sum.back().set(k, sum.back()[k] + d[k]);
  }
  auto added = Trial::run(s, a, {.add_to = before});
  expect_all(s, "din", sum, added->din, "when added to what was there (din_add)", log);
}

// Zeros as an array, or as NULL: for each output in turn.
void ask_without_dout(const Subject& s, const Arguments& a, Log& log) {
  Trial shapes(s, a);
  shapes.prepare();
  for (size_t i = 0; i < shapes.out.size() && i < 64; ++i) {
    std::vector<Array> dout;
    for (size_t j = 0; j < shapes.out.size(); ++j) {
      Shape shape = shape_of(shapes.out[j].desc);
      DType type = dtype_of(shapes.out[j].desc);
      dout.push_back(j == i || !is_floating(type) ? Array(shape, type)
                                                  : weights(shape, type, 7 + j));
    }
    auto zeros = Trial::run(s, a, {.dout = dout});
    auto null = Trial::run(s, a, {.dout = dout, .null_dout = uint64_t(1) << i});
    expect_all(s, "din", zeros->din, null->din,
               "when dout[" + std::to_string(i) + "] is NULL", log);
  }
}

}  // namespace

void test_requests(const Subject& s, Log& log) {
  for_each_sample(s, log, "requests", [&](const Arguments& a) {
    std::optional<Result> all = Trial::run(s, a);
    if (!all || !log.clean()) return;
    log.checked();
    ask_one_by_one(s, a, *all, log);
    if (s.has(HG_ACCUMULATES)) ask_to_add(s, a, *all, log);
    if (s.has(HG_NULL_DOUT_OK)) ask_without_dout(s, a, log);
  });
}

void test_layouts(const Subject& s, Log& log) {
  if (s.has(HG_STRIDED_OK)) {
    for_each_sample(s, log, "strides", [&](const Arguments& a) {
      std::optional<Result> rows = Trial::run(s, a);
      for (Layout layout : {Layout::columns, Layout::gaps}) {
        auto other = Trial::run(s, a, {.layout = layout});
        if (!rows || !other || !log.clean()) return;
        log.checked();
        const char* asked = layout == Layout::columns
                              ? "if the first axis lies closest"
                              : "if there are gaps between elements";
        expect_all(s, "out", rows->out, other->out, asked, log);
        expect_all(s, "din", rows->din, other->din, asked, log);
      }
    });
  }
  if (!(s.kernel->desc->may_alias & 1)) return;
  for_each_sample(s, log, "alias", [&](const Arguments& a) {
    Trial apart(s, a), together(s, a, {.alias = true});
    if (!apart.prepare() || !same_shape(apart.in[0].desc, apart.out[0].desc) ||
        apart.in[0].desc.code != apart.out[0].desc.code ||
        apart.in[0].desc.bits != apart.out[0].desc.bits || !together.prepare()) {
      return;
    }
    apart.forward();
    together.forward();
    log.checked();
    expect(s, "out[0]", apart.out[0].read(), together.in[0].read(),
           "if it lies in the memory of in[0]", log);
  });
}

}  // namespace hg::cli::check
