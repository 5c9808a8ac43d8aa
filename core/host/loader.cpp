#include "host/loader.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>

#include "host/elf.hpp"
#include "host/thunk.hpp"
#include "tensor/error.hpp"

namespace fs = std::filesystem;

namespace hg {
namespace {

constexpr const char* entry_symbol = "handgrad_plugin_v1";

bool is_path(const std::string& s) { return s.find('/') != s.npos || s.ends_with(".so"); }

bool is_word(const std::string& s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '_';
  });
}

fs::path program_folder() {
  std::error_code none;
  return fs::read_symlink("/proc/self/exe", none).parent_path();
}

fs::path library_folder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<const void*>(&library_folder), &info)) return {};
  std::error_code none;
  return fs::canonical(info.dli_fname, none).parent_path();
}

std::optional<std::string> find_by_name(const std::string& name) {
  for (const std::string& folder : plugin_folders()) {
    fs::path file = fs::path(folder) / (name + ".so");
    std::error_code none;
    if (fs::exists(file, none)) return file.string();
  }
  return {};
}

// The file to load, as an absolute path without links.
std::string resolve(const std::string& path_or_name) {
  std::string path = path_or_name;
  if (!is_path(path_or_name)) {
    std::optional<std::string> found;
    if (is_word(path_or_name)) found = find_by_name(path_or_name);
    if (!found) {
      std::string folders;
      for (const std::string& f : plugin_folders()) folders += "\n  - " + f;
      throw Error("plugin " + path_or_name, "there is no such plugin in" + folders,
                  "name it by its path, ./" + path_or_name +
                      ".so, or set HANDGRAD_PLUGIN_PATH to its folder");
    }
    path = *found;
  }
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (error) throw Error("plugin " + path, "cannot be opened: " + error.message());
  if (!fs::is_regular_file(real, error)) throw Error("plugin " + path, "it is not a file");
  return real.string();
}

// What can be told from the symbols alone.
void check_symbols(const std::string& path, const SharedLibrary& library) {
  const std::string operation = "plugin " + path;
  auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!has(library.exports, entry_symbol)) {
    for (const std::string& name : library.exports) {
      if (!name.starts_with("handgrad_plugin_v")) continue;
      std::string major = name.substr(std::string("handgrad_plugin_v").size());
      throw Error(
          operation,
          "it speaks version " + major + " of the ABI (" + name +
              "), this core speaks version 1 (" + entry_symbol + ")",
          "build it with this handgrad's headers, or use a handgrad of version " + major);
    }
    throw Error(operation, std::string("it exports no ") + entry_symbol,
                "define it as HG_EXPORT int32_t handgrad_plugin_v1(const hg_host *, "
                "hg_plugin *), extern \"C\" in C++");
  }
  std::string core;
  for (const std::string& name : library.imports) {
    // _ZN2hg..., _ZNK2hg..., _ZTIN2hg...: C++ names of namespace hg
    size_t at = name.find("2hg");
    bool ours = name.starts_with("_Z") && at != name.npos && at <= 6 && name[at - 1] > '9';
    if (ours) core += "\n  - " + name;
  }
  for (const std::string& name : library.needed) {
    if (name.starts_with("libhandgrad.")) core += "\n  - library " + name;
  }
  if (!core.empty()) {
    throw Error(operation, "it links the core:" + core,
                "plugins reach the core through hg_host only: include handgrad_abi.h or "
                "handgrad_plugin.hpp, and link without -lhandgrad");
  }
}

hg_entry open(const std::string& path) {
  dlerror();
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    std::string problem = dlerror();
    if (problem.starts_with(path + ": ")) problem.erase(0, path.size() + 2);
    std::string hint;
    if (problem.find("undefined symbol") != problem.npos) {
      hint = "define it, or link the library that does; with -Wl,-z,defs the linker tells";
    }
    throw Error("plugin " + path, "the system cannot load it: " + problem, hint);
  }
  return reinterpret_cast<hg_entry>(dlsym(handle, entry_symbol));
}

}  // namespace

std::vector<std::string> plugin_folders() {
  std::vector<std::string> folders;
  auto add = [&](const fs::path& folder) {
    std::string text = fs::absolute(folder).lexically_normal().string();
    bool known = std::find(folders.begin(), folders.end(), text) != folders.end();
    if (!known) folders.push_back(text);
  };
  if (const char* list = std::getenv("HANDGRAD_PLUGIN_PATH")) {
    std::istringstream in(list);
    for (std::string one; std::getline(in, one, ':');) {
      if (!one.empty()) add(one);
    }
  }
  fs::path program = program_folder(), library = library_folder();
  if (!program.empty()) add(program / "plugins");
  if (!library.empty()) add(library / "handgrad/plugins");
  if (!program.empty()) add(program / "../lib/handgrad/plugins");
  return folders;
}

const LoadedPlugin& load_plugin(const std::string& path_or_name) {
  Registry& registry = Registry::get();
  std::string path = resolve(path_or_name);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw Error("plugin " + path, "it went away");
  for (const LoadedPlugin* p : registry.plugins()) {
    if (p->active && p->device == status.st_dev && p->inode == status.st_ino) {
      throw Error("plugin " + path,
                  "this file is loaded already, as plugin " + p->name + " from " + p->path,
                  "load it once, or unload_plugin(\"" + p->name + "\") first");
    }
  }
  check_symbols(path, read_shared_library(path));
  install_terminate_handler();
  return registry.admit(open(path), path, status.st_dev, status.st_ino);
}

void unload_plugin(const std::string& name) {
  if (!Registry::get().remove(name)) {
    throw Error("unload_plugin", "no plugin '" + name + "' is loaded");
  }
}

bool find_and_load_vendor(const std::string& vendor) {
  if (!is_word(vendor)) return false;
  for (const LoadedPlugin* p : Registry::get().plugins()) {
    if (p->active && p->name == vendor) return false;
  }
  std::optional<std::string> file = find_by_name(vendor);
  if (file) load_plugin(*file);
  return file.has_value();
}

}  // namespace hg
