// A folder for the files that a test makes, which goes with it.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace hg::test {

struct Folder {
  std::filesystem::path path;

  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "handgrad-test-XXXXXX";
    if (!mkdtemp(name.data())) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path / name; }
};

}  // namespace hg::test
