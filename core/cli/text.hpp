// What the subcommands print: tables, and definitions in words.
#pragma once

#include <string>
#include <vector>

#include "host/registry.hpp"

namespace hg::cli {

/// Prints rows as columns, two spaces apart, after `indent` spaces. The last column may be
/// of any length.
void print_table(const std::vector<std::vector<std::string>>& rows, int indent = 0);

/// Text from a file that is not ours, with control characters made visible, so that it
/// cannot move the cursor.
std::string printable(const std::string& text);

/// An attribute's value as one would write it: -1, 0.5, "mean", [1, 2], none.
std::string value_text(const hg_value& value);

/// "int", "float", "string", "ints", ...
const char* kind_name(uint32_t kind);

/// "softmax(input; dim=-1)": inputs, then attributes; "bias?" is an optional input.
std::string signature(const Operator& op);

/// Doc line, formula, inputs, outputs, attributes and kernels.
void print_operator(const Operator& op);

/// The kernels, best first, one row each: origin, device, types, priority.
std::vector<std::vector<std::string>> kernel_rows(const Operator& op);

}  // namespace hg::cli
