// gnuplot as a child process: a script goes in, a picture comes out.
#pragma once

#include <optional>
#include <string>

namespace hg::learn {

/// Runs gnuplot on `script`, without a shell and without the user's start-up file, and
/// returns what it wrote to its standard output: the picture. Nothing when gnuplot is not
/// installed. An error of gnuplot's is an hg::Error with its words.
std::optional<std::string> run_gnuplot(const std::string& script);

}  // namespace hg::learn
