// The table of a model's layers.
#define BOOST_TEST_MODULE nn_summary
#include <boost/test/unit_test.hpp>

#include "nn/activations.hpp"
#include "nn/bilinear.hpp"
#include "nn/dropout.hpp"
#include "nn/embedding.hpp"
#include "nn/flatten.hpp"
#include "nn/norm.hpp"
#include "nn/sequential.hpp"
#include "nn/summary.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;

BOOST_AUTO_TEST_CASE(the_table_of_a_small_network) {
  nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 256),
                     nn::make<nn::ReLU>(), nn::make<nn::Linear>(256, 10));
  nn::Summary s = nn::summary(net, {1, 1, 28, 28});
  BOOST_TEST(s.parameters == 784 * 256 + 256 + 256 * 10 + 10);
  BOOST_TEST(s.trainable == s.parameters);
  BOOST_TEST(s.macs == 784 * 256 + 256 * 10);
  BOOST_TEST(s.bytes == 4 * s.parameters);
  BOOST_TEST(s.to_string() ==
             "layer          output shape   parameters      MACs\n"
             "--------------------------------------------------\n"
             "Sequential     (1,10)                  0         0\n"
             "  0: Flatten   (1,784)                 0         0\n"
             "  1: Linear    (1,256)           200,960   200,704\n"
             "  2: ReLU      (1,256)                 0         0\n"
             "  3: Linear    (1,10)              2,570     2,560\n"
             "--------------------------------------------------\n"
             "total                            203,530   203,264\n"
             "trainable 203,530, frozen 0, 795 KiB\n");
  // A larger batch costs more and has no more parameters.
  BOOST_TEST(nn::summary(net, {7, 784}).macs == 7 * s.macs);
  BOOST_TEST(nn::summary(net, {7, 784}).parameters == s.parameters);
}

BOOST_AUTO_TEST_CASE(it_leaves_the_model_as_it_was) {
  nn::Sequential net(nn::make<nn::BatchNorm1d>(3), nn::make<nn::Dropout>(0.5),
                     nn::make<nn::LazyLinear>(2));
  net[1].eval();
  nn::Summary s = nn::summary(net, ones({4, 3}));
  BOOST_TEST(net[0].training());
  BOOST_TEST(!net[1].training());
  BOOST_TEST(net.training());
  auto& norm = net.at<nn::BatchNorm1d>(0);
  BOOST_TEST(norm.running_mean.equal(zeros({3})));
  BOOST_TEST(norm.num_batches_tracked.item() == 0.0);
  BOOST_TEST(s.rows[3].parameters == 2 * 3 + 2);  // the lazy layer has its shape now
  BOOST_TEST(s.macs == 4 * 3 + 4 * 2 * 3);
  Tensor y = net(ones({4, 3}));
  BOOST_TEST(y.requires_grad());
  // Also when the model refuses the input.
  BOOST_TEST(!error_of([&] { nn::summary(net, {4, 5}); }).empty());
  BOOST_TEST(net[0].training());
  BOOST_TEST(!net[1].training());
}

BOOST_AUTO_TEST_CASE(shared_frozen_and_repeated) {
  std::shared_ptr<nn::Linear> shared = nn::make<nn::Linear>(4, 4);
  nn::Sequential net(shared, nn::make<nn::Linear>(4, 4, false), shared);
  net.at<nn::Linear>(1).weight = shared->weight;  // tied
  shared->bias.requires_grad_(false);
  nn::Summary s = nn::summary(net, {2, 4});
  BOOST_TEST(s.rows.size() == 3u);
  BOOST_TEST(s.rows[1].outputs.size() == 2u);
  BOOST_TEST(s.rows[1].parameters == 20);
  BOOST_TEST(s.rows[1].macs == 2 * 2 * 16);
  BOOST_TEST(s.rows[2].parameters == 0);
  BOOST_TEST(s.parameters == 20);
  BOOST_TEST(s.trainable == 16);
  BOOST_TEST(s.to_string().find("(2,4) x2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_inputs_and_whole_numbers) {
  struct Match : nn::Module {
    nn::Embedding words{*this, "words", 10, 3};
    nn::Bilinear pairs{*this, "pairs", 3, 2, 4};
    Tensor run(const Tensor& word, const Tensor& b) { return pairs(words(word), b); }
  } net;
  nn::Summary s = nn::summary(net, [&] { net.run(zeros({5}, i64), ones({5, 2})); });
  BOOST_TEST(s.rows[0].outputs.empty());  // it has no operator() to watch
  BOOST_TEST((s.rows[1].outputs.at(0) == Shape{5, 3}));
  BOOST_TEST(s.rows[1].macs == 0);
  BOOST_TEST(s.rows[2].macs == 5 * 4 * 3 * (2 + 1));
  BOOST_TEST(s.macs == s.rows[2].macs);
  nn::Sequential lookup(nn::make<nn::Embedding>(10, 3));
  BOOST_TEST((nn::summary(lookup, {2, 6}, i64).rows[0].outputs.at(0) == Shape{2, 6, 3}));
}
