// Looking into a shared library without running any of its code.
#pragma once

#include <string>
#include <vector>

namespace hg {

/// What a shared library gives and wants, by the names of symbols.
struct SharedLibrary {
  std::vector<std::string> exports;  // defined, visible from outside
  std::vector<std::string> imports;  // used, defined elsewhere; weak ones left out
  std::vector<std::string> needed;   // libraries it is linked with: "libm.so.6"
};

/// Reads the file's tables, trusting nothing in it. Throws Error("plugin PATH", ...) if it
/// is not a whole ELF shared library for this machine.
SharedLibrary read_shared_library(const std::string& path);

}  // namespace hg
