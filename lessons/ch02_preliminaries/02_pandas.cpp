// # 2.2 Tables with holes and words
//
// Real data seldom come as tensors. They come as a spreadsheet that people filled in: some
// values were forgotten, and some are words. A network wants numbers and nothing else. How
// does one turn into the other without inventing facts?
//
// You know: tensors (2.1).    New here: CSV files, missing values, one-hot columns.

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "data/csv.hpp"
#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.2 Tables with holes and words");

  // ## A small file
  // The simplest spreadsheet is a CSV file: a line for each row, commas between the values,
  // the names of the columns on top. Ours lists four houses: the number of rooms, how the
  // alley behind the house is paved, and the price. `NA` says that nobody wrote it down.
  // (With `--out DIR` the file stays in that folder, else it goes when the lesson ends.)

  const auto path = lesson.picture("house_tiny.csv")
                        .value_or(lesson.temporary_folder() / "house_tiny.csv");
  std::ofstream(path) << "NumRooms,Alley,Price\n"
                         "NA,Pave,127500\n"
                         "2,NA,106000\n"
                         "4,NA,178100\n"
                         "NA,NA,140000\n";
  const data::Table houses = data::read_csv(path.string());
  std::cout << houses << "\n";
  //>    NumRooms  Alley   Price
  //> 0       NaN   Pave  127500
  //> 1       2.0    NaN  106000
  //> 2       4.0    NaN  178100
  //> 3       NaN    NaN  140000

  // A column in which every value is a number is one of numbers; any other is one of text.
  // `NaN`, "not a number", marks the holes in both.

  for (const data::Column& column : houses) {
    std::printf("%-8s %-7s %d of %d missing\n", column.name().c_str(),
                column.is_text() ? "text" : "numbers", int(column.missing_count()),
                int(column.size()));
  }
  //> NumRooms numbers 2 of 4 missing
  //> Alley    text    3 of 4 missing
  //> Price    numbers 0 of 4 missing

  // The price is what a model shall predict, the *target*. The other columns are its
  // *inputs*, also called features.

  const data::Table inputs = houses.columns(0, 2);
  const data::Column& price = houses["Price"];

  // ## What a hole does
  // NaN is a value that f32 and f64 have for this, with one habit: whatever is computed
  // with it becomes NaN, too. One hole in one row makes the sum NaN, then the loss, then
  // every weight of the network. It is not even equal to itself, which is how it is found
  // out.

  const Tensor rooms = houses["NumRooms"].to_tensor();  // (4) rooms, with holes
  std::cout << rooms << "\n"
            << rooms.sum() << " " << (rooms == rooms) << "\n"
            << isnan(rooms) << "\n";
  //> tensor([nan, 2., 4., nan])
  //> tensor(nan) tensor([False,  True,  True, False])
  //> tensor([ True, False, False,  True])

  // ## Filling the holes
  // There are three honest ways out. Leave out the rows with holes: simple, but here
  // not one house would survive. Leave out the column: right when most of it is missing. Or
  // *impute*, which means put in a guess. The usual guess is the mean of the values that
  // are there, because it leaves the mean of the column as it was.

  const data::Table filled = inputs.fillna(inputs.mean());
  std::cout << filled << "\n";
  //>    NumRooms  Alley
  //> 0       3.0   Pave
  //> 1       2.0    NaN
  //> 2       4.0    NaN
  //> 3       3.0    NaN

  // A guess stays a guess: two houses have three rooms now that may have one or seven, and
  // the column varies less than it really does. When a tenth of a column is missing, that
  // does little harm; when half of it is, think again.
  //
  // ## Words into numbers
  // Why not write 1 for gravel and 2 for paved? Because a model would take it literally:
  // paved would be twice gravel. Words have no order, so each one gets a column of its own
  // that says yes (1) or no (0). Of those columns exactly one is 1 in each row, hence the
  // name *one-hot*. A missing word may tell something too: most houses without an entry for
  // the alley have no alley. With `true`, "missing" counts as a word of its own.

  const data::Table numbers = filled.get_dummies(true);
  std::cout << numbers << "\n";
  //>    NumRooms  Alley_Pave  Alley_nan
  //> 0       3.0           1          0
  //> 1       2.0           0          1
  //> 2       4.0           0          1
  //> 3       3.0           0          1

  // Now every column is one of numbers, and the table is ready.

  const Tensor X = numbers.to_tensor();  // (4,3): rooms, is it paved, is it unknown
  const Tensor y = price.to_tensor();    // (4) dollars
  std::cout << X << "\n" << y << "\n";
  //> tensor([[3., 1., 0.],
  //>         [2., 0., 1.],
  //>         [4., 0., 1.],
  //>         [3., 0., 1.]])
  //> tensor([127500., 106000., 178100., 140000.])

  // ## A house that comes later
  // Models are judged on rows they have not seen. Whatever is computed from the data, such
  // as a mean to fill holes with, must be computed from the training rows and then be used
  // for the new ones as it is. If the new rows had a say in it, the judgement would be
  // about data that the model has already had a glimpse of. Say the last house is the new
  // one:

  const data::Table training = inputs.rows(0, 3), later = inputs.rows(3, 4);
  const Tensor known = later.fillna(training.mean()).columns(0, 1).to_tensor();  // (1,1)
  std::printf("rooms of the new house: %g, the mean of the training rows\n", known.item());
  //> rooms of the new house: 3, the mean of the training rows

  // The same holds for *standardising*, which brings columns of different units to one
  // scale: subtract the mean, divide by the standard deviation (z-score). Each column then
  // has mean 0 and spread 1, so that none of them dominates because of its unit. For inputs
  // this is the rule. Targets are usually left alone: predictions then come out in dollars.

  const data::Column& count = filled["NumRooms"];
  const Tensor z = (X[{all, 0}] - count.mean()) / count.std();  // (4) without unit
  std::cout << z << "\n";
  const double mean = z.mean().item(), spread = std::sqrt(z.square().sum().item() / 3);
  std::printf("mean %.1f, standard deviation %.1f\n", mean, spread);
  //> tensor([ 0.0000, -1.2247,  1.2247,  0.0000])
  //> mean 0.0, standard deviation 1.0

  // (The sum of the squares is divided by n - 1 = 3, not by n: one of the four differences
  // follows from the others, since all four add up to 0.)
  //
  // ## Files that are broken
  // A file from outside may be anything. The reader says what is wrong, and where.

  for (const char* broken : {"a,b\n1,2\n3,4,5\n", "a,b\n1,\"2\n", "a,a\n1,2\n", ""}) {
    try {
      std::cout << data::parse_csv(broken, {}, "bad.csv") << "\n";
    } catch (const Error& error) {
      std::cout << error.what() << "\n";
    }
  }
  //> read_csv: bad.csv: line 3: it has 3 values, line 1 has 2
  //> read_csv: bad.csv: line 2, column 3: the quote that opens here is never closed
  //> read_csv: bad.csv: line 1: values 1 and 2 are both 'a'; names of columns must differ
  //>   hint: is the first line a header?
  //> read_csv: bad.csv: it is empty; a line at least is expected

  // ## The bar

  lesson.expect("the inputs, 4 x 3",
                X.equal(tensor({{3., 1., 0.}, {2., 0., 1.}, {4., 0., 1.}, {3., 0., 1.}})));
  lesson.expect("the targets", y.equal(tensor({127500., 106000., 178100., 140000.})));
  lesson.expect("no hole is left", !isnan(X).any().item<bool>());
  lesson.expect("filling keeps the mean", filled.mean().at("NumRooms"),
                near(inputs.mean().at("NumRooms"), 0));
  lesson.expect("standardised mean", mean, near(0, 1e-6));
  lesson.expect("standardised spread", spread, near(1, 1e-6));
  lesson.expect("one-hot rows add up to 1",
                (X[{all, slice(1)}].sum(1) == 1).all().item<bool>());
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
//
// - `read_csv` gives a table of columns; each is of numbers or of text, and may have holes.
// - NaN spreads, so holes are filled before anything is computed: with the mean of the
//   training rows, for instance.
// - Words become one-hot columns, because words have no order.
//
// ## Exercises
//
// 1. *Predict.* What happens to the mean and to the standard deviation of `NumRooms` when
//    its holes are filled with the mean? And when they are filled with 0?
// 2. *Derive.* A column of n values has k holes. Filling them with the mean multiplies its
//    standard deviation by a factor that depends on n and k only. By which?
// 3. *Predict.* A column holds three different words and no hole. Which columns does
//    `get_dummies(true)` make of it, and what is in the last of them?
// 4. *Code.* Write a function that drops the column with the most holes. What does
//    `get_dummies` leave of the houses after it?
// 5. *Code.* Standardise 1000 random prices in f32, and bring them back. Are they the same,
//    to the dollar and to the last bit?
