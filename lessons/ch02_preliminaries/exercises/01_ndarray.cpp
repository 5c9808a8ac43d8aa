// # Solutions to 2.1, Tensors

#include <cmath>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.1 Tensors: solutions");
  const Tensor m = arange(12).reshape({3, 4});  // (3,4)

  // **1.** Written flush right, sizes must be equal or 1:
  //
  //     3 1 4           3 2           5             2 3
  //       2 1             3         5 1
  //     -----           ---         ---             ---
  //     3 2 4      2 meets 3        5 5             2 3

  lesson.expect("(3,1,4) with (2,1)",
                (ones({3, 1, 4}) + ones({2, 1})).shape() == Shape{3, 2, 4});
  bool refused = false;
  try {
    std::cout << ones({3, 2}) + ones({3}) << "\n";
  } catch (const Error& error) {
    refused = true;
    std::cout << error.what() << "\n";
  }
  lesson.expect("(3,2) with (3) is refused", refused);
  lesson.expect("(5) with (5,1)", (ones({5}) + ones({5, 1})).shape() == Shape{5, 5});
  lesson.expect("(2,3) with ()", (ones({2, 3}) + tensor(1.)).shape() == Shape{2, 3});

  // **2.** `m[0]` is a view: its four numbers lie side by side in `m`, so `p` needs no
  // memory of its own, and adding to it adds to `m`. A list of positions follows no rule in
  // general, so picking with one copies, even if the list has one entry. `m` keeps its
  // numbers.

  Tensor viewed = m.clone(), copied = m.clone();
  Tensor p = viewed[0];
  p += 1;
  Tensor q = copied[index({0})];
  q += 1;
  lesson.expect("a row is a view", viewed[0].equal(m[0] + 1));
  lesson.expect("a list of positions copies", copied.equal(m));

  // **3.** The last axis is walked first. One step in k is one element; one in j passes a
  // row of 4; one in i passes a matrix of 3 x 4:
  //
  //     place(i,j,k) = 12 i + 4 j + k                strides (12,4,1)
  //
  // Nothing moves in a transpose, so element (i,j) of m^T is where (j,i) of m was: at
  // 4 j + i. The strides change places with the sizes: from (4,1) to (1,4).

  const Tensor block = arange(24).reshape({2, 3, 4});  // (2,3,4), element = its place
  bool agree = true;
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 4; ++k) {
        agree &= block[{i, j, k}].item<int64_t>() == 12 * i + 4 * j + k;
      }
    }
  }
  lesson.expect("places are 12 i + 4 j + k", agree && block.strides() == Shape{12, 4, 1});
  lesson.expect("the transpose swaps strides", m.T().strides() == Shape{1, 4});

  // **4.** A column times a row. For the distances, give the points two places: as (5,1,2)
  // and as (1,5,2). Their difference is (5,5,2), for every pair how far apart they are in x
  // and in y.

  const Tensor digits = arange(1, 10);                   // (9)
  const Tensor products = digits.unsqueeze(1) * digits;  // (9,1) (9) -> (9,9)
  std::cout << products << "\n";
  const Tensor points =
      tensor({{0., 0.}, {3., 0.}, {3., 4.}, {0., 4.}, {6., 8.}});  // (5,2)
  const Tensor apart = points.unsqueeze(1) - points.unsqueeze(0);  // (5,5,2)
  const Tensor distances = sqrt(apart.square().sum(2));            // (5,5)
  std::cout << distances << "\n";
  lesson.expect("7 x 8", products[{6, 7}].item(), near(56, 0));
  lesson.expect("from (0,0) to (3,4) and (6,8)",
                distances[{0, 2}].item() == 5 && distances[{0, 4}].item() == 10);
  lesson.expect("there is as far as back", distances.equal(distances.T()));

  // **5.** Odd rows start with a 1 at column 0, even ones at column 1.

  Tensor board = zeros({8, 8}, i64);  // (8,8)
  board[{slice(0, {}, 2), slice(1, {}, 2)}] = 1;
  board[{slice(1, {}, 2), slice(0, {}, 2)}] = 1;
  std::cout << board << "\n";
  const Tensor parity = (arange(8).unsqueeze(1) + arange(8)).remainder(2);  // (8,8)
  lesson.expect("a chessboard: (i + j) modulo 2", board.equal(parity));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
