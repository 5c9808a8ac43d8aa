// Printed tensors, compared with PyTorch's text (tests/reference/print.txt).
#define BOOST_TEST_MODULE tensor_print
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <sstream>

#include "support/check.hpp"

using namespace hg;
using namespace hg::test;

namespace {

// The elements that a line of print.txt gives, one by one or by a rule.
Tensor read_tensor(DType type, const Shape& shape, const std::string& line) {
  std::istringstream words(line);
  std::vector<double> fractions;
  std::vector<int64_t> wholes;
  std::string word;
  if (line.starts_with("rule ")) {
    int64_t factor, modulus, shift;
    std::string scale;
    words >> word >> factor >> modulus >> shift >> scale;
    for (int64_t i = 0; i < shape.numel(); ++i) {
      int64_t whole = (i * factor) % modulus - shift;
      fractions.push_back(double(whole) * std::strtod(scale.c_str(), nullptr));
    }
    return detail::from_numbers(shape, type, fractions);
  }
  while (words >> word) {
    fractions.push_back(std::strtod(word.c_str(), nullptr));
    wholes.push_back(std::strtoll(word.c_str(), nullptr, 10));
  }
  return is_floating(type) ? detail::from_numbers(shape, type, fractions)
                           : detail::from_integers(shape, type, wholes);
}

Shape read_shape(const std::string& text) {
  Shape shape;
  std::istringstream sizes(text.substr(1));
  int64_t n;
  char comma;
  while (sizes >> n) {
    shape.push_back(n);
    sizes >> comma;
  }
  return shape;
}

}  // namespace

BOOST_AUTO_TEST_CASE(prints_what_pytorch_prints) {
  std::ifstream file = source_file("tests/reference/print.txt");
  int cases = 0;
  std::string line;
  std::getline(file, line);
  while (file) {
    std::string header = line, numbers, expected;
    std::istringstream words(header);
    std::string word, type, shape, grad;
    words >> word >> type >> shape >> grad;
    std::getline(file, numbers);
    while (std::getline(file, line) && !line.starts_with("case ")) {
      expected += (expected.empty() ? "" : "\n") + line;
    }
    Tensor t = read_tensor(dtype_from_name(type), read_shape(shape), numbers);
    if (grad == "grad") t.requires_grad_();
    BOOST_TEST(t.to_string() == expected, header << " " << numbers.substr(0, 80) << "\n"
                                                 << t.to_string() << "\nexpected\n"
                                                 << expected);
    ++cases;
  }
  BOOST_TEST(cases >= 170);
}

BOOST_AUTO_TEST_CASE(a_result_shows_what_made_it) {
  Tensor x = tensor({1.0, 2.0}).requires_grad_();
  BOOST_TEST((x + x).to_string() == "tensor([2., 4.], grad_fn=<AddBackward>)");
}

BOOST_AUTO_TEST_CASE(views_print_their_own_elements) {
  BOOST_TEST(arange(6).view({2, 3}).t().to_string() ==
             "tensor([[0, 3],\n        [1, 4],\n        [2, 5]])");
}

BOOST_AUTO_TEST_CASE(an_empty_handle_says_so) {
  std::ostringstream out;
  out << Tensor();
  BOOST_TEST(out.str() == "tensor(undefined)");
}
