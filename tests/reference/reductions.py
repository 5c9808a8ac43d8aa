"""Writes reductions.safetensors: what makes one number of many."""
import math

import torch

from common import WHOLE, Family

family = Family("reductions", seed=12)
nan, inf = math.nan, math.inf

# ---- sum, mean ---------------------------------------------------------------------------

SHAPES = [((2, 3, 4), None), ((2, 3, 4), [1]), ((2, 3, 4), [0, -1]), ((2, 3, 4), [-2, 0]),
          ((), None), ((), [0]), ((3, 0, 2), [1]), ((3, 0, 2), [0, 2]), ((0,), None),
          ((5,), [0]), ((1, 4, 1), [0, 1]), ((2, 1, 3, 1, 2), [0, 3, 4]),
          ((7, 33), [0]), ((7, 33), [1])]
for op, function in (("sum", torch.sum), ("mean", torch.mean)):
    for i, (shape, dim) in enumerate(SHAPES):
        for keepdim in (False, True):
            if dim is None:
                if not keepdim:
                    family.case(op, function, [family.normal(*shape)])
                continue
            x = family.normal(*shape, dtype="f64" if i == 3 else "f32")
            family.case(op, lambda x: function(x, dim=dim, keepdim=keepdim), [x],
                        {"dim": dim, "keepdim": keepdim})
    family.case(op, function, [torch.tensor([1.0, nan, inf])])
    family.case(op, lambda x: function(x, dim=1, dtype=torch.float64),
                [family.normal(2, 3)], {"dim": [1], "dtype": "f64"})
    family.case(op, lambda x: function(x, dtype=torch.float32),
                [family.integers(-9, 9, 2, 3)], {"dtype": "f32"})
for dtype in WHOLE:
    x = family.integers(0, 100, 3, 4, dtype=dtype)
    family.case("sum", torch.sum, [x])
    family.case("sum", lambda x: x.sum(0), [x], {"dim": [0]})
family.case("sum", lambda x: x.sum(1), [family.bools(3, 7)], {"dim": [1]})
family.case("sum", lambda x: x.sum(dtype=torch.int32), [family.integers(0, 9, 4)],
            {"dtype": "i32"})

# ---- max, min, argmax, argmin ------------------------------------------------------------

for op in ("max", "min"):
    arg = getattr(torch, "arg" + op)
    function = getattr(torch, op)
    for x in (family.distinct(3, 4), family.distinct(2, 3, 2, dtype="f64"),
              family.distinct(), family.distinct(1)):
        family.case(op, function, [x])
        family.case("arg" + op, arg, [x])
    for shape, dim in [((3, 4), 0), ((3, 4), 1), ((2, 3, 4), -2), ((2, 0, 4), -1), ((), 0),
                       ((1, 5), 0)]:
        for keepdim in (False, True):
            x, attrs = family.distinct(*shape), {"dim": dim, "keepdim": keepdim}
            family.case(op, lambda x: tuple(function(x, dim, keepdim)), [x], attrs)
            family.case("arg" + op, lambda x: arg(x, dim, keepdim), [x], attrs)
    ties = torch.tensor([[2.0, 5.0, 5.0, 2.0], [5.0, 2.0, 5.0, 2.0]])
    odd = torch.tensor([[1.0, nan, 5.0, nan], [inf, 2.0, -inf, inf]])
    for x in (ties, odd):
        family.case(op, function, [x])
        for dim in (0, 1):
            family.case(op, lambda x: tuple(function(x, dim)), [x], {"dim": dim})
            family.case("arg" + op, lambda x: arg(x, dim), [x], {"dim": dim})
    for dtype in WHOLE:
        x = family.integers(0, 5, 3, 7, dtype=dtype)
        family.case(op, function, [x])
        family.case("arg" + op, lambda x: arg(x, 1), [x], {"dim": 1})
    family.case(op, lambda x: tuple(function(x, 1)), [family.bools(3, 5)], {"dim": 1})

# ---- cumsum, norm, all, any --------------------------------------------------------------

for shape, dim in [((5,), 0), ((2, 3, 4), 1), ((2, 3, 4), -1), ((), 0), ((2, 0, 3), 1),
                   ((0, 2), 1)]:
    family.case("cumsum", lambda x: x.cumsum(dim), [family.normal(*shape)], {"dim": dim})
for dtype in WHOLE:
    family.case("cumsum", lambda x: x.cumsum(0), [family.integers(0, 100, 5, dtype=dtype)],
                {"dim": 0})
family.case("cumsum", lambda x: x.cumsum(0), [family.bools(5)], {"dim": 0})

for p in (2.0, 1.0, 0.0, inf, -inf, 3.0, 0.5, -1.5):
    text = {inf: "inf", -inf: "-inf"}.get(p, p)
    family.case("norm", lambda x: torch.norm(x, p), [family.distinct(3, 4)], {"p": text},
                tolerance=5e-6)
    for shape, dim in [((3, 4), [1]), ((2, 3, 4), [0, 2]), ((2, 0), [1]), ((5,), [0])]:
        for keepdim in (False, True):
            family.case("norm", lambda x: torch.norm(x, p, dim=dim, keepdim=keepdim),
                        [family.distinct(*shape)],
                        {"p": text, "dim": dim, "keepdim": keepdim}, tolerance=5e-6)
    family.case("norm", lambda x: torch.norm(x, p),
                [torch.tensor([0.0, 1.0, -2.0, -2.0, 2.0])], {"p": text}, tolerance=5e-6)
    family.case("norm", lambda x: torch.norm(x, p), [torch.zeros(3)], {"p": text})
family.case("norm", torch.norm, [family.normal(2, 3, dtype="f64")])
family.case("norm", torch.norm, [torch.tensor([3e20, 4e20], dtype=torch.float64)])

for op in ("all", "any"):
    function = getattr(torch, op)
    for x in (family.bools(3, 4), torch.zeros(0, dtype=torch.bool), torch.ones(3),
              torch.zeros(2, 2, dtype=torch.int64), torch.tensor(nan), torch.tensor(False)):
        family.case(op, function, [x])
    for dim, keepdim in [(0, False), (-1, True)]:
        family.case(op, lambda x: function(x, dim, keepdim), [family.bools(3, 4)],
                    {"dim": dim, "keepdim": keepdim})

# ---- all, any along an axis; var, std ----------------------------------------------------

for op in ("all", "any"):
    function = getattr(torch, op)
    for shape, dim in [((3, 0), 0), ((3, 0), 1), ((), 0), ((2, 3, 4), 1)]:
        family.case(op, lambda x: function(x, dim, True), [family.bools(*shape)],
                    {"dim": dim, "keepdim": True})
    family.case(op, lambda x: function(x, 1),
                [torch.tensor([[nan, 0.0], [0.0, -0.0], [1.0, 2.0]])], {"dim": 1})

for op, function in (("var", torch.var), ("std", torch.std)):
    for shape, dim in [((3, 4), None), ((3, 4), [1]), ((2, 3, 4), [0, -1]), ((5,), [0]),
                       ((2, 1, 3), [0, 1, 2])]:
        for correction in (0, 1, 2):
            for keepdim in (False, True):
                family.case(op, lambda x: function(x, dim, correction=correction,
                                                   keepdim=keepdim),
                            [family.normal(*shape, dtype="f64" if keepdim else "f32")],
                            {"dim": dim or [], "correction": correction,
                             "keepdim": keepdim})
    # Too few numbers for the correction, none at all, all equal, and far from 0.
    family.case(op, lambda x: function(x, 0), [torch.tensor([2.0])], {"dim": [0]})
    family.case(op, lambda x: function(x, 1), [family.normal(2, 0)], {"dim": [1]})
    family.case(op, lambda x: function(x, 0), [family.normal(0, 2)], {"dim": [0]})
    family.case(op, lambda x: function(x, [0], correction=2), [torch.tensor([1.0, 2.0])],
                {"dim": [0], "correction": 2})
    family.case(op, function, [torch.full((3,), 7.0)])
    family.case(op, function, [10000 + family.normal(50, dtype="f64")], tolerance=1e-11)
    family.case(op, function, [torch.tensor([1.0, nan, 2.0])])

# ---- prod, cumprod, logsumexp ------------------------------------------------------------

ZEROS = [torch.tensor([2.0, 0.0, 3.0, -1.5]), torch.tensor([0.0, 5.0, 0.0, 2.0]),
         torch.zeros(3), torch.tensor([[0.0, 2.0], [3.0, 4.0], [5.0, 0.0]])]
for shape in [(3, 4), (), (0,), (2, 0, 3), (7,)]:
    family.case("prod", torch.prod, [family.normal(*shape)])
for shape, dim in [((3, 4), 0), ((2, 3, 4), 1), ((2, 3, 4), -1), ((), 0), ((2, 0, 3), 1),
                   ((0, 2), 1)]:
    for keepdim in (False, True):
        family.case("prod", lambda x: torch.prod(x, dim, keepdim), [family.normal(*shape)],
                    {"dim": dim, "keepdim": keepdim})
    family.case("cumprod", lambda x: x.cumprod(dim), [family.normal(*shape)], {"dim": dim})
for x in ZEROS:
    family.case("prod", torch.prod, [x])
    family.case("prod", lambda x: torch.prod(x, 0), [x.double()], {"dim": 0})
    family.case("cumprod", lambda x: x.cumprod(0), [x], {"dim": 0})
    family.case("cumprod", lambda x: x.cumprod(-1), [x.double()], {"dim": -1})
for dtype in WHOLE:
    x = family.integers(0, 100, 3, 4, dtype=dtype)
    family.case("prod", torch.prod, [x])
    family.case("cumprod", lambda x: x.cumprod(1), [x], {"dim": 1})
family.case("prod", lambda x: torch.prod(x, 1), [family.bools(4, 2)], {"dim": 1})
family.case("cumprod", lambda x: x.cumprod(0), [family.bools(5)], {"dim": 0})

for shape, dim in [((3, 4), [1]), ((3, 4), [0]), ((2, 3, 4), [0, -1]), ((5,), [0]),
                   ((2, 0), [0]), ((2, 0), [1]), ((), [0])]:
    for keepdim in (False, True):
        family.case("logsumexp", lambda x: torch.logsumexp(x, dim, keepdim),
                    [family.normal(*shape)], {"dim": dim, "keepdim": keepdim})
for row in ([1e4, 1e4, -1e4], [-1e4, -1e4, -1e4], [-inf, 1.0, 2.0], [-inf, -inf, -inf],
            [inf, 1.0, 0.0], [nan, 1.0, 2.0], [80.0, 90.0, 100.0]):
    family.case("logsumexp", lambda x: torch.logsumexp(x, [0]), [torch.tensor(row)],
                {"dim": [0]})
family.write()
