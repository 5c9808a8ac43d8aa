// The common type of several operands, compared with torch.result_type.
#define BOOST_TEST_MODULE tensor_promotion
#include <boost/test/unit_test.hpp>

#include <sstream>

#include "support/check.hpp"
#include "tensor/promotion.hpp"

using namespace hg;
using namespace hg::test;

namespace {

Operand operand(const std::string& type, const std::string& form) {
  return {dtype_from_name(type), form == "axes" ? 2 : 0, form == "number"};
}

std::string common(std::initializer_list<Operand> operands) {
  return name(result_type(std::span(operands.begin(), operands.size())));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_pair_meets_where_pytorch_says) {
  std::ifstream file = source_file("tests/reference/promotion.txt");
  std::string line;
  int pairs = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string type_a, form_a, type_b, form_b, arrow, expected;
    words >> type_a >> form_a >> type_b >> form_b >> arrow >> expected;
    std::string found = common({operand(type_a, form_a), operand(type_b, form_b)});
    BOOST_TEST(found == expected, line << ", found " << found);
    ++pairs;
  }
  BOOST_TEST(pairs == 23 * 23);
}

BOOST_AUTO_TEST_CASE(more_than_two_operands) {
  BOOST_TEST(common({}) == "f32");
  BOOST_TEST(common({{f16, 0, false}}) == "f16");
  BOOST_TEST(common({{u8, 1, false}, {i8, 1, false}, {bool_, 1, false}}) == "i16");
  // Both whole: axes decide. Then a fraction without axes: its type.
  BOOST_TEST(common({{i32, 2, false}, {i64, 0, false}}) == "i32");
  BOOST_TEST(common({{i32, 2, false}, {i64, 0, false}, {f64, 0, false}}) == "f64");
  BOOST_TEST(common({{i32, 2, false}, {f16, 0, false}, {f32, 0, true}}) == "f16");
  BOOST_TEST(common({{bool_, 2, false}, {u8, 0, false}, {i64, 0, true}}) == "u8");
}

BOOST_AUTO_TEST_CASE(the_order_of_operands_does_not_matter) {
  constexpr DType types[] = {f32, f64, i64, i32, i16, i8, u8, bool_, f16, bf16};
  for (DType a : types) {
    for (DType b : types) {
      BOOST_TEST((promote(a, b) == promote(b, a)), name(a) << " " << name(b));
    }
  }
}

BOOST_AUTO_TEST_CASE(types_have_names) {
  for (int i = 0; i < dtype_count; ++i) {
    DType type = DType(i);
    BOOST_TEST((dtype_from_name(name(type)) == type));
    BOOST_TEST((dtype_from_code(info(type).code, info(type).bits) == type));
  }
  BOOST_TEST((dtype_from_name("float32") == f32));
  BOOST_TEST((dtype_from_name("long") == i64));
  BOOST_TEST(fails_with("no element type 'f8'", [] { dtype_from_name("f8"); }));
  BOOST_TEST(fails_with("code 2 and 8 bits", [] { dtype_from_code(2, 8); }));
}
