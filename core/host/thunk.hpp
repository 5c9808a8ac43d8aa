// Calling into plugins.
#pragma once

#include "handgrad_abi.h"

namespace hg {

/// Where a thread is inside a plugin, for the message printed when an exception escapes.
struct Breadcrumb {
  const char* plugin;
  const char* what;   // the operator or optimizer
  const char* phase;  // "infer", "forward", ...
};

extern __attribute__((tls_model("initial-exec"))) thread_local constinit Breadcrumb breadcrumb;

/// Calls a plugin's callback. An exception that leaves it would unwind through C frames,
/// which is undefined; `noexcept` makes it end the program here, where the breadcrumb can
/// still say whose fault it was (see terminate handler in thunk.cpp).
template <class Desc>
int32_t call_plugin(int32_t (*function)(const Desc*, hg_call*), const Desc* desc,
                    hg_call* call, Breadcrumb where) noexcept {
  breadcrumb = where;
  return function(desc, call);
}

/// Makes std::terminate print the breadcrumb first. Done when the first plugin is loaded.
void install_terminate_handler();

}  // namespace hg
