// Operators against PyTorch: each tests/reference/FAMILY.safetensors holds inputs, results
// and gradients that FAMILY.py had PyTorch compute. Each case runs as it is, and with inputs
// that have gaps between their elements, as a slice of a larger tensor has; both with the
// reference kernels and with those that a user gets.
#define BOOST_TEST_MODULE ops_reference
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "autograd/backward.hpp"
#include "host/attributes.hpp"
#include "host/dispatch.hpp"
#include "io/safetensors.hpp"
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;

namespace {

using nlohmann::json;

struct Case {
  std::string name;
  const io::Tensors& tensors;
  json description;

  // "ROLE.0", "ROLE.1", ... with undefined tensors for numbers that are skipped.
  std::vector<Tensor> list(const std::string& role) const {
    std::vector<Tensor> result;
    std::string prefix = name + "/" + role + ".";
    for (auto it = tensors.lower_bound(prefix);
         it != tensors.end() && it->first.starts_with(prefix); ++it) {
      size_t i = std::stoul(it->first.substr(prefix.size()));
      if (result.size() <= i) result.resize(i + 1);
      result[i] = it->second;
    }
    return result;
  }
};

// The same numbers, in memory with a gap after each.
Tensor with_gaps(const Tensor& t) {
  if (!t.defined()) return t;
  Shape wide = t.shape();
  if (wide.size() == max_rank) return t;
  wide.push_back(2);
  Tensor storage = zeros(wide, t.dtype());
  Tensor view = storage.select(-1, 0);
  copy_elements(view.desc(), t.desc());
  return view;
}

// Where `ours` and `theirs` differ by more than the tolerance, in words; empty if nowhere.
std::string difference(const Tensor& ours, const Tensor& theirs, double tolerance) {
  if (!ours.defined()) return "there is none";
  if (ours.shape() != theirs.shape()) {
    return "its shape is " + ours.shape().to_string() + ", PyTorch's " +
           theirs.shape().to_string();
  }
  if (ours.dtype() != theirs.dtype()) {
    return std::string("its type is ") + name(ours.dtype()) + ", PyTorch's " +
           name(theirs.dtype());
  }
  if (!is_floating(ours.dtype())) {
    return ours.equal(theirs)
             ? ""
             : "it is " + ours.to_string() + "\nPyTorch's is " + theirs.to_string();
  }
  Numbers x = numbers(ours), y = numbers(theirs);
  for (size_t i = 0; i < x.size(); ++i) {
    bool same = x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i])) ||
                std::abs(x[i] - y[i]) <= tolerance * std::max(1.0, std::abs(y[i]));
    if (!same) {
      return "element " + std::to_string(i) + " is " + std::to_string(x[i]) +
             ", PyTorch's " + std::to_string(y[i]);
    }
  }
  return "";
}

void compare(const char* what, const std::vector<Tensor>& ours,
             const std::vector<Tensor>& theirs, double tolerance) {
  for (size_t i = 0; i < theirs.size(); ++i) {
    if (!theirs[i].defined()) continue;
    Tensor mine = i < ours.size() ? ours[i] : Tensor();
    std::string wrong = difference(mine, theirs[i], tolerance);
    BOOST_TEST(wrong == "", what << " " << i << ": " << wrong);
  }
}

// What is made of other operators and has none of its own.
const std::map<std::string, Tensor (*)(const std::vector<Tensor>&, const json&)> composed{
    {"einsum",
     [](const std::vector<Tensor>& in, const json& attrs) {
       return einsum(attrs["equation"].get<std::string>(), in);
     }},
    {"instance_norm",
     [](const std::vector<Tensor>& in, const json& attrs) {
       auto at = [&](size_t i) { return i < in.size() ? in[i] : Tensor(); };
       auto copy = [&](size_t i) { return at(i).defined() ? at(i).clone() : Tensor(); };
       return nn::functional::instance_norm(at(0), copy(1), copy(2), at(3), at(4),
                                            attrs["use_input_stats"], attrs["momentum"],
                                            attrs["eps"]);
     }},
    {"interpolate_area",
     [](const std::vector<Tensor>& in, const json& attrs) {
       std::vector<int64_t> size = attrs.value("size", std::vector<int64_t>());
       return nn::functional::interpolate(
           in[0], Shape(size), attrs.value("scale_factor", std::vector<double>()), "area");
     }},
    {"repeat",
     [](const std::vector<Tensor>& in, const json& attrs) {
       std::vector<int64_t> repeats = attrs["repeats"];
       return in[0].repeat(std::span<const int64_t>(repeats));
     }},
    {"repeat_interleave",
     [](const std::vector<Tensor>& in, const json& attrs) {
       return in[0].repeat_interleave(attrs["repeats"], attrs["dim"]);
     }},
};

std::vector<Tensor> results(const Case& c, const std::vector<Tensor>& in) {
  std::string name = c.description["op"];
  auto found = composed.find(name);
  if (found != composed.end()) return {found->second(in, c.description["attrs"])};
  const Operator& op = Registry::get().at(name);
  Attributes attributes(op, c.description["attrs"].dump());
  std::vector<const Tensor*> inputs;
  for (const Tensor& t : in) inputs.push_back(&t);
  return run_all(op, inputs, attributes.values());
}

void run_case(const Case& c, bool gaps) {
  double tolerance = c.description["tolerance"];
  std::vector<Tensor> in = c.list("in"), din = c.list("din"), dout = c.list("dout");
  if (gaps) {
    for (Tensor& t : in) t = with_gaps(t);
    for (Tensor& t : dout) t = with_gaps(t);
  }
  for (size_t i = 0; i < din.size(); ++i) {
    if (din[i].defined()) in[i] = in[i].detach().requires_grad_();
  }
  std::vector<Tensor> out = results(c, in);
  compare("output", out, c.list("out"), tolerance);

  std::vector<Tensor> roots, gradients, leaves;
  for (size_t i = 0; i < dout.size(); ++i) {
    if (!dout[i].defined()) continue;
    roots.push_back(out.at(i));
    gradients.push_back(dout[i]);
  }
  if (roots.empty()) return;
  backward(roots, gradients);
  std::vector<Tensor> found;
  for (const Tensor& t : in) found.push_back(t.defined() ? t.grad() : Tensor());
  compare("gradient of input", found, din, tolerance);
}

std::vector<std::filesystem::path> families() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(HANDGRAD_SOURCE_DIR "/tests/reference")) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

BOOST_AUTO_TEST_CASE(operators_agree_with_pytorch) {
  std::set<std::string> operators;
  int cases = 0;
  for (const auto& path : families()) {
    io::Metadata metadata;
    io::Tensors tensors = io::read_safetensors(path.string(), &metadata);
    for (const auto& [name, text] : metadata) {
      Case c{name, tensors, json::parse(text, nullptr, false)};
      if (!c.description.contains("op")) continue;  // a file for another test
      operators.insert(c.description["op"].get<std::string>());
      ++cases;
      for (bool gaps : {false, true}) {
        for (bool reference : {true, false}) {
          Registry::get().set_reference_only(reference);
          std::string how = (gaps ? " with gaps" : "") +
                            std::string(reference ? ", reference kernels " : " ");
          BOOST_TEST_CONTEXT(path.stem().string() << " " << name << how << text) {
            BOOST_CHECK_NO_THROW(run_case(c, gaps));
          }
        }
      }
    }
  }
  BOOST_TEST_MESSAGE(cases << " cases of " << operators.size() << " operators");
  BOOST_TEST(cases > 500);
  BOOST_TEST(operators.contains("add"));
  BOOST_TEST(operators.contains("conv2d"));
}
