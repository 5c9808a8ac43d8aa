// CSV files, good and bad, and the tables they become.
#define BOOST_TEST_MODULE data_csv
#include "data/csv.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>

#include "support/check.hpp"
#include "support/folder.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
using Kind = Column::Kind;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

std::string file_with(const std::string& text) {
  const std::string path = folder / "made.csv";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

// What parsing complains of, without the beginning that is always the same.
std::string complaint(const std::string& text, const CsvOptions& options = {}) {
  const std::string message = error_of([&] { parse_csv(text, options); });
  const std::string start = "read_csv: text: ";
  return message.starts_with(start) ? message.substr(start.size()) : message;
}

std::vector<std::string> texts(const Column& c) {
  std::vector<std::string> result;
  for (int64_t i = 0; i < c.size(); ++i) result.push_back(c.text(i));
  return result;
}

const char* houses =
    "NumRooms,Alley,Price\n"
    "NA,Pave,127500\n"
    "2,NA,106000\n"
    "4,NA,178100\n"
    "NA,NA,140000\n";

}  // namespace

BOOST_AUTO_TEST_CASE(a_table_has_columns_with_names_and_kinds) {
  const Table t = read_csv(file_with(houses));
  BOOST_TEST((t.names() == std::vector<std::string>{"NumRooms", "Alley", "Price"}));
  BOOST_TEST((t.row_count() == 4 && t.column_count() == 3));
  BOOST_TEST((t["NumRooms"].kind() == Kind::number && t["Alley"].kind() == Kind::text &&
              t["Price"].kind() == Kind::whole));
  BOOST_TEST(std::isnan(t["NumRooms"].number(0)));
  BOOST_TEST(t["NumRooms"].missing(3));
  BOOST_TEST(t["NumRooms"].missing_count() == 2);
  BOOST_TEST(t["NumRooms"].number(2) == 4);
  BOOST_TEST((texts(t["Alley"]) == std::vector<std::string>{"Pave", "", "", ""}));
  BOOST_TEST(t.column(-1).number(1) == 106000);
  BOOST_TEST((t.has("Alley") && !t.has("alley")));
}

// The mean of 2 and 4 is 3; Alley has one value that is there, and what is not.
BOOST_AUTO_TEST_CASE(from_missing_values_and_words_to_numbers) {
  const Table t = parse_csv(houses);
  const Table inputs = t.columns(0, 2);
  const Table filled = inputs.fillna(inputs.mean());
  BOOST_TEST(filled["NumRooms"].missing_count() == 0);
  BOOST_TEST(filled["Alley"].missing_count() == 3);
  const Table coded = filled.get_dummies(true);
  BOOST_TEST(
      (coded.names() == std::vector<std::string>{"NumRooms", "Alley_Pave", "Alley_nan"}));
  const Tensor x = coded.to_tensor(f64);
  BOOST_TEST((x.shape() == Shape{4, 3} && x.dtype() == f64));
  BOOST_TEST(numbers(x) == (Numbers{3, 1, 0, 2, 0, 1, 4, 0, 1, 3, 0, 1}),
             tt::per_element());
  BOOST_TEST(numbers(t["Price"].to_tensor()) == (Numbers{127500, 106000, 178100, 140000}),
             tt::per_element());
  BOOST_TEST(
      (inputs.get_dummies().names() == std::vector<std::string>{"NumRooms", "Alley_Pave"}));
  // The table itself has not changed.
  BOOST_TEST(t["NumRooms"].missing_count() == 2);
}

BOOST_AUTO_TEST_CASE(dummies_stand_in_the_order_of_their_values) {
  const Table t = parse_csv("a,b,c\nred,1,x\nblue,2,y\n,3,x\n");
  const Table d = t.get_dummies(true);
  BOOST_TEST((d.names() == std::vector<std::string>{"b", "a_blue", "a_red", "a_nan", "c_x",
                                                    "c_y", "c_nan"}));
  BOOST_TEST(numbers(d.to_tensor()) == (Numbers{1, 0, 1, 0, 1, 0, 0,  //
                                                2, 1, 0, 0, 0, 1, 0,  //
                                                3, 0, 0, 1, 1, 0, 0}),
             tt::per_element());
}

BOOST_AUTO_TEST_CASE(missing_values_are_filled_by_kind) {
  const Table t = parse_csv("n,s\n1,a\n,b\n3,\n");
  BOOST_TEST(t.fillna(0)["n"].number(1) == 0);
  BOOST_TEST(t.fillna(0)["s"].missing(2));
  BOOST_TEST(t.fillna("none")["s"].text(2) == "none");
  BOOST_TEST(t.fillna("none")["n"].missing(1));
  BOOST_TEST(t.fillna(std::map<std::string, double>{{"n", 7}})["n"].number(1) == 7);
  BOOST_TEST(error_of([&] {
               t.fillna(std::map<std::string, double>{{"m", 7}});
             }) == "Table: there is no column 'm'\n  hint: the columns are 'n', 's'");
  BOOST_TEST(error_of([&] {
               t.fillna(std::map<std::string, double>{{"s", 7}});
             }) ==
             "Column: column 's' is text: row 0 is 'a'\n"
             "  hint: get_dummies() turns words into columns of 0 and 1");
}

// Of 1, 2, 6: mean 3, squared distances 4 + 1 + 9 = 14, and 14/2 = 7.
BOOST_AUTO_TEST_CASE(mean_and_deviation_pass_over_what_is_missing) {
  const Table t = parse_csv("x,y,z\n1,,5\n2,a,\nNA,b,\n6,c,\n");
  BOOST_TEST(t.mean().at("x") == 3);
  BOOST_TEST(t.std().at("x") == std::sqrt(7.0));
  BOOST_TEST(t.mean().count("y") == 0u);
  BOOST_TEST(t.mean().at("z") == 5);
  BOOST_TEST(std::isnan(t.std().at("z")));  // one number has no deviation
}

// ---- the format -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(quotes_hold_separators_line_ends_and_quotes) {
  const Table t = parse_csv(
      "name,\"the \"\"best\"\" one\"\r\n"
      "\"Doe, Jane\",\"two\r\nlines\"\r\n"
      "\"\",\"\"\"\"\r\n"
      "plain,x");
  BOOST_TEST((t.names() == std::vector<std::string>{"name", "the \"best\" one"}));
  BOOST_TEST((texts(t.column(0)) == std::vector<std::string>{"Doe, Jane", "", "plain"}));
  BOOST_TEST(t.column(0).missing(1));
  BOOST_TEST((texts(t.column(1)) == std::vector<std::string>{"two\r\nlines", "\"", "x"}));
}

BOOST_AUTO_TEST_CASE(all_line_ends_are_read_and_empty_lines_passed_over) {
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r",
                           "\n\na,b\n\n1,2\r\n\r\n3,4\n\n",
                           "\xef\xbb\xbf"
                           "a,b\n1,2\n3,4"}) {
    const Table t = parse_csv(text);
    BOOST_TEST((t.names() == std::vector<std::string>{"a", "b"}));
    BOOST_TEST(numbers(t.to_tensor()) == (Numbers{1, 2, 3, 4}), tt::per_element());
  }
}

BOOST_AUTO_TEST_CASE(other_separators_and_lines_without_a_header) {
  CsvOptions tabs;
  tabs.separator = '\t';
  tabs.header = false;
  const Table t = parse_csv("1\t2,5\n3\t4\n", tabs);
  BOOST_TEST((t.names() == std::vector<std::string>{"0", "1"}));
  BOOST_TEST(t.row_count() == 2);
  BOOST_TEST(t["1"].text(0) == "2,5");
  tabs.names = {"left", "right"};
  BOOST_TEST(parse_csv("1\t2\n", tabs)["right"].number(0) == 2);
  CsvOptions renaming;
  renaming.names = {"x", "y"};
  BOOST_TEST(parse_csv("a,b\n1,2\n", renaming)["y"].number(0) == 2);
  BOOST_TEST(parse_csv(",b\n0,2\n")["Unnamed: 0"].number(0) == 0);
}

BOOST_AUTO_TEST_CASE(blanks_belong_to_the_value_unless_trimmed) {
  const char* text = "kind, \"where\" \n Private , \"at, home\" \n ?, 5\n";
  BOOST_TEST(
      complaint(text) ==
      "line 1, column 7: a quote inside a value that does not begin with one\n"
      "  hint: put the value in quotes, and double the quotes inside: \"5\"\" pipe\"");
  CsvOptions trim;
  trim.trim = true;
  trim.missing = {"?"};
  const Table t = parse_csv(text, trim);
  BOOST_TEST((t.names() == std::vector<std::string>{"kind", "where"}));
  BOOST_TEST((texts(t["kind"]) == std::vector<std::string>{"Private", ""}));
  BOOST_TEST(t["kind"].missing(1));
  BOOST_TEST((texts(t["where"]) == std::vector<std::string>{"at, home", "5"}));
}

BOOST_AUTO_TEST_CASE(numbers_in_every_spelling) {
  const Table t =
      parse_csv("a,b,c,d,e,f\n 1 ,+2.5,1e3,-inf,0x10,nan\n-7,.5,2E-2,inf,1,NaN\n");
  BOOST_TEST((t["a"].kind() == Kind::whole && t["a"].number(1) == -7));
  BOOST_TEST((t["b"].number(0) == 2.5 && t["b"].number(1) == 0.5));
  BOOST_TEST((t["c"].kind() == Kind::number && t["c"].number(1) == 0.02));
  BOOST_TEST((std::isinf(t["d"].number(0)) && t["d"].number(0) < 0));
  BOOST_TEST((t["e"].kind() == Kind::text));
  BOOST_TEST((t["f"].kind() == Kind::number && t["f"].missing_count() == 2));
  // Doubles have no 2^53 + 1: from 2^53 on the number may not be the one in the file.
  BOOST_TEST((parse_csv("a\n-9007199254740991\n")["a"].kind() == Kind::whole));
  BOOST_TEST((parse_csv("a\n9007199254740993\n")["a"].kind() == Kind::number));
  for (const char* word :
       {"1 2", "1,", "--1", "+-1", "1e", "1e999", "one", "-", "+", "."}) {
    const Table words = parse_csv(std::string("a\n\"") + word + "\"\n");
    BOOST_TEST((words["a"].kind() == Kind::text), word);
  }
}

BOOST_AUTO_TEST_CASE(a_header_alone_makes_a_table_without_rows) {
  const Table t = parse_csv("a,b\n");
  BOOST_TEST((t.row_count() == 0 && t.column_count() == 2));
  BOOST_TEST((t.to_tensor().shape() == Shape{0, 2}));
}

// ---- what is wrong with a file ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_empty_file_is_an_error) {
  const std::string path = file_with("");
  BOOST_TEST(error_of([&] { read_csv(path); }) ==
             "read_csv: " + path + ": it is empty; a line at least is expected");
  BOOST_TEST(complaint("\r\n\n") == "it is empty; a line at least is expected");
}

BOOST_AUTO_TEST_CASE(a_row_of_another_length_is_an_error) {
  const std::string path = file_with("a,b,c\n1,2,3\n\n4,5\n");
  BOOST_TEST(error_of([&] { read_csv(path); }) ==
             "read_csv: " + path + ": line 4: it has 2 values, line 1 has 3");
  BOOST_TEST(complaint("a,b\n\"x\ny\",2\n1,2,\n") ==
             "line 4: it has 3 values, line 1 has 2");
  CsvOptions named;
  named.names = {"x"};
  BOOST_TEST(complaint("1,2\n", named) ==
             "line 1: it has 2 values, and 1 names were given");
}

BOOST_AUTO_TEST_CASE(a_quote_out_of_place_is_an_error) {
  BOOST_TEST(complaint("a,b\n1,\"2\n3,4\n") ==
             "line 2, column 3: the quote that opens here is never closed");
  BOOST_TEST(complaint("a\n\"1\n2\n\"x\n") ==
             "line 4, column 2: 'x' behind a closing quote\n"
             "  hint: a quote inside a quoted value is written twice");
  BOOST_TEST(
      complaint("a,b\n5\" pipe,1\n") ==
      "line 2, column 2: a quote inside a value that does not begin with one\n"
      "  hint: put the value in quotes, and double the quotes inside: \"5\"\" pipe\"");
}

BOOST_AUTO_TEST_CASE(names_must_differ) {
  BOOST_TEST(complaint("a,b,a\n1,2,3\n") ==
             "line 1: values 1 and 3 are both 'a'; names of columns must differ\n"
             "  hint: is the first line a header?");
  BOOST_TEST(error_of([] {
               Table({Column("a", {1, 2}), Column("a", {3, 4})});
             }) == "Table: two columns are called 'a'");
  BOOST_TEST(error_of([] {
               Table({Column("a", {1, 2}), Column("b", {3})});
             }) == "Table: column 'b' has 1 rows, column 'a' has 2");
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_an_error) {
  BOOST_TEST(complaint(std::string("a,b\n1,\0", 7)) ==
             "line 2, column 3: a zero byte; is this text?");
  const std::string missing = folder / "no.csv";
  BOOST_TEST(error_of([&] { read_csv(missing); }) ==
             "read_csv: " + missing + ": cannot be opened: No such file or directory");
  const std::string path = folder.path.string();
  BOOST_TEST(error_of([&] { read_csv(path); }) ==
             "read_csv: " + path + ": it is not a regular file");
  CsvOptions quote;
  quote.separator = '"';
  BOOST_TEST(complaint("a\n", quote) ==
             "read_csv: a quote, a line end or a zero byte cannot be the separator");
}

BOOST_AUTO_TEST_CASE(words_do_not_become_numbers_by_themselves) {
  const Table t = parse_csv("n,s\n1,2\n2,x\n");
  BOOST_TEST(error_of([&] { t.to_tensor(); }) ==
             "Column: column 's' is text: row 1 is 'x'\n"
             "  hint: get_dummies() turns words into columns of 0 and 1");
  BOOST_TEST(error_of([&] { t.rows(0, 1).to_tensor(); }) ==
             "Column: column 's' is text\n"
             "  hint: get_dummies() turns words into columns of 0 and 1");
  BOOST_TEST(error_of([&] { t["n"].text(0); }) ==
             "Column: column 'n' holds numbers, not text");
  BOOST_TEST(error_of([&] { t["n"].number(2); }) ==
             "Column: column 'n' has no row 2; they go from 0 to 1");
  BOOST_TEST(error_of([&] { t["n"].missing(-1); }) ==
             "Column: column 'n' has no row -1; they go from 0 to 1");
  BOOST_TEST(error_of([&] { t.column(2); }) ==
             "Table: there is no column number 2; they go from 0 to 1");
}

// ---- parts, printing, writing -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(parts_of_a_table) {
  const Table t = parse_csv("a,b,c\n1,x,7\n2,y,8\n3,z,9\n");
  BOOST_TEST((t.columns(1, -1).names() == std::vector<std::string>{"b"}));
  BOOST_TEST((t.columns(-2, 99).names() == std::vector<std::string>{"b", "c"}));
  BOOST_TEST(t.columns(2, 1).column_count() == 0);
  BOOST_TEST((t.select({"c", "a"}).names() == std::vector<std::string>{"c", "a"}));
  BOOST_TEST((t.drop({"b"}).names() == std::vector<std::string>{"a", "c"}));
  BOOST_TEST(error_of([&] { t.drop({"d"}); }) ==
             "Table: there is no column 'd'\n  hint: the columns are 'a', 'b', 'c'");
  const Table middle = t.rows(1, 2);
  BOOST_TEST((middle.row_count() == 1 && middle["b"].text(0) == "y"));
  BOOST_TEST(t.rows(-1, 9)["a"].number(0) == 3);
  BOOST_TEST(t.head(2).row_count() == 2);
  int64_t sum = 0;
  for (const Column& c : t) sum += c.size();
  BOOST_TEST(sum == 9);
}

BOOST_AUTO_TEST_CASE(a_table_prints_as_in_pandas) {
  const Table t = parse_csv(houses);
  BOOST_TEST(t.to_string() ==
             "   NumRooms  Alley   Price\n"
             "0       NaN   Pave  127500\n"
             "1       2.0    NaN  106000\n"
             "2       4.0    NaN  178100\n"
             "3       NaN    NaN  140000");
  BOOST_TEST(parse_csv("x,s\n0.5,\xc3\xa9t\xc3\xa9\n-1.25,\"a\nb\"\n").to_string() ==
             "       x     s\n"
             "0   0.50   \xc3\xa9t\xc3\xa9\n"
             "1  -1.25  a\\nb");
  BOOST_TEST(parse_csv("x\n0.3333333333\n2\n").to_string() ==
             "          x\n0  0.333333\n1  2.000000");
}

BOOST_AUTO_TEST_CASE(a_large_table_prints_its_ends) {
  std::vector<Column> columns;
  for (int i = 0; i < 30; ++i) {
    columns.emplace_back("column" + std::to_string(i), std::vector<double>(100, i));
  }
  const std::string text = Table(columns).to_string();
  BOOST_TEST(text.find("column0  column1") != std::string::npos);
  BOOST_TEST(text.find("  ...  ") != std::string::npos);
  BOOST_TEST(text.find("column29\n") != std::string::npos);
  BOOST_TEST(text.find("column15") == std::string::npos);
  BOOST_TEST(text.ends_with("\n\n[100 rows x 30 columns]"));
  size_t lines = 0, start = 0;
  for (size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    BOOST_TEST(end - start <= 80u);
    ++lines;
  }
  BOOST_TEST(lines == 13u);  // names, 5 + 1 + 5 rows, an empty one
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
  const std::string path = folder / "out.csv";
  const Table t = parse_csv(
      "n,s,\"a,b\"\n1,\"two\nlines\",0.1\n2,,-2e300\n3,\"say \"\"so\"\"\",\n4,x,5.0\n");
  write_csv(path, t);
  const Table back = read_csv(path);
  BOOST_TEST(back.to_string() == t.to_string());
  BOOST_TEST((back.names() == t.names()));
  for (int64_t i = 0; i < t.column_count(); ++i) {
    BOOST_TEST((back.column(i).kind() == t.column(i).kind()));
  }
  BOOST_TEST(back["a,b"].number(0) == 0.1);
  BOOST_TEST(back["s"].missing(1));
  BOOST_TEST((texts(back["s"]) == texts(t["s"])));

  // One column with a gap: its line must not look empty.
  write_csv(path, parse_csv("x\n1\n\"\"\n3\n"));
  BOOST_TEST(read_csv(path).row_count() == 3);
  BOOST_TEST(read_csv(path)["x"].missing(1));
}

BOOST_AUTO_TEST_CASE(columns_set_with_blanks) {
  const CsvOptions blanks{.separator = ' ', .header = false};
  const Table t =
      parse_csv("  800\t 0  126.201\n\n \t\n1000 15.5\t\t125 \r\n\"a b\"  2 x", blanks);
  BOOST_TEST((t.row_count() == 3 && t.column_count() == 3));
  BOOST_TEST(texts(t["0"]) == (std::vector<std::string>{"800", "1000", "a b"}),
             tt::per_element());
  BOOST_TEST(t["1"].number(1) == 15.5);
  BOOST_TEST(texts(t["2"]) == (std::vector<std::string>{"126.201", "125", "x"}),
             tt::per_element());
  BOOST_TEST(complaint("1 2 3\n4  5\n", blanks) == "line 2: it has 2 values, line 1 has 3");
  // Only there do blanks separate; a tab may be a separator that stands alone.
  BOOST_TEST(parse_csv("a b,c\n1,2\n").names()[0] == "a b");
  BOOST_TEST(parse_csv("a\t\tc\n1\t\t2\n", {.separator = '\t'}).column_count() == 3);
}

BOOST_AUTO_TEST_CASE(tables_one_below_the_other) {
  const Table a = parse_csv("n,w,g\n1,x,NA\n2,NA,NA\n"), b = parse_csv("g,n,w\nup,3.5,4\n");
  const Table both = concat({a, b});
  BOOST_TEST((both.names() == a.names() && both.row_count() == 3));
  BOOST_TEST((both["n"].kind() == Kind::number && both["n"].number(2) == 3.5));
  // The number 4 becomes a word beside words; a column without values takes any kind.
  BOOST_TEST(texts(both["w"]) == (std::vector<std::string>{"x", "", "4"}),
             tt::per_element());
  BOOST_TEST((both["w"].missing(1) && !both["w"].missing(2)));
  BOOST_TEST((both["g"].is_text() && both["g"].missing_count() == 2));
  BOOST_TEST(concat({a.select({"n"}), a.select({"n"})})["n"].number(3) == 2);
  BOOST_TEST(error_of([&] {
               concat({a, a.drop({"n"})});
             }) == "concat: table 1 has 2 columns, table 0 has 3");
  BOOST_TEST(error_of([&] {
               concat({a, b.drop({"n"}).with(Column("m", {1.0}))});
             }) == "Table: there is no column 'n'\n  hint: the columns are 'g', 'w', 'm'");
}

BOOST_AUTO_TEST_CASE(rows_are_taken_and_columns_put_in) {
  const Table t = parse_csv("n,w\n1,x\n2,NA\n3,z\n");
  const std::vector<int64_t> rows{2, 0, 2};
  const Table some = t.take(rows);
  BOOST_TEST(some["n"].number(0) == 3);
  BOOST_TEST(texts(some["w"]) == (std::vector<std::string>{"z", "x", "z"}),
             tt::per_element());
  BOOST_TEST((some["n"].kind() == Kind::whole));
  const std::vector<int64_t> beyond{3};
  BOOST_TEST(error_of([&] { t.take(beyond); }) ==
             "Column: column 'n' has no row 3; they go from 0 to 2");
  const Table other = t.with(Column("n", {7.0, 8, 9})).with(Column("m", {0.5, 1, 2}));
  BOOST_TEST((other.names() == std::vector<std::string>{"n", "w", "m"}));
  BOOST_TEST((other["n"].number(1) == 8 && t["n"].number(1) == 2));
  BOOST_TEST((other["m"].written(0) == "0.5" && other["m"].written(1) == "1.0" &&
              other["n"].written(0) == "7"));
}
