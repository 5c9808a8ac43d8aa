// The picture of the recorded graph: its boxes and arrows, where they stand, its files.
#define BOOST_TEST_MODULE learn_graph
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "learn/graph.hpp"
#include "nn/functional.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

using namespace hg;
using namespace hg::test;
using Kind = Graph::Box::Kind;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<size_t> named(const Graph& g, const std::string& name) {
  std::vector<size_t> found;
  for (size_t i = 0; i < g.boxes.size(); ++i) {
    if (g.boxes[i].lines[0] == name) found.push_back(i);
  }
  return found;
}

size_t only(const Graph& g, const std::string& name) {
  const auto found = named(g, name);
  BOOST_REQUIRE_MESSAGE(found.size() == 1, name << ": " << found.size() << " boxes");
  return found[0];
}

bool leads(const Graph& g, size_t from, size_t to) {
  return std::any_of(g.arrows.begin(), g.arrows.end(),
                     [&](const Graph::Arrow& a) { return a.from == from && a.to == to; });
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

struct Network {
  nn::Sequential net{nn::make<nn::Linear>(6, 4), nn::make<nn::Linear>(4, 3)};
  Tensor x = rand({5, 6}), y = zeros({5}, i64);
  Tensor loss() { return nn::functional::cross_entropy(net(x).relu(), y); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(boxes_and_arrows_of_a_network) {
  Network n;
  const Graph g = graph(n.loss(), n.net);
  BOOST_TEST(g.operations == 4u);
  const auto linear = named(g, "linear");
  BOOST_REQUIRE(linear.size() == 2u);
  BOOST_TEST(g.boxes[linear[0]].lines[1] == "(5,4) f32");
  const size_t relu = only(g, "relu"), loss = only(g, "cross_entropy");
  const size_t weight = only(g, "0.weight"), bias = only(g, "1.bias");
  BOOST_TEST(g.boxes[weight].lines[1] == "(4,6) f32");
  BOOST_TEST((g.boxes[weight].kind == Kind::leaf));
  BOOST_TEST(leads(g, weight, linear[0]));
  BOOST_TEST(leads(g, bias, linear[1]));
  BOOST_TEST(leads(g, linear[0], linear[1]));
  BOOST_TEST(leads(g, linear[1], relu));
  BOOST_TEST(leads(g, relu, loss));
  BOOST_TEST(!leads(g, linear[0], relu));
  const size_t target = only(g, "target");
  BOOST_TEST((g.boxes[target].kind == Kind::constant));
  BOOST_TEST(g.boxes[target].lines[1] == "(5) i64");
  BOOST_TEST(leads(g, target, loss));
  BOOST_TEST(leads(g, only(g, "input"), linear[0]));  // x, which needs no gradient
  for (const Graph::Arrow& a : g.arrows) BOOST_TEST(a.from < a.to);  // forward order
}

BOOST_AUTO_TEST_CASE(attributes_that_are_not_the_default_and_custom_functions) {
  Tensor x = rand({2, 3}, f64).requires_grad_();
  const Graph g = graph(x.softmax(1).sum(0, true).mean());
  BOOST_TEST(g.boxes[only(g, "softmax")].lines[1] == "dim=1");
  BOOST_TEST(g.boxes[only(g, "softmax")].lines[2] == "(2,3) f64");
  BOOST_TEST(has(g.boxes[only(g, "sum")].lines[1], "keepdim=true"));
  BOOST_TEST(g.boxes[only(g, "leaf")].lines[1] == "(2,3) f64");
}

BOOST_AUTO_TEST_CASE(a_tensor_that_is_used_twice_has_one_box) {
  Tensor x = rand({3}).requires_grad_(), data = rand({3});
  const Graph g = graph(((x * data) * data + x).sum(), {.parameters = {{"x", x}}});
  const size_t box = only(g, "x");
  size_t arrows = 0;
  for (const Graph::Arrow& a : g.arrows) arrows += a.from == box;
  BOOST_TEST(arrows == 2u);
  BOOST_TEST(named(g, "other").size() == 1u);  // kept by both products: the same memory
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_said_when_asked_and_gone_after_backward) {
  Tensor x = rand({3}).requires_grad_();
  Tensor y = x.exp().sum();
  BOOST_TEST(has(graph(y, {.saved = true}).dot(), "keeps its result"));
  BOOST_TEST(!has(graph(y).dot(), "keeps"));
  y.backward();
  const Graph after = graph(y, {.saved = true});
  BOOST_TEST(!has(after.dot(), "keeps"));
  BOOST_TEST(after.operations == 2u);
}

BOOST_AUTO_TEST_CASE(large_graphs_end_at_the_limit_and_say_so) {
  Tensor x = rand({2}).requires_grad_(), y = x;
  for (int i = 0; i < 50000; ++i) y = y + 1;
  const Graph g = graph(y.sum(), {.limit = 100});
  BOOST_TEST(g.operations == 50001u);
  const size_t rest = only(g, "49901 operations before these are not drawn");
  BOOST_TEST((g.boxes[rest].kind == Kind::rest));
  BOOST_TEST(g.boxes.size() == 101u);
  BOOST_TEST(named(g, "sum").size() == 1u);  // the end is drawn
  BOOST_TEST(has(g.svg(), "49901 operations before these are not drawn"));
}

BOOST_AUTO_TEST_CASE(boxes_do_not_overlap_and_arrows_go_down) {
  Network n;
  Tensor h = rand({5, 4});
  Tensor loss = n.loss();
  for (int t = 0; t < 4; ++t) {  // a recurrent net, whose weight has long arrows
    h = (matmul(h, n.net.at<nn::Linear>(0).weight.t().slice(0, 0, 4)) + h).tanh();
    loss = loss + h.sum();
  }
  const Graph g = graph(loss, n.net);
  const learn::GraphLayout layout = learn::lay_out(g);
  BOOST_REQUIRE(layout.boxes.size() == g.boxes.size());
  for (size_t i = 0; i < layout.boxes.size(); ++i) {
    const auto& a = layout.boxes[i];
    BOOST_TEST(a.x - a.width / 2 >= 0);
    BOOST_TEST(a.x + a.width / 2 <= layout.width);
    BOOST_TEST(a.y + a.height / 2 <= layout.height);
    for (size_t j = 0; j < i; ++j) {
      const auto& b = layout.boxes[j];
      const bool apart = std::abs(a.x - b.x) >= (a.width + b.width) / 2 ||
                         std::abs(a.y - b.y) >= (a.height + b.height) / 2;
      BOOST_TEST(apart, g.boxes[i].lines[0] << " on " << g.boxes[j].lines[0]);
    }
  }
  for (size_t k = 0; k < g.arrows.size(); ++k) {
    const auto& points = layout.arrows[k];
    const auto &from = layout.boxes[g.arrows[k].from], &to = layout.boxes[g.arrows[k].to];
    BOOST_TEST(points.front().first == from.x);
    BOOST_TEST(points.back().first == to.x);
    BOOST_TEST(points.back().second == to.y - to.height / 2);
    for (size_t i = 1; i < points.size(); ++i) {
      BOOST_TEST(points[i].second > points[i - 1].second);
    }
  }
}

BOOST_AUTO_TEST_CASE(files) {
  const hg::test::Folder folder;
  Tensor x = rand({2}).requires_grad_();
  const Graph g = graph((x * 2).sum(), {.parameters = {{"<\"x\"&y>", x}}});
  g.save(folder / "g.svg");
  g.save(folder / "g.dot");
  std::stringstream svg, dot;
  svg << std::ifstream(folder / "g.svg").rdbuf();
  dot << std::ifstream(folder / "g.dot").rdbuf();
  BOOST_TEST(svg.str() == g.svg());
  BOOST_TEST(svg.str().starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  BOOST_TEST(has(svg.str(), "&lt;&quot;x&quot;&amp;y&gt;"));
  BOOST_TEST(count(svg.str(), "<rect ") == g.boxes.size() + 1);  // and the background
  BOOST_TEST(count(svg.str(), "marker-end") == g.arrows.size());
  BOOST_TEST(has(dot.str(), "<\\\"x\\\"&y>"));
  BOOST_TEST(count(dot.str(), " -> ") == g.arrows.size());
  BOOST_TEST(fails_with("saved as .svg or .dot", [&] { g.save("g.png"); }));
}

BOOST_AUTO_TEST_CASE(nothing_recorded_is_an_error) {
  BOOST_TEST(fails_with("nothing was recorded", [] { graph(rand({2}).sum()); }));
  Tensor x = rand({2}).requires_grad_();
  BOOST_TEST(graph(x).boxes.size() == 1u);  // a leaf alone
}
