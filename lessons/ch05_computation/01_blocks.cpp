// # 5.1 Layers and blocks
//
// A network of two layers fits into one line. The networks of chapter 7 have more than a
// hundred, in groups that repeat. What is the unit that one builds with, and how does it
// know its parameters?
//
// You know: nn::Sequential and nn::Linear (3.3), their parameters in an optimizer (3.7).
// New here: modules of one's own, from scratch; modules inside modules; free control flow.

#include <cstdio>
#include <iostream>
#include <memory>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## What a block must do
// A *block* is a layer, a group of layers, or a whole network; in the library it is called
// nn::Module. Whatever its size, it has five duties:
//
// 1. take its input as the argument of `forward`;
// 2. return its output from `forward`, often of another shape;
// 3. have the gradient of its output with respect to its input: the tape sees to that;
// 4. keep the parameters that its computation needs, and hand them out;
// 5. give these their first values.
//
// A hidden layer and an output layer, as a class. The layers are members. Each is told its
// owner and its name when it is made, and registers itself there; so the owner can list
// them, save them and print them.

struct MLP : nn::Module {
  nn::Linear hidden{*this, "hidden", 20, 256};
  nn::Linear out{*this, "out", 256, 10};

  Tensor forward(const Tensor& x) override {  // (N,20) -> (N,10)
    return out(relu(hidden(x)));
  }
};

// ## Sequential by hand
// What nn::Sequential does: keep modules in order, under the names "0", "1", ... (PyTorch
// keeps them in an ordered dictionary called _modules), and call one after the other.

class MySequential : public nn::Module {
 public:
  void append(std::unique_ptr<nn::Module> module) {
    adopt(std::to_string(modules_.size()), *module);
    modules_.push_back(std::move(module));
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (auto& module : modules_) y = (*module)(y);
    return y;
  }

 private:
  std::vector<std::unique_ptr<nn::Module>> modules_;
};

// ## Anything goes in forward
// `forward` is C++. It may use a tensor that is never trained (a *buffer*: it is saved
// with the module, but no optimizer sees it), call the same layer twice, which then has one
// set of parameters, and loop as long as the data say. The graph is recorded as forward
// runs, so backward follows the way that was really taken.

struct FixedHiddenMLP : nn::Module {
  nn::Buffer rand_weight{*this, "rand_weight", rand({20, 20})};  // (20,20), constant
  nn::Linear linear{*this, "linear", 20, 20};

  Tensor forward(const Tensor& x) override {  // (N,20) -> ()
    Tensor y = linear(x);                     // (N,20)
    y = relu(y.mm(rand_weight) + 1);          // (N,20)
    y = linear(y);                            // (N,20) by the same layer
    while (y.abs().sum().item() > 1) y = y / 2;
    return y.sum();
  }
};

// Modules nest in any way: a module of the library in one of ours, ours in a Sequential.

struct NestMLP : nn::Module {
  nn::Sequential net{*this,
                     "net",
                     nn::make<nn::Linear>(20, 64),
                     nn::make<nn::ReLU>(),
                     nn::make<nn::Linear>(64, 32),
                     nn::make<nn::ReLU>()};
  nn::Linear linear{*this, "linear", 32, 16};

  Tensor forward(const Tensor& x) override { return linear(net(x)); }  // (N,20) -> (N,16)
};

double gap(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item(); }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.1 Layers and blocks");
  manual_seed(lesson.seed() + 1);
  const Tensor X = rand({2, 20});  // (2,20)

  // ## A module knows its parts

  MLP net;
  std::cout << net << "\n";
  //> MLP(
  //>   (hidden): Linear(in_features=20, out_features=256, bias=True)
  //>   (out): Linear(in_features=256, out_features=10, bias=True)
  //> )
  for (const auto& [name, p] : net.named_parameters()) {
    std::cout << name << " " << p.shape() << "\n";
  }
  //> hidden.weight (256,20)
  //> hidden.bias (256)
  //> out.weight (10,256)
  //> out.bias (10)

  // `net(X)` is the call operator. It runs forward, and then the functions that somebody
  // may have hooked in to watch; so modules are called and forward is not. A layer is
  // nothing but its formula, so written out with the same parameters we get the same
  // numbers:

  const Tensor by_hand = linear(relu(linear(X, net.hidden.weight, net.hidden.bias)),
                                net.out.weight, net.out.bias);  // (2,10)
  const double composed = gap(net(X), by_hand);
  std::cout << "net(X) is " << net(X).shape()
            << ", as written out: " << (composed == 0 ? "yes" : "no") << "\n";
  //> net(X) is (2,10), as written out: yes

  // ## Ours and the library's
  // The same three modules in both containers, and the same values: MySequential uses the
  // names of nn::Sequential, so it can take over its state.

  nn::Sequential theirs(nn::make<nn::Linear>(20, 256), nn::make<nn::ReLU>(),
                        nn::make<nn::Linear>(256, 10));
  MySequential ours;
  ours.append(nn::make<nn::Linear>(20, 256));
  ours.append(nn::make<nn::ReLU>());
  ours.append(nn::make<nn::Linear>(256, 10));
  ours.load_state_dict(theirs.state_dict());
  const double sequential = gap(ours(X), theirs(X));
  std::cout << ours << "\nequal to nn::Sequential: " << (sequential == 0 ? "yes" : "no")
            << "\n";
  //> MySequential(
  //>   (0): Linear(in_features=20, out_features=256, bias=True)
  //>   (1): ReLU()
  //>   (2): Linear(in_features=256, out_features=10, bias=True)
  //> )
  //> equal to nn::Sequential: yes

  // ## Constants, reuse and loops
  // The layer is called twice and listed once; the constant is in the state, and not among
  // the parameters.

  FixedHiddenMLP fixed;
  const Tensor constant = fixed.rand_weight.clone();  // (20,20)
  const int64_t trained = fixed.parameter_count();
  std::cout << trained << " parameters; state:";
  for (const auto& [name, t] : fixed.state_dict()) {
    std::cout << " " << name << " " << t.shape();
  }
  std::cout << "\n";
  //> 420 parameters; state: rand_weight (20,20) linear.weight (20,20) linear.bias (20)

  auto sgd = optim::make("sgd", fixed.parameters(), {{"lr", 0.1}});
  const Tensor before = fixed(X);  // ()
  std::cout << before << "\n";
  before.backward();
  sgd.step();
  const bool untouched = fixed.rand_weight.equal(constant);
  std::cout << "after a step: result " << (fixed(X).equal(before) ? "the same" : "another")
            << ", constant " << (untouched ? "the same" : "another") << "\n";
  //>[5%] tensor(-0.0133, grad_fn=<SumBackward>)
  //> after a step: result another, constant the same

  // ## A chimera
  // A module with a module inside, a layer of the library, and the module with the loop, in
  // one Sequential. Each prints its own parts:

  nn::Sequential chimera(nn::make<NestMLP>(), nn::make<nn::Linear>(16, 20),
                         nn::make<FixedHiddenMLP>());
  std::cout << chimera << "\n";
  //> Sequential(
  //>   (0): NestMLP(
  //>     (net): Sequential(
  //>       (0): Linear(in_features=20, out_features=64, bias=True)
  //>       (1): ReLU()
  //>       (2): Linear(in_features=64, out_features=32, bias=True)
  //>       (3): ReLU()
  //>     )
  //>     (linear): Linear(in_features=32, out_features=16, bias=True)
  //>   )
  //>   (1): Linear(in_features=16, out_features=20, bias=True)
  //>   (2): FixedHiddenMLP(
  //>     (linear): Linear(in_features=20, out_features=20, bias=True)
  //>   )
  //> )
  const Tensor y = chimera(X);  // ()
  lesson.graph(y, chimera);     // its picture, with --graph FILE.svg
  y.backward();
  int without = 0;
  for (const Tensor& p : chimera.parameters()) without += !p.grad().defined();
  std::cout << "result " << y.shape() << ", parameters without a gradient: " << without
            << "\n";
  //> result (), parameters without a gradient: 0

  // ## Bars
  lesson.expect("MLP against its formula", composed, at_most(0));
  lesson.expect("MySequential against Sequential", sequential, at_most(0));
  lesson.expect("parameters of FixedHiddenMLP", trained, near(20 * 20 + 20, 0));
  lesson.expect("the constant is not trained", untouched);
  lesson.expect("every parameter of the chimera has a gradient", without == 0);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A module holds parameters and other modules; forward computes with them.
// - Members register as they are made. Listing, saving, printing and moving follow from
//   that.
// - forward is ordinary code: constants, shared layers, loops and branches are welcome.
//
// ## Exercises
// 1. (Predict, then run.) Keep the modules of MySequential in the vector, but leave out
//    adopt(). What still works, and what does parameters() return?
// 2. (Code.) A module Parallel that takes two modules and returns both outputs, joined
//    along axis 1.
// 3. (Code.) A function that makes a network of n equal blocks, each a module of its own.
//    Give the blocks one shared module instead: how many parameters are there, and what is
//    the gradient of the shared weight?
