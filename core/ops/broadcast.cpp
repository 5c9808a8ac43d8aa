#include "ops/broadcast.hpp"

namespace hg::ops {
namespace {

// Would t meet `full` if it had one more axis, of size 1, at its end?
bool meets_as_column(const hg_tensor& t, const hg_tensor& full) {
  if (t.ndim == 0 || t.ndim + 1 > full.ndim) return false;
  for (int d = 1; d <= t.ndim; ++d) {
    int64_t n = t.shape[t.ndim - d], m = full.shape[full.ndim - 1 - d];
    if (n != m && n != 1 && m != 1) return false;
  }
  return true;
}

}  // namespace

void fail_broadcast(const hg_tensor& a, const char* a_name, const hg_tensor& b,
                    const char* b_name, int i) {
  using plugin::shape_text;
  std::string hint = "sizes are matched from the last axis backwards; equal, or one is 1";
  if (meets_as_column(b, a)) hint = std::string(b_name) + ".unsqueeze(-1) would fit";
  if (meets_as_column(a, b)) hint = std::string(a_name) + ".unsqueeze(-1) would fit";
  int axis = std::max(a.ndim, b.ndim) - i;
  std::string problem =
      plugin::text(a_name, " is ", shape_text(a), ", ", b_name, " is ", shape_text(b),
                   ": axis ", axis, " is ", a.shape[a.ndim - i], " against ",
                   b.shape[b.ndim - i], ", and neither is 1\n  hint: ", hint);
  throw plugin::Failure(HG_E_INVALID, std::move(problem));
}

}  // namespace hg::ops
