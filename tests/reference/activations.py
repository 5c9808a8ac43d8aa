"""Writes activations.safetensors: the curves that stand between layers."""
import math

import torch
from torch.nn import functional as F

from common import SPECIAL, Family

family = Family("activations", seed=31)

# Both sides of every corner, and the corners.
CORNERS = [0.0, -0.0, 1.0, -1.0, 6.0, -6.0, 0.999, 1.001, 5.999, 6.001, -0.999, -1.001]
FAR = [10.0, -10.0, 21.0, -21.0, 88.0, -88.0, 100.0, -100.0, 1e4, -1e4, 1e30, -1e30]
SHAPES = ((3, 4), (), (0, 2), (2, 1, 3), (1,), (2, 3, 2, 2))

settings = {
    "leaky_relu": [{}, {"negative_slope": 0.3}, {"negative_slope": 0.0},
                   {"negative_slope": -0.5}],
    "elu": [{}, {"alpha": 0.5}, {"alpha": -1.5}],
    "gelu": [{}, {"approximate": "tanh"}],
    "silu": [{}],
    "softplus": [{}, {"beta": 2.0}, {"beta": 0.5, "threshold": 1.0}, {"beta": -1.0}],
    "hardtanh": [{}, {"min_val": -0.25, "max_val": 0.75}, {"min_val": 0.0, "max_val": 6.0},
                 {"min_val": 1.0, "max_val": 1.0}],
}
for op, list_of_attrs in settings.items():
    function = getattr(F, op)
    for attrs in list_of_attrs:
        def curve(x):
            return function(x, **attrs)
        for shape in SHAPES:
            family.case(op, curve, [family.normal(*shape) * 3], attrs)
        family.case(op, curve, [family.normal(3, 5, dtype="f64") * 5], attrs)
        family.case(op, curve, [torch.tensor(CORNERS)], attrs)
        family.case(op, curve, [torch.tensor(CORNERS, dtype=torch.float64)], attrs)
        family.case(op, curve, [torch.tensor(FAR[:-2])], attrs)
        # PyTorch's gelu squares and cubes x; beyond 1e12 that is inf * 0 in f32.
        if op != "gelu":
            family.case(op, curve, [torch.tensor(FAR)], attrs)
        family.case(op, curve, [torch.tensor(SPECIAL)], attrs)
for dtype in ("i64", "i32", "i16", "i8"):
    family.case("hardtanh", lambda x: F.hardtanh(x, -2, 3),
                [family.integers(-5, 5, 9, dtype=dtype)], {"min_val": -2, "max_val": 3})
family.case("hardtanh", F.relu6, [family.integers(0, 9, 9, dtype="u8")],
            {"min_val": 0, "max_val": 6})

for x, w in (((3, 4), (4,)), ((3, 4), (1,)), ((2, 3, 2), (3,)), ((2, 3, 2, 2), (3,)),
             ((5,), (1,)), ((), (1,)), ((0, 3), (3,)), ((2, 3, 0), (3,)), ((4, 1), (1,))):
    family.case("prelu", F.prelu, [family.normal(*x), family.normal(*w)])
    family.case("prelu", F.prelu, [family.normal(*x, dtype="f64"), family.normal(*w, dtype="f64")])
family.case("prelu", F.prelu, [torch.tensor([[0.0, -0.0, 1.0], [math.inf, -math.inf, math.nan]]),
                               torch.tensor([0.5, -2.0, 0.0])])
family.case("prelu", F.prelu, [torch.zeros(2, 2), torch.tensor([3.0, -3.0])])

for shape in SHAPES:
    for dtype in ("f32", "f64"):
        family.case("swiglu", lambda a, b: F.silu(a) * b,
                    [family.normal(*shape, dtype=dtype) * 2, family.normal(*shape, dtype=dtype)])
family.case("swiglu", lambda a, b: F.silu(a) * b, [family.normal(3), family.normal(3, dtype="f64")])

family.write()
