// Looking a plugin's descriptors over before anything relies on them.
#pragma once

#include <string>
#include <vector>

#include "handgrad_abi.h"

namespace hg {

struct Operator;

/// Each returns what is wrong with a descriptor, one sentence a problem; empty if nothing.
/// `plugin` is the name of the plugin that brings it.
std::vector<std::string> problems_of(const hg_plugin& me);
std::vector<std::string> problems_of(const hg_op& op, const std::string& plugin);
std::vector<std::string> problems_of(const hg_kernel& kernel);
std::vector<std::string> problems_of(const hg_optimizer& optimizer,
                                     const std::string& plugin);
std::vector<std::string> problems_of(const hg_cell& cell, const std::string& plugin);
std::vector<std::string> problems_of(const hg_device& device);
std::vector<std::string> problems_of(const hg_collective& collective);

/// What keeps a kernel from serving its operator, once that is known.
std::vector<std::string> problems_of(const hg_kernel& kernel, const hg_op& op);

/// The sizes a struct may say it has: at least that of version 1.0.
std::string size_problem(const char* what, uint32_t size, uint32_t least);

}  // namespace hg
