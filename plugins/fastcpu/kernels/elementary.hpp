// Elementary functions.
#pragma once

#include "curve.hpp"

namespace hg::fastcpu {

struct Elementary {
  Curve exp, sqrt, rsqrt, reciprocal;  // their slopes are computed from y
  Curve log, erf, square, abs;         // from x
  Curve neg;                           // from neither
};
HG_TABLES(Elementary, elementary)

}  // namespace hg::fastcpu
