// Files a lesson writes.
#pragma once

#include <filesystem>
#include <string_view>

namespace hg::learn {

/// Makes a folder, and those above it, where they are missing.
void make_folder(const std::filesystem::path& folder, const char* operation);

/// Writes `bytes` to `path`, whose folder is made if it is missing. `operation` is named
/// in the error when something fails, together with the absolute path.
void write_file(const std::filesystem::path& path, std::string_view bytes,
                const char* operation);

}  // namespace hg::learn
