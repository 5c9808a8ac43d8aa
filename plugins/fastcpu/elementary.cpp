// elementary: exp, log, powers, erf, signs. Memory is the limit, as for the activations.
#include "kernels/elementary.hpp"

#include "unary.hpp"

namespace hg::fastcpu {
namespace {

template <Curve Elementary::*member>
constexpr auto get = entry<Elementary, best_elementary, member>;

}  // namespace

void describe_elementary(Plugin& p) {
  using E = Elementary;
  Unary<get<&E::exp>, Keeps::y>::describe(p, "core.exp");
  Unary<get<&E::sqrt>, Keeps::y>::describe(p, "core.sqrt");
  Unary<get<&E::rsqrt>, Keeps::y>::describe(p, "core.rsqrt");
  Unary<get<&E::reciprocal>, Keeps::y>::describe(p, "core.reciprocal");
  Unary<get<&E::log>, Keeps::x>::describe(p, "core.log");
  Unary<get<&E::erf>, Keeps::x>::describe(p, "core.erf");
  Unary<get<&E::square>, Keeps::x>::describe(p, "core.square");
  Unary<get<&E::abs>, Keeps::x>::describe(p, "core.abs");
  Unary<get<&E::neg>, Keeps::nothing>::describe(p, "core.neg");
}

}  // namespace hg::fastcpu
