// # Solutions to 3.6: softmax regression from scratch

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

Tensor naive_softmax(const Tensor& o) {
  Tensor e = o.exp();  // (n,10)
  return e / e.sum(1, true);
}

Tensor cross_entropy(const Tensor& yhat, const Tensor& y) {
  return -yhat[{arange(len(y)), y}].log();  // (n)
}

Tensor predict(const Tensor& X, const Tensor& W, const Tensor& b) {
  return naive_softmax(X.reshape({-1, 784}).matmul(W) + b);  // (n,10)
}

// The loop of the lesson, without what looks on.
void train(data::DataLoader& loader, const Tensor& W, const Tensor& b, int epochs) {
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [X, y] : loader) {  // (256,1,28,28), (256)
      cross_entropy(predict(X, W, b), y).mean().backward();
      no_grad guard;
      for (const Tensor& p : {W, b}) {
        p -= p.grad() * 0.1;
        p.zero_grad();
      }
    }
  }
}

// counts[i,j]: how many pictures of class i were taken for class j.
Tensor confusion(data::DataLoader& loader, const Tensor& W, const Tensor& b) {
  no_grad guard;
  Tensor counts = zeros({10, 10});  // (10,10)
  for (auto [X, y] : loader) {
    Tensor pairs = y * 10 + predict(X, W, b).argmax(1);  // (n), 0..99
    counts += one_hot(pairs, 100).sum(0).reshape({10, 10});
  }
  return counts;
}

double accuracy(const Tensor& counts) {
  return counts.diagonal().sum().item() / counts.sum().item();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.6 Softmax regression from scratch: solutions");

  // ## 1. Large scores
  // exp(100) is 2.7e43, and the largest f32 is 3.4e38: it becomes infinity, and infinity
  // over infinity is not a number. The limit is log(3.4e38) = 88.7. Only differences of
  // scores matter, so the largest of a row may be subtracted first: lesson 3.7.

  Tensor scores = tensor({{0.0, 50.0, 100.0}});  // (1,3)
  std::cout << naive_softmax(scores) << "\n";
  std::cout << naive_softmax(scores - scores.max(1, true).values) << "\n";
  const auto fails = [](double score) {
    return naive_softmax(tensor({{0.0, score}})).isnan().any().item<bool>();
  };
  lesson.expect("a score of 88.7 works", !fails(88.7));
  lesson.expect("a score of 88.8 fails", fails(88.8));

  // ## 2. The slope of the surprise
  // With s = sum_j exp(o[j]), the loss is l = -log yhat[c] = log s - o[c]. Then
  //
  //     dl/do[k] = exp(o[k])/s - (k == c) = yhat[k] - (k == c)
  //
  // Nothing else in this course has a slope as pretty.

  manual_seed(lesson.seed() + 1);
  Tensor o = randn({4, 10}).requires_grad_();  // (4,10)
  Tensor y = tensor({3, 1, 4, 1});             // (4)
  Tensor yhat = naive_softmax(o);
  cross_entropy(yhat, y).sum().backward();
  Tensor by_hand = yhat.detach() - one_hot(y, 10);
  lesson.expect("largest difference to backward", (o.grad() - by_hand).abs().max().item(),
                at_most(1e-6));

  // ## 3. From zero
  // It learns as well. All classes begin alike, but they see different labels, so their
  // columns of W part with the first step. (In 4.8, where hidden units begin alike, nothing
  // tells them apart.)

  const data::Fashion fashion =
      load_fashion(lesson, {.train_count = 10000, .test_count = 2000});
  data::DataLoader train_set(fashion.train, {.batch_size = 256, .shuffle = true});
  data::DataLoader test_set(fashion.test, {.batch_size = 256});
  Tensor W = zeros({784, 10}).requires_grad_(), b = zeros({10}).requires_grad_();
  train(train_set, W, b, 10);
  const Tensor counts = confusion(test_set, W, b);  // (10,10)
  std::printf("accuracy from zero %.3f\n", accuracy(counts));
  lesson.expect("accuracy from zero", accuracy(counts), at_least(0.7));

  // ## 4. What the network looks for
  // Light pixels speak for the class, dark ones against it. A t-shirt has sleeves above,
  // and nothing beside the body below them. Trousers are known by the gap between the
  // legs, shoes by what is missing: the upper half.

  std::vector<std::string> names = data::text_labels(arange(10));
  lesson.show(image_sheet(W.detach().t().reshape({10, 28, 28}), 2, 5, names), "templates");

  // ## 5. Confusions

  Tensor off = counts * (1 - eye(10));  // (10,10), mistakes only
  const int64_t worst = off.argmax().item<int64_t>();
  std::printf("most often, a %s was taken for a %s: %g times\n",
              names[size_t(worst / 10)].c_str(), names[size_t(worst % 10)].c_str(),
              off.max().item());
  Figure figure({.nrows = 1, .ncols = 1, .figsize = {8, 5}});
  figure.axes().heatmap(counts).xnames(names).ynames(names);
  figure.axes().xlabel("taken for").ylabel("is");
  lesson.show(figure, "confusion");

  // Tops are taken for tops, shoes for shoes. If mistakes were spread evenly over the 90
  // pairs of classes, these groups with their 20 and 6 pairs would get a share of 0.29.
  const Tensor tops = index({0, 2, 3, 4, 6}), shoes = index({5, 7, 9});
  const auto among = [&](const Tensor& group) {
    return off.index_select(0, group).index_select(1, group).sum().item();
  };
  const double share = (among(tops) + among(shoes)) / off.sum().item();
  std::printf("%.2f of the mistakes stay among tops or among shoes\n", share);
  lesson.expect("share of mistakes within a group", share, at_least(0.6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
