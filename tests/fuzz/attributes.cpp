// Fuzz target: attributes of operators as JSON. The first byte chooses the operator.
#include "host/attributes.hpp"

#include "fuzz/target.hpp"

using namespace hg;

namespace {

// Operators that have attributes, so that every kind comes up.
const std::vector<const Operator*>& operators() {
  static const auto list = [] {
    std::vector<const Operator*> found;
    for (const Operator* op : Registry::get().operators()) {
      if (op->def->n_attr > 0) found.push_back(op);
    }
    return found;
  }();
  return list;
}

}  // namespace

FUZZ_TARGET(attributes) {
  if (bytes.empty()) return;
  const Operator& op = *operators()[uint8_t(bytes[0]) % operators().size()];
  fuzz::attempt([&] { Attributes(op, bytes.substr(1)); });
}
