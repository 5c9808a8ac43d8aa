"""Writes elementwise.safetensors: comparisons, functions of one number, choices, copies."""
import math

import torch

from common import SPECIAL, TYPES, WHOLE, Family, edges, special_pairs

family = Family("elementwise", seed=2)

# ---- comparisons and logic --------------------------------------------------------------

for op in ("eq", "ne", "lt", "le", "gt", "ge"):
    family.case(op, getattr(torch, op),
                [family.integers(0, 3, 3, 1, 4), family.integers(0, 3, 2, 1)])
    family.case(op, getattr(torch, op), special_pairs())
    family.case(op, getattr(torch, op), [family.bools(2, 1), family.bools(3)])
    family.case(op, getattr(torch, op), [torch.zeros(0, 2), torch.zeros(2)])
for op in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    for dtype in WHOLE:
        family.case(op, getattr(torch, op), [edges(dtype)[:, None], edges(dtype)])
    family.case(op, getattr(torch, op), [family.bools(4, 1), family.bools(5)])
    family.case(op, getattr(torch, op), [family.bools(3), family.integers(-9, 9, 3)])
family.case("bitwise_not", torch.bitwise_not, [family.bools(4)])
for dtype in WHOLE:
    family.case("bitwise_not", torch.bitwise_not, [edges(dtype)])
for op in ("logical_and", "logical_or", "logical_xor"):
    function = getattr(torch, op)
    family.case(op, function, special_pairs())
    family.case(op, function, special_pairs("f64"))
    family.case(op, function, [family.bools(4, 1), family.bools(5)])
    family.case(op, function, [family.bools(3, 1), torch.tensor([0.0, 0.5, math.nan])])
    family.case(op, function, [torch.tensor([0, 1, 2]), torch.tensor([0.0, 0.0, 1e-30])])
    family.case(op, function, [torch.zeros(0, 2), torch.zeros(2)])
    for dtype in WHOLE:
        family.case(op, function, [edges(dtype)[:, None], edges(dtype)])
for op in ("isnan", "isinf", "isfinite", "logical_not"):
    family.case(op, getattr(torch, op), [torch.tensor(SPECIAL)])
    family.case(op, getattr(torch, op), [torch.tensor(SPECIAL, dtype=torch.float64)])
    family.case(op, getattr(torch, op), [edges("i32")])
    family.case(op, getattr(torch, op), [family.bools(2, 2)])

# ---- one operand ------------------------------------------------------------------------

unary = {op: family.normal for op in ("neg", "abs", "sign", "exp", "square", "reciprocal",
                                      "sin", "cos", "tanh", "sigmoid", "relu")}
unary.update({op: family.positive for op in ("log", "sqrt", "rsqrt")})


def below_one(*shape, dtype="f32"):
    """Between -1 and 1, off the ends, where slopes are infinite."""
    return torch.tanh(family.normal(*shape, dtype="f64")).to(TYPES[dtype])


unary.update({op: family.normal for op in ("expm1", "erf", "atan", "sinh", "cosh", "floor",
                                           "ceil", "trunc", "round")})
unary.update({op: family.positive for op in ("log1p", "log2", "log10")})
unary.update({op: below_one for op in ("tan", "asin", "acos")})
for op, make in unary.items():
    function = getattr(torch, op)
    for shape in ((3, 4), (), (0, 2), (2, 1, 3)):
        family.case(op, function, [make(*shape)])
    family.case(op, function, [make(5, dtype="f64")])
    family.case(op, function, [torch.tensor(SPECIAL + [100.0, -100.0, 1e-30])])
    whole_stays = op in ("neg", "abs", "sign", "square", "relu", "floor", "ceil", "trunc",
                         "round")
    for dtype in WHOLE if whole_stays else ("i64", "u8", "bool"):
        whole = edges(dtype) if whole_stays else family.integers(1, 2, 3, dtype=dtype)
        family.case(op, function, [whole])

HALVES = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -0.49999997, 8388609.0, -8388607.5]
for op in ("floor", "ceil", "trunc", "round"):
    family.case(op, getattr(torch, op), [torch.tensor(HALVES)])
    family.case(op, getattr(torch, op), [torch.tensor(HALVES, dtype=torch.float64)])
for decimals in (1, 2, 5, -1, -2):
    family.case("round", lambda x: torch.round(x, decimals=decimals),
                [torch.tensor(SPECIAL + HALVES + [0.25, 2.675, 165.0, 155.0, 1e30])],
                {"decimals": decimals})
    family.case("round", lambda x: torch.round(x, decimals=decimals),
                [family.normal(3, 4, dtype="f64") * 100], {"decimals": decimals})
family.case("tan", torch.tan, [family.normal(9) * 4], tolerance=1e-4)
TINY = [1e-3, -1e-3, 1e-8, -1e-8, 1e-20, -1e-20, 1e-38, 0.0]
for op in ("expm1", "log1p", "erf", "sinh", "asin", "atan", "tan"):
    family.case(op, getattr(torch, op), [torch.tensor(TINY)])
    family.case(op, getattr(torch, op), [torch.tensor(TINY, dtype=torch.float64)])

for bounds in ({"min": -0.4, "max": 0.7}, {"min": 0.0}, {"max": 0.1},
               {"min": 1.0, "max": -1.0}):
    def clamp(x):
        return torch.clamp(x, **bounds)
    family.case("clamp", clamp, [family.normal(3, 5)], bounds)
    family.case("clamp", clamp, [family.normal(dtype="f64")], bounds)
    family.case("clamp", clamp, [torch.tensor(SPECIAL)], bounds)
family.case("clamp", lambda x: x.clamp(-0.5, 0.5),
            [torch.tensor([-0.5, 0.5, -0.6, 0.6, 0.0])], {"min": -0.5, "max": 0.5})
for dtype in WHOLE:
    family.case("clamp", lambda x: x.clamp(min=1, max=6), [edges(dtype)],
                {"min": 1, "max": 6})

# ---- choices and copies -----------------------------------------------------------------

for c, a, b in (((3, 4), (3, 4), (3, 4)), ((3, 1, 4), (2, 1), (3, 1, 1)),
                ((2, 3), (), (3,)), ((), (2,), (2,)), ((0, 2), (2,), ())):
    family.case("where", torch.where,
                [family.bools(*c), family.normal(*a), family.normal(*b)])
family.case("where", torch.where,
            [family.bools(4), torch.full((4,), math.nan), family.normal(4)])
family.case("where", torch.where,
            [family.bools(4), family.normal(4), family.normal(4, dtype="f64")])
for dtype in (*WHOLE, "bool"):
    family.case("where", torch.where,
                [family.bools(4), family.integers(0, 2, 4, dtype=dtype),
                 family.integers(0, 2, 1, dtype=dtype)])

# Fractions below 0 have no place in u8: handgrad makes 0 of them, PyTorch what the CPU
# makes of them.
values = torch.tensor([0.0, 1.0, -1.0, 2.75, -3.5, 100.0])
for source in TYPES:
    for target in TYPES:
        x = (values.abs() if "u8" in (source, target) else values).to(TYPES[source])
        family.case("to", lambda x: x.to(TYPES[target]), [x], {"dtype": target})
for op, function in (("clone", torch.clone), ("contiguous", lambda x: x.contiguous() * 1)):
    for shape in ((3, 4), (), (0, 2), (2, 1, 3)):
        family.case(op, function, [family.normal(*shape)])


def copy(target, source):
    return target.clone().copy_(source)


for a, b in (((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 3), ()), ((2, 3, 4), (3, 1)),
             ((0, 3), (1, 3))):
    family.case("copy", copy, [family.normal(*a), family.normal(*b)])
family.case("copy", copy, [family.normal(3, dtype="f64"), family.normal(3)])
family.case("copy", copy, [family.normal(3), family.normal(2, 3, dtype="f64")[0]])
family.case("copy", copy, [family.integers(0, 5, 3), family.normal(3) * 4], nondiff=(1,))
family.case("copy", copy, [family.normal(2, 2), family.integers(0, 5, 2)])
for value in (0.5, -2.0):
    family.case("fill", lambda x: x.clone().fill_(value), [family.normal(2, 3)],
                {"value": value})
family.case("fill", lambda x: x.clone().fill_(3), [family.integers(0, 5, 3)], {"value": 3})

family.write()
