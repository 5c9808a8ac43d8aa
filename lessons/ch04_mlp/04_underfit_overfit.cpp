// # 4.4 Too simple, too wild: model selection
//
// A model that has seen the answers can repeat them. We want more: to be right about
// examples that it has never seen. When does a low training loss promise that, and what
// can be done when it does not?
//
// You know: training a linear model (3.2, 3.3).
// New here: training, validation and test sets; underfitting and overfitting; bias and
// variance; four remedies.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## Data from a polynomial
// Nature is a polynomial of degree 3, with a little noise:
//
//     y = 5 + 1.2 x - 3.4 x^2/2! + 5.6 x^3/3! + noise,      noise ~ N(0, 0.1^2)
//
// A model of degree p has the features x^k / k! for k = 0..p (the factorials keep large
// powers from growing too fast), and a weight for each. It is a linear model of these
// features, and one number, the degree, sets how much its curve can bend.

const int64_t max_degree = 20;

Tensor powers(const Tensor& x, int64_t degree) {  // (n) -> (n,degree+1)
  std::vector<Tensor> columns{ones_like(x)};
  for (int64_t k = 1; k <= degree; ++k) columns.push_back(columns.back() * x / double(k));
  return stack(columns, 1);
}

struct Data {
  Tensor X, y;  // (n,21) features of all degrees, (n,1) labels
};

Data polynomial_data(int64_t n) {
  Tensor X = powers(randn({n}, f64), max_degree);  // (n,21)
  Tensor w = zeros({max_degree + 1, 1}, f64);      // (21,1)
  w[{slice(0, 4), 0}] = tensor({5.0, 1.2, -3.4, 5.6}, f64);
  return {X, X.mm(w) + normal(0, 0.1, {n, 1}, f64)};
}

struct Curve {
  std::vector<double> epochs, train, test;  // losses after these epochs
};

double mean_loss(const Tensor& X, const Tensor& w, const Tensor& y) {
  no_grad guard;
  return nn::functional::mse_loss(X.mm(w), y).item();
}

// Trains a model with the first `features` features: batches of 10, rate 0.01.
Curve train(const Data& on, const Data& test, int64_t features, int epochs) {
  const Tensor X = on.X[{all, slice(0, features)}], y = on.y;  // (n,features), (n,1)
  const Tensor X_test = test.X[{all, slice(0, features)}];     // (1000,features)
  Tensor w = zeros({features, 1}, f64).requires_grad_();       // (features,1)
  auto sgd = optim::make("sgd", {w}, {{"lr", 0.01}});
  Curve curve;
  const int64_t n = len(X);
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const Tensor order = randperm(n);  // (n), i64
    for (int64_t i = 0; i < n; i += 10) {
      const Tensor batch = order[slice(i, std::min(i + 10, n))];  // up to (10)
      sgd.zero_grad();
      nn::functional::mse_loss(X[batch].mm(w), y[batch]).backward();
      sgd.step();
    }
    if (epoch == 1 || epoch % 20 == 0) {
      curve.epochs.push_back(epoch);
      curve.train.push_back(mean_loss(X, w, y));
      curve.test.push_back(mean_loss(X_test, w, test.y));
    }
  }
  return curve;
}

void draw(Lesson& lesson, const Curve& c, const std::string& name) {
  lesson.show(plot(c.epochs, {c.train, c.test},
                   {.xlabel = "epoch",
                    .ylabel = "loss",
                    .legend = {"train", "test"},
                    .ylim = {1e-3, 1e2},
                    .yscale = "log"}),
              name);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.4 Too simple, too wild: model selection");
  manual_seed(lesson.seed() + 1);
  const Data data = polynomial_data(100), test = polynomial_data(1000);

  // ## The right degree
  // The loss on the data it learns from is the *training error*. What we want to know is
  // the *generalisation error*, the loss on all examples there could ever be, and we
  // estimate it on a *test set* that took no part in training.

  const Curve cubic = train(data, test, 4, 400);
  std::printf("degree 3:  train %.4f, test %.4f\n", cubic.train.back(), cubic.test.back());
  //> degree 3:  train 0.0078, test 0.0101
  draw(lesson, cubic, "degree_3");

  // Both end at the noise's variance, 0.01, the best that any model can do. (On the data
  // it learns from it gets a little below: four weights can explain some of the noise.)
  //
  // ## Too simple
  // A straight line, degree 1, cannot bend. It fails on the data it was given, and training
  // longer will not help: *underfitting*.

  const Curve line = train(data, test, 2, 400);
  std::printf("degree 1:  train %.4f, test %.4f\n", line.train.back(), line.test.back());
  //> degree 1:  train 13.8060, test 10.0056
  draw(lesson, line, "degree_1");

  // ## Too wild
  // With 20 degrees there are weights enough to explain the noise of single examples.
  // After 1500 epochs the training loss is about as low as that of degree 3; the test loss
  // is not. And descent is far from done, since high powers have small slopes. The exact
  // solution (3.1) shows where it is going:

  const Curve wild = train(data, test, max_degree + 1, 1500);
  std::printf("degree 20: train %.4f, test %.4f\n", wild.train.back(), wild.test.back());
  //> degree 20: train 0.0094, test 0.0199
  draw(lesson, wild, "degree_20");
  const Tensor exact = linalg::lstsq(data.X, data.y);  // (21,1)
  const double exact_train = mean_loss(data.X, exact, data.y);
  const double exact_test = mean_loss(test.X, exact, test.y);
  std::printf("exactly:   train %.4f, test %.2e\n", exact_train, exact_test);
  //>[90%] exactly:   train 0.0060, test 1.74e+11

  // The lowest training loss of all, and a test loss that is absurd: *overfitting*. Between
  // the examples the curve goes wherever the noise wants it, and beyond the outermost it
  // leaves the picture.
  //
  // ## Choosing the degree: a third set
  // Pick the degree by the test error, and the test error is no longer fair: it took part
  // in the choice. So a part of the training data is held back for choosing, the
  // *validation set*. With few data, it is taken in turns: cut the training data into K
  // parts, leave out one after the other, and average. That is *K-fold cross-validation*.

  const auto cross_validated = [&](int64_t degree) {
    const int64_t K = 5, part = len(data.X) / K;
    double sum = 0;
    for (int64_t k = 0; k < K; ++k) {
      const Tensor held = data.X[slice(k * part, (k + 1) * part)];    // (20,21)
      const Tensor held_y = data.y[slice(k * part, (k + 1) * part)];  // (20,1)
      const Tensor X =
          cat({data.X[slice(0, k * part)], data.X[slice((k + 1) * part)]});  // (80,21)
      const Tensor y =
          cat({data.y[slice(0, k * part)], data.y[slice((k + 1) * part)]});  // (80,1)
      const auto few = [&](const Tensor& all_of) {
        return all_of[{all, slice(0, degree + 1)}];
      };
      const Tensor w = linalg::lstsq(few(X), y);  // (degree+1,1), best there is
      sum += mean_loss(few(held), w, held_y);
    }
    return sum / double(K);
  };
  int64_t best_degree = 0;
  double best_loss = INFINITY;
  for (int64_t degree = 0; degree <= 8; ++degree) {
    const double loss = cross_validated(degree);
    std::printf("degree %d: validation %7.4f\n", int(degree), loss);
    if (loss < best_loss) {
      best_loss = loss;
      best_degree = degree;
    }
  }
  std::printf("chosen: %d\n", int(best_degree));
  //> degree 2: validation 7.5548
  //> degree 3: validation 0.0092
  //> degree 4: validation 0.0095
  //> degree 8: validation 1.4258
  //> chosen: 3

  // Degree 4 contains degree 3 and does nearly as well; with other data it may win by a
  // hair. What is ruled out is clear.

  // ## Bias and variance
  // Why does the error of a model fall and rise again with its degree? Imagine many
  // training sets of the same size, each with its own noise, and a model f fitted to each.
  // At a place x with the true value t(x), average over these models:
  //
  //     E[(f - t)^2] = (E[f] - t)^2  +  E[(f - E[f])^2]
  //                      bias^2            variance
  //
  // (Expand f - t = (f - E[f]) + (E[f] - t); the mixed term has mean 0.) The *bias* is
  // what all models of the kind get wrong together, the *variance* how much they depend on
  // the data they happened to see. We draw 200 training sets of 30 examples, x between -2
  // and 2, with more noise than before, of deviation 1.

  const int64_t sets = 200, n = 30;
  const Tensor places = linspace(-2, 2, 41, f64);  // (41)
  const Tensor truth =
      5 + 1.2 * places - 3.4 / 2 * places.square() + 5.6 / 6 * places.pow(3);
  std::vector<double> degrees, bias2, variance, total;
  const int64_t highest = 9;
  for (int64_t degree = 0; degree <= highest; ++degree) {
    manual_seed(lesson.seed() + 2);           // the same 200 sets for each degree
    const Tensor P = powers(places, degree);  // (41,degree+1)
    std::vector<Tensor> guesses;
    for (int64_t s = 0; s < sets; ++s) {
      const Tensor x = 4 * rand({n}, f64) - 2;  // (30)
      const Tensor y = 5 + 1.2 * x - 3.4 / 2 * x.square() + 5.6 / 6 * x.pow(3) +
                       normal(0, 1, {n}, f64);  // (30)
      guesses.push_back(P.mv(linalg::lstsq(powers(x, degree), y.unsqueeze(1)).squeeze(1)));
    }
    const Tensor f = stack(guesses);  // (200,41)
    const Tensor mean_f = f.mean(0);  // (41)
    degrees.push_back(double(degree));
    bias2.push_back((mean_f - truth).square().mean().item());
    variance.push_back((f - mean_f).square().mean().item());
    total.push_back((f - truth).square().mean().item());
    std::printf("degree %d: bias^2 %7.4f + variance %7.4f = %7.4f\n", int(degree),
                bias2.back(), variance.back(), total.back());
  }
  lesson.show(plot(degrees, {bias2, variance, total},
                   {.xlabel = "degree",
                    .legend = {"bias^2", "variance", "sum"},
                    .ylim = {1e-3, 1e2},
                    .yscale = "log",
                    .fmts = {"o-", "ms--", "g-."}}),
              "bias_variance");

  //> degree 0: bias^2 23.6442 + variance  0.6943 = 24.3385
  //> degree 1: bias^2  6.0366 + variance  0.5210 =  6.5576
  //> degree 3: bias^2  0.0007 + variance  0.1930 =  0.1936
  //> degree 6: bias^2  0.0037 + variance  2.0020 =  2.0057
  //> degree 9: bias^2  1.2414 + variance 123.3752 = 124.6166

  // The bias falls until degree 3, where nature is. From there on only the variance grows,
  // with every weight that must be found from the same 30 examples. (The bias that is
  // measured at high degrees is the chance left in a mean of 200 wild curves.) The best
  // model is where the sum is least.
  //
  // ## Remedies
  // Against underfitting: a *bigger* model, or training *longer*. Against overfitting:
  // *more data*, or a rein on the weights (*regularisation*, lessons 4.5 and 4.6). The
  // overfitted model here has degree 9 and 15 examples. Its rein is lambda |w|^2, added to
  // the squared misses. Least squares does that, too: as one more example for each weight,
  // which asks for sqrt(lambda) w[k] = 0.

  const Curve brief = train(data, test, 4, 20);
  manual_seed(lesson.seed() + 3);
  const Data few = polynomial_data(15), more = polynomial_data(1000);
  const auto degree_9 = [&](const Data& on, double lambda) {
    const Tensor F = on.X[{all, slice(0, 10)}];                       // (n,10)
    const Tensor A = cat({F, std::sqrt(lambda) * eye(10, {}, f64)});  // (n+10,10)
    const Tensor b = cat({on.y, zeros({10, 1}, f64)});                // (n+10,1)
    return mean_loss(test.X[{all, slice(0, 10)}], linalg::lstsq(A, b), test.y);
  };
  const double overfitted = degree_9(few, 0), with_more = degree_9(more, 0);
  const double reined = degree_9(few, 0.01);
  std::printf("too small    %8.2g  bigger       %.4f\n", line.test.back(),
              cubic.test.back());
  std::printf("too short    %8.2g  longer       %.4f\n", brief.test.back(),
              cubic.test.back());
  std::printf("15 examples  %8.2g  1000         %.4f\n", overfitted, with_more);
  std::printf("15 examples  %8.2g  regularised  %.4f\n", overfitted, reined);
  //>[5%] too small          10  bigger       0.0101
  //>[5%] too short        0.94  longer       0.0101
  //>[5%] 15 examples   5.8e+07  1000         0.0095
  //>[5%] 15 examples   5.8e+07  regularised  1.1802

  // ## Bars
  lesson.expect("degree 3: test loss", cubic.test.back(), at_most(0.02));
  lesson.expect("degree 1: test loss", line.test.back(), at_least(4));
  lesson.expect("degree 20 over degree 3: test loss", wild.test.back() / cubic.test.back(),
                at_least(1.1));
  lesson.expect("exact solution: training loss below degree 3's",
                exact_train < cubic.train.back());
  lesson.expect("exact solution: test over training loss", exact_test / exact_train,
                at_least(2));
  lesson.expect("degree chosen by cross-validation", best_degree, near(4, 1));
  lesson.expect("bias^2 + variance against the whole",
                std::abs(bias2[3] + variance[3] - total[3]), at_most(1e-10));
  lesson.expect("bias^2 of degree 1 over degree 3", bias2[1] / bias2[3], at_least(100));
  lesson.expect("variance of degree 9 over degree 3", variance[9] / variance[3],
                at_least(2));
  lesson.expect("bigger", cubic.test.back() / line.test.back(), at_most(0.1));
  lesson.expect("longer", cubic.test.back() / brief.test.back(), at_most(0.5));
  lesson.expect("more data", with_more / overfitted, at_most(0.5));
  lesson.expect("regularised", reined / overfitted, at_most(0.5));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - The training error says how well a model remembers, the test error how well it
//   generalises; what is used for choosing belongs to neither.
// - Too simple a model has bias, too free a one has variance.
// - Bigger and longer cure underfitting; more data and regularisation cure overfitting.
//
// ## Exercises
// 1. (Predict, then run.) Train degree 3 on 10, 30 and 1000 examples. What happens to
//    training and test error?
// 2. (Derive.) The variance of a least-squares fit with m weights on n examples, noise
//    sigma^2, averages sigma^2 m/n over the places of the examples. Compare with the table.
// 3. (Code.) Give up the factorials: features x^k. What happens to training at degree 20,
//    and why?
// 4. (Code.) *Early stopping*: train degree 20, keep the weights of the epoch with the
//    least validation loss. What is its test loss?
