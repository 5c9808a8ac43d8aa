// Modules beyond registration: lists, lazy layers, replicas, hooks, conversion, and
// printing compared with PyTorch's text (tests/reference/modules.txt).
#define BOOST_TEST_MODULE nn_module
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <sstream>

#include "autograd/grad_mode.hpp"
#include "nn/activations.hpp"
#include "nn/bilinear.hpp"
#include "nn/dropout.hpp"
#include "nn/embedding.hpp"
#include "nn/flatten.hpp"
#include "nn/fourier.hpp"
#include "nn/module_dict.hpp"
#include "nn/norm.hpp"
#include "nn/sequential.hpp"
#include "optim/optimizer.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

std::vector<std::string> names(const nn::StateDict& dict) {
  std::vector<std::string> list;
  for (const auto& [name, tensor] : dict) list.push_back(name);
  return list;
}
using Names = std::vector<std::string>;

struct Deep : nn::Cloneable<Deep> {
  nn::ModuleList blocks{*this, "blocks"};
  nn::ModuleDict heads{*this, "heads"};
  nn::Sequential empty{*this, "empty"};
  Deep() {
    blocks.append(
        nn::make<nn::Sequential>(nn::make<nn::Linear>(2, 3), nn::make<nn::ReLU>()));
    blocks.add<nn::Identity>();
    heads.add<nn::Linear>("age", 3, 1);
    heads.add<nn::Linear>("kind", 3, 4, false);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (nn::Module& block : blocks) y = block(y);
    return heads["kind"](y);
  }
};

// Two layers that share their weight.
struct Tied : nn::Cloneable<Tied> {
  nn::Linear a{*this, "a", 2, 2, false}, b{*this, "b", 2, 2, false};
  nn::Buffer count{*this, "count", zeros({}, i64)};
  Tied() { b.weight = a.weight; }
  Tensor forward(const Tensor& x) override { return b(a(x)); }
};

}  // namespace

// ---- lists and dictionaries -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lists_and_dictionaries_name_their_members) {
  Deep net;
  BOOST_TEST(names(net.named_parameters()) ==
                 (Names{"blocks.0.0.weight", "blocks.0.0.bias", "heads.age.weight",
                        "heads.age.bias", "heads.kind.weight"}),
             per_element());
  BOOST_TEST((net(ones({5, 2})).shape() == Shape{5, 4}));
  BOOST_TEST(net.blocks.size() == 2u);
  BOOST_TEST(&net.blocks[-1] == &net.blocks[1]);
  BOOST_TEST(net.heads.contains("age"));
  BOOST_TEST(!net.heads.contains("size"));
  BOOST_TEST(net.heads.size() == 2u);
  BOOST_TEST(error_of([&] { net.heads["size"]; }) ==
             "ModuleDict: there is no module 'size' among: age, kind");
  BOOST_TEST(error_of([&] { net.blocks[2]; }) ==
             "ModuleList: there is no module 2 among 2");
  BOOST_TEST(error_of([&] { net.blocks.append(nullptr); }) ==
             "ModuleList: module 2 is null");
  BOOST_TEST(fails_with("a member called 'age' already",
                        [&] { net.heads.add<nn::Identity>("age"); }));
}

// One module in two places: its parameters are listed once, stand twice in the state, and
// their gradient is the sum of both uses.
BOOST_AUTO_TEST_CASE(a_module_may_stand_in_two_places) {
  std::shared_ptr<nn::Linear> shared = nn::make<nn::Linear>(2, 2, false);
  nn::Sequential net(shared, nn::make<nn::ReLU>(), shared);
  BOOST_TEST(names(net.named_parameters()) == Names{"0.weight"}, per_element());
  BOOST_TEST(names(net.state_dict()) == (Names{"0.weight", "2.weight"}), per_element());
  BOOST_TEST(net.parameter_count() == 4);
  int visits = 0;
  net.apply([&](nn::Module&) { ++visits; });
  BOOST_TEST(visits == 3);
  BOOST_TEST(net.named_modules().size() == 3u);

  shared->load_state_dict({{"weight", tensor({{1.0, 2.0}, {3.0, 4.0}})}});
  net(tensor({{1.0, 1.0}})).sum().backward();
  // h = (3, 7); the second use adds h to each row, the first W^T (1, 1) = (4, 6) to each
  // column of its outer product with x = (1, 1).
  BOOST_TEST(numbers(shared->weight.grad()) == (Numbers{3 + 4, 7 + 4, 3 + 6, 7 + 6}),
             per_element());

  std::unique_ptr<nn::Module> replica = net.clone();
  BOOST_TEST(replica->parameters().size() == 1u);
  BOOST_TEST(replica->named_modules().size() == 3u);  // one shared module there, too
  BOOST_TEST((*replica)(ones({1, 2})).equal(net(ones({1, 2}))));
}

BOOST_AUTO_TEST_CASE(parameters_are_chosen_by_name) {
  Deep net;
  auto is_weight = [](const std::string& name, const Tensor&) {
    return name.ends_with("weight");
  };
  BOOST_TEST(net.parameters(is_weight).size() == 3u);
  for (const Tensor& w : net.parameters(is_weight)) BOOST_TEST(w.dim() == 2);
}

// ---- lazy layers ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lazy_layer_learns_its_width_from_the_first_input) {
  manual_seed(4);
  nn::Sequential net(nn::make<nn::LazyLinear>(8), nn::make<nn::ReLU>(),
                     nn::make<nn::LazyLinear>(3, false));
  net.to(f64);
  net.requires_grad_(false);
  net.zero_grad();
  BOOST_TEST((net(ones({2, 5}, f64)).shape() == Shape{2, 3}));
  const auto& first = net.at<nn::Linear>(0);
  BOOST_TEST((first.weight.shape() == Shape{8, 5}));
  BOOST_TEST((first.weight.dtype() == f64));
  BOOST_TEST(!first.weight.requires_grad());
  BOOST_TEST((net.at<nn::Linear>(2).weight.shape() == Shape{3, 8}));
  BOOST_TEST(first.weight.abs().max().item() <= 1 / std::sqrt(5.0));
  BOOST_TEST(first.weight.abs().max().item() > 0.3);
  BOOST_TEST(first.bias.abs().max().item() > 0.0);
  BOOST_TEST(net.parameter_count() == 8 * 5 + 8 + 3 * 8);
  BOOST_TEST(fails_with("linear: input is (2,6)", [&] { net(ones({2, 6}, f64)); }));
}

BOOST_AUTO_TEST_CASE(a_lazy_layer_without_a_shape_says_so) {
  nn::Sequential net(nn::make<nn::ReLU>(), nn::make<nn::LazyLinear>(4));
  const std::string message =
      "LazyLinear: 1 is LazyLinear(in_features=0, out_features=4, bias=True): its "
      "parameters have no shape yet\n"
      "  hint: run one batch through the network first";
  BOOST_TEST(error_of([&] { net.parameters(); }) == message);
  BOOST_TEST(error_of([&] { net.named_parameters(); }) == message);
  BOOST_TEST(error_of([&] { net.parameter_count(); }) == message);
  BOOST_TEST(error_of([&] { net.state_dict(); }) == message);
  BOOST_TEST(error_of([&] {
               optim::make("sgd", net.parameters(), {{"lr", 0.1}});
             }) == message);
  BOOST_TEST(fails_with("LazyLinear: LazyLinear(in_features=0",
                        [] { nn::LazyLinear(3).parameters(); }));
  BOOST_TEST(fails_with("out_features -2: neither can be negative",
                        [] { nn::LazyLinear bad(-2); }));
}

BOOST_AUTO_TEST_CASE(a_lazy_layer_takes_its_shape_from_a_state) {
  nn::Sequential trained(nn::make<nn::Linear>(5, 2), nn::make<nn::Linear>(2, 3));
  nn::Sequential net(nn::make<nn::LazyLinear>(2), nn::make<nn::LazyLinear>(3));
  net.load_state_dict(trained.state_dict());
  BOOST_TEST(net.to_string() == trained.to_string());
  BOOST_TEST(net(ones({1, 5})).equal(trained(ones({1, 5}))));

  nn::Sequential other(nn::make<nn::LazyLinear>(9));
  BOOST_TEST(error_of([&] { other.load_state_dict(trained.state_dict()); }) ==
             "load_state_dict: the state does not fit Sequential:\n"
             "  unexpected: 1.weight, 1.bias\n"
             "  other shape: 0.weight ((2,5) in the state, (0) here), "
             "0.bias ((2) in the state, (0) here)\n"
             "  hint: strict = false loads what fits");
  BOOST_TEST(other[0].pending());
  BOOST_TEST(fails_with("missing: 0.weight, 0.bias", [&] { other.load_state_dict({}); }));
}

// ---- replicas ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_replica_has_equal_values_of_its_own) {
  manual_seed(2);
  Tied net;
  net.count.fill_(7);
  net.a.eval();
  net.a.weight.requires_grad_(false);
  Tensor before = rand({1});
  manual_seed(2);
  Tied again;
  std::unique_ptr<nn::Module> replica = net.clone();
  BOOST_TEST(rand({1}).equal(before));  // making it draws no numbers from the stream

  auto& copy = dynamic_cast<Tied&>(*replica);
  BOOST_TEST(copy.a.weight.is(copy.b.weight));
  BOOST_TEST(!copy.a.weight.is(net.a.weight));
  BOOST_TEST(copy.a.weight.equal(net.a.weight));
  BOOST_TEST(copy.count.item() == 7.0);
  BOOST_TEST(!copy.a.weight.requires_grad());
  BOOST_TEST(copy.a.weight.is_leaf());
  BOOST_TEST(!copy.a.training());
  BOOST_TEST(copy.b.training());
  {
    no_grad guard;
    copy.a.weight.zero_();
  }
  BOOST_TEST(net.a.weight.abs().sum().item() > 0.0);
}

BOOST_AUTO_TEST_CASE(every_layer_can_be_cloned) {
  manual_seed(6);
  nn::Sequential net(
      nn::make<nn::Unflatten>(1, Shape{2, 3}), nn::make<nn::Flatten>(0, 1),
      nn::make<nn::Linear>(nn::LinearOptions{
          .in_features = 3, .out_features = 4, .bias = false, .dtype = f64}),
      nn::make<nn::LayerNorm>(nn::LayerNormOptions{
          .normalized_shape = {4}, .eps = 0.1, .bias = false, .dtype = f64}),
      nn::make<nn::BatchNorm1d>(
          nn::BatchNormOptions{.num_features = 4, .momentum = {}, .dtype = f64}),
      nn::make<nn::Dropout>(0.25), nn::make<nn::Identity>(), nn::make<nn::RealDFT>(4, f64),
      nn::make<nn::BatchNorm1d>(nn::BatchNormOptions{
          .num_features = 2, .affine = false, .track_running_stats = false, .dtype = f64}));
  Tensor x = randn({3, 6}, f64);
  net(x);
  net.eval();
  std::unique_ptr<nn::Module> replica = net.clone();
  BOOST_TEST(replica->to_string() == net.to_string());
  BOOST_TEST((*replica)(x).equal(net(x)));
  BOOST_TEST(names(replica->state_dict()) == names(net.state_dict()), per_element());

  nn::Embedding words(5, 2, -1);
  BOOST_TEST(words.clone()->to_string() == words.to_string());
  nn::Bilinear pairs(2, 3, 4, false);
  BOOST_TEST(pairs.clone()->to_string() == pairs.to_string());
  nn::FourierCoefficients waves(3);
  BOOST_TEST(waves.clone()->to_string() == waves.to_string());
  Deep deep;
  BOOST_TEST(deep.clone()->to_string() == deep.to_string());
  nn::LazyLinear lazy(3);
  BOOST_TEST(lazy.clone()->pending());
  lazy(ones({1, 2}));
  BOOST_TEST((*lazy.clone())(ones({1, 2})).equal(lazy(ones({1, 2}))));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_cloned_says_how) {
  struct Own : nn::Module {
    nn::Linear fc{*this, "fc", 1, 1};
  } own;
  BOOST_TEST(error_of([&] { own.clone(); }) ==
             "Own: clone() does not know how one is made\n"
             "  hint: derive it from nn::Cloneable<Own>, or override make_like()");
  struct Forgets : nn::Module {
    nn::ModuleList list{*this, "list"};
    explicit Forgets(int n) {
      for (int i = 0; i < n; ++i) list.add<nn::Identity>();
    }
    std::unique_ptr<Module> make_like() const override { return nn::make<Forgets>(1); }
  };
  BOOST_TEST(fails_with("ModuleList: make_like() made a module with other children",
                        [] { Forgets(2).clone(); }));
  BOOST_TEST(Forgets(1).clone()->named_modules().size() == 3u);
}

// ---- conversion -------------------------------------------------------------------------

// An optimizer made before the conversion goes on with the same parameters.
BOOST_AUTO_TEST_CASE(conversion_keeps_the_tensors) {
  Tied net;
  Tensor held = net.a.weight;
  Numbers before = numbers(held);
  net(ones({1, 2})).sum().backward();
  net.to("cpu", f64);
  BOOST_TEST(held.is(net.a.weight));
  BOOST_TEST(net.a.weight.is(net.b.weight));
  BOOST_TEST((held.dtype() == f64));
  BOOST_TEST((held.grad().dtype() == f64));
  BOOST_TEST(held.requires_grad());
  BOOST_TEST(held.is_leaf());
  BOOST_TEST(numbers(held) == before, per_element());
  BOOST_TEST((net.count.dtype() == i64));
  net.zero_grad();
  net(ones({1, 2}, f64)).sum().backward();
  BOOST_TEST((held.grad().dtype() == f64));
}

// ---- hooks ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(forward_hooks_see_and_replace) {
  nn::Sequential net(nn::make<nn::Identity>(), nn::make<nn::Identity>());
  std::string seen;
  net.register_forward_hook(
      [&](nn::Module& m, const std::vector<Tensor>& inputs, const Tensor& y) {
        seen += m.type_name() + " " + inputs.at(0).shape().to_string() +
                y.shape().to_string() + ";";
        return Tensor();
      });
  size_t doubling = net[0].register_forward_hook(
      [](nn::Module&, const std::vector<Tensor>&, const Tensor& y) { return y * 2; });
  BOOST_TEST(net(ones({3})).equal(full({3}, 2.0)));
  BOOST_TEST(seen == "Sequential (3)(3);");
  net[0].remove_forward_hook(doubling);
  BOOST_TEST(net(ones({3})).equal(ones({3})));

  nn::Bilinear pairs(1, 1, 1);
  size_t inputs_seen = 0;
  pairs.register_forward_hook(
      [&](nn::Module&, const std::vector<Tensor>& inputs, const Tensor&) {
        inputs_seen = inputs.size();
        return Tensor();
      });
  pairs(ones({2, 1}), ones({2, 1}));
  BOOST_TEST(inputs_seen == 2u);
}

// ---- printing ---------------------------------------------------------------------------

namespace {

struct DLModel : nn::Module {
  nn::Linear linear{*this, "linear", 13, 1};
};

struct Said : nn::Module {
  std::unique_ptr<nn::Linear> inner;
  explicit Said(bool with_child) {
    if (with_child) inner = std::make_unique<nn::Linear>(*this, "inner", 1, 1);
  }
  std::string details() const override { return "one=1\ntwo=2"; }
};

std::map<std::string, std::string> pytorchs_texts() {
  std::map<std::string, std::string> texts;
  std::ifstream file = source_file("tests/reference/modules.txt");
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("case ")) {
      name = line.substr(5);
    } else {
      texts[name] += (texts[name].empty() ? "" : "\n") + line;
    }
  }
  return texts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(modules_print_as_in_pytorch) {
  std::map<std::string, std::string> expected = pytorchs_texts(), ours;
  auto add = [&](const std::string& name, const nn::Module& m) {
    ours[name] = m.to_string();
  };
  add("linear", nn::Linear(784, 10));
  add("nested",
      nn::Sequential(nn::make<nn::Flatten>(),
                     nn::make<nn::Sequential>(nn::make<nn::Linear>(2, 1, false))));
  add("named", DLModel());
  add("deep", Deep());
  add("two lines", Said(false));
  add("two lines and a child", Said(true));
  add("empty sequential", nn::Sequential());
  add("empty list", nn::ModuleList());
  nn::Sequential lazy(nn::make<nn::LazyLinear>(256), nn::make<nn::ReLU>(),
                      nn::make<nn::LazyLinear>(10, false));
  add("lazy", lazy);
  lazy(zeros({2, 20}));
  add("lazy, run", lazy);
  add("flatten", nn::Flatten(0, 2));
  add("unflatten", nn::Unflatten(1, {2, 5, 5}));
  add("unflatten, one size", nn::Unflatten(-1, {4}));
  add("identity", nn::Identity());
  add("dropout", nn::Dropout({.p = 0.2}));
  add("embedding", nn::Embedding(10, 3));
  add("embedding, padding",
      nn::Embedding({.num_embeddings = 10, .embedding_dim = 3, .padding_idx = -1}));
  add("layer norm", nn::LayerNorm(5));
  add("layer norm, plain",
      nn::LayerNorm({.normalized_shape = {2, 3}, .eps = 0.1, .elementwise_affine = false}));
  add("batch norm 1d", nn::BatchNorm1d(3));
  add("batch norm 2d", nn::BatchNorm2d(3, 1e-3, std::nullopt, false));
  add("batch norm 3d",
      nn::BatchNorm3d({.num_features = 3, .momentum = 0.01, .track_running_stats = false}));
  add("bilinear", nn::Bilinear(20, 30, 40));
  struct One : nn::Module {
    nn::Parameter p{*this, "p", tensor({{1.0, -2.5}})};
  } one;
  std::ostringstream parameter;
  parameter << one.p;
  ours["parameter"] = parameter.str();

  BOOST_TEST(expected.size() == ours.size());
  for (const auto& [name, text] : expected) {
    BOOST_TEST(ours[name] == text, name << ":\n" << ours[name] << "\nPyTorch:\n" << text);
  }
}

// PyTorch prints equal neighbours of a ModuleList on one line, those of a Sequential each on
// its own.
BOOST_AUTO_TEST_CASE(equal_neighbours_in_a_list_share_a_line) {
  nn::ModuleList list;
  nn::Sequential sequence;
  for (int i = 0; i < 2; ++i) {
    list.add<nn::Linear>(2, 2);
    sequence.add<nn::ReLU>();
  }
  list.add<nn::ReLU>();
  BOOST_TEST(list.to_string() ==
             "ModuleList(\n"
             "  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n"
             "  (2): ReLU()\n"
             ")");
  BOOST_TEST(sequence.to_string() == "Sequential(\n  (0): ReLU()\n  (1): ReLU()\n)");
}
