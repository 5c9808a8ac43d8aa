// handgrad tensors: what is in a file.
#include <fmt/format.h>

#include <iostream>

#include "cli/commands.hpp"
#include "cli/text.hpp"
#include "io/safetensors.hpp"

namespace hg::cli {

void list_tensors(const std::string& path) {
  io::Metadata metadata;
  std::vector<std::vector<std::string>> rows;
  int64_t elements = 0;
  uint64_t bytes = 0;
  for (const io::SafetensorsEntry& e : io::list_safetensors(path, &metadata)) {
    rows.push_back({printable(e.name), name(e.dtype), e.shape.to_string()});
    elements += e.shape.numel();
    bytes += e.end - e.begin;
  }
  print_table(rows);
  std::cout << fmt::format("{} tensor{}, {} element{}, {} bytes\n", rows.size(),
                           rows.size() == 1 ? "" : "s", elements, elements == 1 ? "" : "s",
                           bytes);
  for (auto& [key, text] : metadata) {
    std::cout << printable(key) << ": " << printable(text) << "\n";
  }
}

}  // namespace hg::cli
