"""Writes products.safetensors: sums over a shared index."""
import torch
from torch.nn import functional

from common import WHOLE, Family

family = Family("products", seed=13)

PAIRS = [((3, 4), (4, 5)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 5)), ((4,), (2, 4, 3)),
         ((2, 3, 4), (4,)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)),
         ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (3, 4, 2)), ((1, 3, 4), (5, 4, 2)),
         ((5, 3, 4), (1, 4, 2)), ((2, 1, 1, 4), (1, 3, 4, 1)), ((3, 0), (0, 2)),
         ((0, 3), (3, 2)), ((2, 0, 3), (3, 2)), ((0, 2, 3), (3, 4)), ((1, 1), (1, 1)),
         ((2, 3, 1, 4), (2, 1, 4, 3)), ((17, 33), (33, 9)), ((2, 2, 4), (4, 2))]
for i, (a, b) in enumerate(PAIRS):
    dtype = "f64" if i % 3 == 1 else "f32"
    family.case("matmul", torch.matmul, [family.normal(*a, dtype=dtype),
                                         family.normal(*b, dtype=dtype)],
                tolerance=5e-6 if dtype == "f32" else 1e-12)
for dtype in WHOLE:
    family.case("matmul", torch.matmul, [family.integers(0, 9, 3, 4, dtype=dtype),
                                         family.integers(0, 9, 4, 2, dtype=dtype)])

for x, o, bias in [((3, 4), 5, True), ((2, 3, 4), 1, False), ((4,), 2, True),
                   ((0, 3), 2, True), ((3, 0), 2, True), ((2, 1, 2, 6), 3, True),
                   ((16, 20), 7, False)]:
    inputs = [family.normal(*x), family.normal(o, x[-1])]
    if bias:
        inputs.append(family.normal(o))
    family.case("linear", functional.linear, inputs, tolerance=5e-6)
family.case("linear", functional.linear,
            [family.normal(2, 3, dtype="f64"), family.normal(4, 3, dtype="f64"),
             family.normal(4, dtype="f64")])
family.write()
