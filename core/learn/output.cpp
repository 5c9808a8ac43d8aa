#include "learn/output.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "tensor/error.hpp"

namespace hg::learn {

namespace {

std::string full_name(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto whole = std::filesystem::absolute(path, ignored);
  return (whole.empty() ? path : whole).lexically_normal().string();
}

}  // namespace

void make_folder(const std::filesystem::path& folder, const char* operation) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    throw Error(operation,
                "cannot make the folder " + full_name(folder) + ": " + problem.message());
  }
}

void write_file(const std::filesystem::path& path, std::string_view bytes,
                const char* operation) {
  if (path.has_parent_path()) make_folder(path.parent_path(), operation);
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), std::streamsize(bytes.size()));
  file.close();
  if (!file) {
    throw Error(operation, "cannot write " + full_name(path) + ": " +
                               (errno ? std::strerror(errno) : "the disk may be full"));
  }
}

}  // namespace hg::learn
