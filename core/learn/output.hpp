// Files a lesson writes.
#pragma once

#include <filesystem>
#include <string_view>

namespace hg::learn {

/// Writes `bytes` to `path`, whose folder is made if it is missing. `operation` is named
/// in the error when that fails, together with the absolute path.
void write_file(const std::filesystem::path& path, std::string_view bytes,
                const char* operation);

}  // namespace hg::learn
