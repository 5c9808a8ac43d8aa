"""Writes arithmetic.safetensors: what takes two numbers and gives one."""
import torch

from common import TYPES, WHOLE, Family, edges, special_pairs

family = Family("arithmetic", seed=1)

SHAPES = [((3, 4), (3, 4)), ((3, 1, 4), (2, 1)), ((), (2, 3)), ((5,), ()), ((), ()),
          ((0, 3), (3,)), ((1,), (0,)), ((2, 1, 3, 1), (1, 4, 1, 2)),
          ((2, 3, 2, 1, 2), (3, 1, 1, 2))]

# ---- by shape ---------------------------------------------------------------------------

makers = {"add": (family.normal, family.normal), "sub": (family.normal, family.normal),
          "mul": (family.normal, family.normal), "div": (family.normal, family.positive),
          "pow": (family.positive, family.normal),
          "remainder": (family.normal, family.positive),
          "maximum": (family.normal, family.normal),
          "minimum": (family.normal, family.normal)}
for op, (first, second) in makers.items():
    function = getattr(torch, op)
    for i, (a, b) in enumerate(SHAPES):
        dtype = "f64" if i == 1 else "f32"
        family.case(op, function, [first(*a, dtype=dtype), second(*b, dtype=dtype)])
    family.case(op, function, special_pairs())
    family.case(op, function, [first(3, 1), second(4, dtype="f64")])
    family.case(op, function, [first(3), second(dtype="f64")])

for op in ("add", "sub"):
    for alpha in (-0.5, 3.0):
        family.case(op, lambda a, b: getattr(torch, op)(a, b, alpha=alpha),
                    [family.normal(2, 3), family.normal(3)], {"alpha": alpha})
    family.case(op, lambda a, b: getattr(torch, op)(a, b, alpha=2),
                [family.integers(-9, 9, 4), family.integers(-9, 9, 4)], {"alpha": 2})

for mode in ("floor", "trunc"):
    def rounded(a, b):
        return torch.div(a, b, rounding_mode=mode)
    family.case("div", rounded, [family.normal(3, 1, 4) * 5, family.positive(2, 1)],
                {"rounding_mode": mode})
    family.case("div", rounded, special_pairs(), {"rounding_mode": mode})
    for dtype in WHOLE:
        b = torch.tensor([1, 2, 3, 7], dtype=TYPES[dtype])[:, None]
        family.case("div", rounded, [edges(dtype), b], {"rounding_mode": mode})
    family.case("div", rounded,
                [torch.tensor([7, -7, 6, -6]), torch.tensor([[2], [-2], [-3]])],
                {"rounding_mode": mode})

# ---- by type ----------------------------------------------------------------------------

for dtype in WHOLE:
    a = edges(dtype)
    for op in ("add", "sub", "mul", "maximum", "minimum"):
        family.case(op, getattr(torch, op), [a[:, None], a])
    family.case("div", torch.div, [a[:, None], a])
    family.case("remainder", torch.remainder,
                [a, torch.tensor([1, 2, 3, 7], dtype=TYPES[dtype])[:, None]])
    family.case("pow", torch.pow,
                [a, torch.tensor([0, 1, 2, 5], dtype=TYPES[dtype])[:, None]])
family.case("remainder", torch.remainder,
            [torch.tensor([7, -7, 6, -6, 0]), torch.tensor([[2], [-2], [-3]])])

# Operands of different types meet in a common one.
mixed = [(family.integers(-5, 5, 4, dtype="i32"), family.normal(3, 1)),
         (family.integers(0, 9, 4, dtype="u8"), family.integers(-9, 9, 3, 1, dtype="i8")),
         (family.bools(4), family.integers(-9, 9, 3, 1)),
         (family.bools(4), family.normal(3, 1)),
         (family.normal(4), torch.tensor(3)),
         (family.integers(1, 5, 4), torch.tensor(2.5))]
for a, b in mixed:
    for op in ("add", "sub", "mul", "maximum", "ge", "ne"):
        if op != "sub" or a.dtype != torch.bool:  # PyTorch subtracts no bools
            family.case(op, getattr(torch, op), [a, b])
family.case("add", torch.add, [family.bools(2, 3), family.bools(3)])
family.case("mul", torch.mul, [family.bools(2, 3), family.bools(3)])
family.case("div", torch.div, [family.bools(2, 3), torch.tensor([True])])

# ---- corners ----------------------------------------------------------------------------

tie = torch.tensor([1.0, 2.0, -0.0, 3.0])
for op in ("maximum", "minimum"):
    family.case(op, getattr(torch, op), [tie, torch.tensor([1.0, 1.0, 0.0, 4.0])])
family.case("pow", torch.pow, [torch.tensor([0.0, 0.0, 0.0, -2.0, -2.0, 3.0]),
                               torch.tensor([0.0, 2.0, 0.5, 3.0, 0.0, 2.0])])

family.write()
