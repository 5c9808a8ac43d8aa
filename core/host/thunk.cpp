#include "host/thunk.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace hg {

thread_local constinit Breadcrumb breadcrumb{nullptr, nullptr, nullptr};

namespace {
std::terminate_handler previous = nullptr;

[[noreturn]] void explain_and_terminate() {
  if (breadcrumb.plugin) {
    const char* text = "an exception of unknown type";
    try {
      if (std::exception_ptr e = std::current_exception()) std::rethrow_exception(e);
      text = "no exception";
    } catch (const std::exception& e) {
      text = e.what();
    } catch (...) {
    }
    std::fprintf(stderr,
                 "handgrad: plugin %s: %s: %s let an exception escape: %s\n"
                 "  hint: a callback must catch everything and return host->fail(...)\n",
                 breadcrumb.plugin, breadcrumb.what, breadcrumb.phase, text);
  }
  if (previous) previous();
  std::abort();
}
}  // namespace

void install_terminate_handler() {
  static const bool done = [] {
    previous = std::set_terminate(explain_and_terminate);
    return true;
  }();
  (void)done;
}

}  // namespace hg
