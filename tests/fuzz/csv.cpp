// Fuzz target: CSV files and what one does with a table. The first byte chooses options.
#include "data/csv.hpp"

#include "fuzz/target.hpp"

using namespace hg;

FUZZ_TARGET(csv) {
  if (bytes.empty()) return;
  const auto choice = uint8_t(bytes[0]);
  const data::CsvOptions options{.separator = ",; \t"[choice & 3],
                                 .header = (choice & 4) == 0,
                                 .trim = (choice & 8) != 0};
  fuzz::attempt([&] {
    const data::Table table = data::parse_csv(bytes.substr(1), options);
    fuzz::attempt([&] { (void)table.to_string(); });
    fuzz::attempt([&] { fuzz::touch(table.to_tensor()); });
    fuzz::attempt([&] { fuzz::touch(table.get_dummies(true).to_tensor()); });
  });
}
