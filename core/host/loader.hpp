// Loading plugins.
//
// A file is looked at before it is loaded (host/elf.hpp), so that one that is no plugin
// never gets to run. It is then opened for good: "unloading" takes its operators out of
// the registry, but its code stays, because a graph may still point into it.
//
// Plugins are trusted code. They can fail without harm; they are not kept from doing any.
#pragma once

#include <string>
#include <vector>

#include "host/registry.hpp"

namespace hg {

/// Loads a plugin by its path ("./my_relu.so": anything with a '/' or ending in ".so") or
/// by its name ("fastcpu"), which is looked for in plugin_folders(). Throws hg::Error, with
/// all problems in its message, if it cannot be loaded; nothing of it is kept then.
const LoadedPlugin& load_plugin(const std::string& path_or_name);

/// Takes a plugin's operators, kernels, optimizers, ... out. Throws if it is not loaded.
void unload_plugin(const std::string& name);

/// Where plugins are looked for by name, in this order. The current directory is not among
/// them: a file that happens to lie there must not end up as part of the program.
///   1. the folders in HANDGRAD_PLUGIN_PATH, separated by ':'
///   2. plugins/ beside the executable
///   3. handgrad/plugins/ beside libhandgrad.so
///   4. ../lib/handgrad/plugins/ from the executable
std::vector<std::string> plugin_folders();

/// For an unknown "vendor.name": loads the plugin `vendor` if it is in one of the folders.
/// False if there is none, or if one of this name is loaded already.
bool find_and_load_vendor(const std::string& vendor);

}  // namespace hg
