// What an entry function adds, until it is known whether all of it is right.
#pragma once

#include "host/registry.hpp"

namespace hg {

struct Registry::Staging {
  const hg_plugin* me;
  std::vector<const hg_op*> ops;
  std::vector<const hg_kernel*> kernels;
  std::vector<const hg_optimizer*> optimizers;
  std::vector<const hg_cell*> cells;
  std::vector<const hg_device*> devices;
  std::vector<const hg_collective*> collectives;
  std::vector<std::string> problems;

  // The name under which things are listed; what is wrong with it is reported separately.
  std::string plugin() const { return me->name ? me->name : ""; }

  int32_t report(const std::string& item, const std::vector<std::string>& list) {
    for (const std::string& p : list) problems.push_back(item + ": " + p);
    return list.empty() ? HG_OK : HG_E_INVALID;
  }
};

/// The types in a kernel's list, "f32,f64", which must be right.
std::vector<DType> parse_dtypes(std::string_view list);

/// A text that may be missing.
inline std::string text_or(const char* s, const char* otherwise) {
  return s && *s ? s : otherwise;
}

}  // namespace hg
