// # Solutions to 2.2, Tables with holes and words

#include <cmath>
#include <iostream>
#include <string>

#include "data/csv.hpp"
#include "handgrad.hpp"
using namespace hg;

// The answer to 4: the table without the column that lacks most values.
data::Table without_the_emptiest(const data::Table& table) {
  std::string emptiest;
  int64_t most = -1;
  for (const data::Column& column : table) {
    if (column.missing_count() > most) {
      most = column.missing_count();
      emptiest = column.name();
    }
  }
  return table.drop({emptiest});
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.2 Tables with holes and words: solutions");
  const data::Table houses = data::parse_csv(
      "NumRooms,Alley,Price\n"
      "NA,Pave,127500\n"
      "2,NA,106000\n"
      "4,NA,178100\n"
      "NA,NA,140000\n");
  const data::Column& rooms = houses["NumRooms"];  // 2 and 4, and two holes

  // **1.** With the mean, 3: the mean stays 3, and the deviation shrinks, because the new
  // values don't deviate at all. It was sqrt((1 + 1) / 1), it becomes sqrt((1 + 1) / 3).
  // With 0 the mean falls to 6/4, and the deviation grows to sqrt(11/3): two houses without
  // a room are far from the others.

  const data::Column by_mean = rooms.filled(rooms.mean()), by_zero = rooms.filled(0);
  lesson.expect("mean before", rooms.mean(), near(3, 0));
  lesson.expect("mean after the mean", by_mean.mean(), near(3, 0));
  lesson.expect("deviation before", rooms.std(), near(std::sqrt(2.), 1e-12));
  lesson.expect("deviation after the mean", by_mean.std(), near(std::sqrt(2. / 3), 1e-12));
  lesson.expect("mean after zeros", by_zero.mean(), near(1.5, 1e-12));
  lesson.expect("deviation after zeros", by_zero.std(), near(std::sqrt(11. / 3), 1e-12));

  // **2.** Before, n - k values have a sum S of squared distances to the mean, and the
  // deviation is sqrt(S / (n - k - 1)). The k new values add nothing to S and leave the
  // mean where it is, so afterwards it is sqrt(S / (n - 1)). The factor is the quotient:
  //
  //     sqrt((n - k - 1) / (n - 1))           for n = 4, k = 2: sqrt(1/3) = 0.577

  const double n = 4, k = 2;
  lesson.expect("factor of the deviation", by_mean.std() / rooms.std(),
                near(std::sqrt((n - k - 1) / (n - 1)), 1e-12));

  // **3.** Four: one for each word, in alphabetical order, and one for the holes. There are
  // none, so that the last column is all zeros.

  const data::Table words = data::parse_csv("Roof\nslate\ntile\nthatch\ntile\n");
  const data::Table columns = words.get_dummies(true);
  std::cout << columns << "\n";
  lesson.expect("columns of three words", columns.column_count(), near(4, 0));
  lesson.expect("nothing is missing", columns.column(-1).mean(), near(0, 0));

  // **4.** `Alley` lacks three of four values and goes. Only numbers are left then, so
  // `get_dummies` has nothing to do.

  const data::Table kept = without_the_emptiest(houses);
  std::cout << kept << "\n";
  lesson.expect("the alley is gone", !kept.has("Alley") && kept.column_count() == 2);
  lesson.expect("get_dummies changes nothing", kept.get_dummies().names() == kept.names());

  // **5.** To the dollar, yes. To the last bit most of them, not all: each of the four
  // operations rounds to 24 bits, and rounding is not undone by the opposite operation.

  const Tensor price = 5000 + 495000 * rand({1000});  // (1000) dollars
  const double mean = price.mean().item();
  const double std = norm(price - mean).item() / std::sqrt(999.);
  const Tensor z = (price - mean) / std;  // (1000) without unit
  const Tensor back = z * std + mean;     // (1000) dollars
  const double same = (back == price).sum().item();
  std::cout << same << " of 1000 prices come back to the last bit\n";
  lesson.expect("standardised mean", z.mean().item(), near(0, 1e-6));
  lesson.expect("error of the way back, dollars", (back - price).abs().max().item(),
                at_most(0.5));
  lesson.expect("prices with another last bit", 1000 - same, at_least(1));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
