"""Writes views.safetensors: other shapes for the same elements."""
import torch

from common import Family

family = Family("views", seed=11)

VIEWS = [((2, 3, 4), [4, -1]), ((2, 3, 4), [24]), ((2, 3, 4), [1, 2, 1, 12, 1]),
         ((), [1, 1]), ((1,), []), ((0, 3), [3, 0, 2]), ((0, 3), [-1, 5])]
for shape, size in VIEWS:
    family.case("view", lambda x: x.view(size), [family.normal(*shape)], {"size": size})

for shape, dim, index in [((2, 3, 4), 0, 1), ((2, 3, 4), -2, -3), ((5,), 0, 2),
                          ((3, 0), 0, 1)]:
    family.case("select", lambda x: x.select(dim, index), [family.normal(*shape)],
                {"dim": dim, "index": index})

SLICES = [((2, 7), 1, 1, -1, 2), ((2, 7), 0, None, None, 1), ((7,), 0, -3, 100, 1),
          ((7,), 0, -100, 2, 5), ((7, 2), 0, 5, 3, 1), ((0, 3), 0, 0, 4, 3),
          ((6,), 0, 6, None, 1)]
for shape, dim, start, end, step in SLICES:
    attrs = {"dim": dim, "step": step}
    attrs.update({k: v for k, v in (("start", start), ("end", end)) if v is not None})
    family.case("slice", lambda x: torch.ops.aten.slice(x, dim, start, end, step),
                [family.normal(*shape)], attrs)

for shape, a, b in [((2, 3, 4), 0, -1), ((3, 2), 1, 0), ((), 0, -1), ((2, 0, 3), 0, 1)]:
    family.case("transpose", lambda x: x.transpose(a, b), [family.normal(*shape)],
                {"dim0": a, "dim1": b})

for shape, dims in [((2, 3, 4), [2, 0, 1]), ((2, 3, 4), [-1, 1, 0]), ((), []),
                    ((0, 2), [1, 0])]:
    family.case("permute", lambda x: x.permute(dims), [family.normal(*shape)],
                {"dims": dims})

for shape, size in [((3, 1), [2, -1, 4]), ((1,), [0]), ((), [2, 3]), ((2, 1, 3), [2, 5, 3]),
                    ((1, 1), [1, 1, 1]), ((0,), [4, 0])]:
    family.case("expand", lambda x: x.expand(size), [family.normal(*shape)], {"size": size})

for shape, dim in [((1, 3, 1), None), ((1, 3, 1), -1), ((1, 3, 1), 1), ((), None),
                   ((1, 1), None)]:
    family.case("squeeze", lambda x: x.squeeze() if dim is None else x.squeeze(dim),
                [family.normal(*shape)], {} if dim is None else {"dim": dim})

for shape, dim in [((2, 3), -1), ((2, 3), 0), ((2, 3), 1), ((), 0), ((0,), -2)]:
    family.case("unsqueeze", lambda x: x.unsqueeze(dim), [family.normal(*shape)],
                {"dim": dim})

DIAGONALS = [((3, 4), 0, 0, 1), ((3, 4), 2, 0, 1), ((3, 4), -1, 0, 1), ((3, 4), 9, 0, 1),
             ((3, 4), -9, 1, 0), ((2, 3, 4), -1, 2, 0), ((2, 3, 2, 3), 1, 1, 3),
             ((0, 2), 0, 0, 1)]
for shape, offset, a, b in DIAGONALS:
    family.case("diagonal", lambda x: x.diagonal(offset, a, b), [family.normal(*shape)],
                {"offset": offset, "dim1": a, "dim2": b})

for dtype in ("i64", "u8"):
    family.case("view", lambda x: x.view(3, 2), [family.integers(0, 9, 2, 3, dtype=dtype)],
                {"size": [3, 2]})
family.case("transpose", lambda x: x.t(), [family.bools(2, 3)], {"dim0": 0, "dim1": 1})
family.write()
