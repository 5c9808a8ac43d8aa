// Attributes read from JSON.
#define BOOST_TEST_MODULE attributes
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "handgrad_plugin.hpp"
#include "host/attributes.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;

namespace {

int32_t infer_nothing(const hg_op*, hg_call*) { return HG_OK; }

// An operator with one attribute of each kind.
const Operator& every_kind() {
  // Descriptors live until exit, beyond the end of static variables.
  static auto& builder = *new plugin::OpBuilder("core.every_kind", infer_nothing);
  static Operator op;
  if (!op.def) {
    builder.attr("flag", HG_BOOL, false)
        .attr("count", HG_INT, 3)
        .attr("rate", HG_FLOAT, 0.5)
        .attr("mode", HG_STRING, "mean")
        .attr("sizes", HG_INTS, {})
        .attr("weights", HG_FLOATS, {})
        .attr("pair", HG_INTS, std::initializer_list<int64_t>{1, 2})
        .attr("scales", HG_FLOATS, std::initializer_list<double>{1, 2, 3});
    op.def = builder.finish();
    op.name = "core.every_kind";
  }
  return op;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_kind_is_read) {
  Attributes a(every_kind(), R"({"flag": true, "count": -7, "rate": 2, "mode": "sum",
                                 "sizes": [1, 2.0, 3], "weights": [0.5, "inf"]})");
  auto v = a.values();
  BOOST_TEST(v.size() == 8u);
  BOOST_TEST((v[0].kind == HG_BOOL && v[0].u.i == 1));
  BOOST_TEST((v[1].kind == HG_INT && v[1].u.i == -7));
  BOOST_TEST((v[2].kind == HG_FLOAT && v[2].u.f == 2));
  BOOST_TEST((v[3].kind == HG_STRING && std::string(v[3].u.s) == "sum" && v[3].count == 3));
  BOOST_TEST((v[4].kind == HG_INTS && v[4].count == 3 && v[4].u.iv[1] == 2));
  BOOST_TEST((v[5].kind == HG_FLOATS && v[5].count == 2 && std::isinf(v[5].u.fv[1])));
}

BOOST_AUTO_TEST_CASE(what_is_left_out_has_its_default) {
  Attributes a(every_kind(), R"({"count": null, "sizes": 4})");
  auto v = a.values();
  BOOST_TEST(v[0].u.i == 0);
  BOOST_TEST(v[1].u.i == 3);
  BOOST_TEST(v[2].u.f == 0.5);
  BOOST_TEST(std::string(v[3].u.s) == "mean");
  BOOST_TEST((v[4].count == 1 && v[4].u.iv[0] == 4));
  BOOST_TEST(v[5].kind == int(HG_NONE));
  BOOST_TEST((Attributes(every_kind(), R"({"rate": "nan"})").values()[2].u.f != 0.5));
  BOOST_TEST(std::isnan(Attributes(every_kind(), R"({"rate": "nan"})").values()[2].u.f));
}

BOOST_AUTO_TEST_CASE(one_number_fills_a_list_that_has_a_length) {
  auto list = [](const char* json, size_t k) {
    Attributes a(every_kind(), json);
    const hg_value& v = a.values()[k];
    return std::vector<int64_t>(v.u.iv, v.u.iv + v.count);
  };
  BOOST_TEST(list("{}", 6) == (std::vector<int64_t>{1, 2}));
  BOOST_TEST(list(R"({"pair": 5})", 6) == (std::vector<int64_t>{5, 5}));
  BOOST_TEST(list(R"({"pair": [5]})", 6) == (std::vector<int64_t>{5, 5}));
  BOOST_TEST(list(R"({"pair": [5, 6, 7]})", 6) == (std::vector<int64_t>{5, 6, 7}));
  BOOST_TEST(list(R"({"pair": []})", 6).empty());
  BOOST_TEST(list(R"({"sizes": 5})", 4) == (std::vector<int64_t>{5}));
  Attributes a(every_kind(), R"({"scales": 0.5})");
  BOOST_TEST((a.values()[7].count == 3 && a.values()[7].u.fv[2] == 0.5));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  auto error = [](const char* json) {
    return error_of([&] { Attributes(every_kind(), json); });
  };
  BOOST_TEST(error("[1]") ==
             "every_kind: the attributes are no JSON object: [1]\n"
             "  hint: write them like {\"dim\": -1, \"keepdim\": true}");
  BOOST_TEST(error("{\"flag\": ") != "");
  BOOST_TEST(error(R"({"size": 1})") ==
             "every_kind: there is no attribute 'size'\n"
             "  hint: its attributes are: flag, count, rate, mode, sizes, weights, pair, scales");
  BOOST_TEST(error(R"({"flag": 1})") == "every_kind: flag is 1; it must be true or false");
  BOOST_TEST(error(R"({"count": 1.5})") ==
             "every_kind: count is 1.5; it must be a whole number");
  BOOST_TEST(error(R"({"count": 1e300})") != "");
  BOOST_TEST(error(R"({"count": 9223372036854775808})") != "");
  BOOST_TEST(error(R"({"rate": "fast"})") ==
             "every_kind: rate is \"fast\"; it must be a number");
  BOOST_TEST(error(R"({"mode": 1})") == "every_kind: mode is 1; it must be a text");
  BOOST_TEST(error(R"({"sizes": [1, "a"]})") ==
             "every_kind: sizes is [1,\"a\"]; it must be a list of whole numbers");
  BOOST_TEST(error(R"({"weights": [[1]]})") ==
             "every_kind: weights is [[1]]; it must be a list of numbers");
}
