"""Writes choosing.safetensors: joining tensors, and picking elements of them."""
import torch
from torch.nn import functional

from common import TYPES, WHOLE, Family

family = Family("choosing", seed=14)

# ---- cat, stack --------------------------------------------------------------------------

JOINS = [([(2, 3), (1, 3)], 0), ([(2, 1, 2), (2, 3, 2), (2, 0, 2)], 1), ([(4,)], 0),
         ([(2, 3), (0,), (2, 3)], -1), ([(0,), (2, 3)], 1), ([(0,), (0,)], 0),
         ([(2, 3)] * 5, -1), ([(0, 2), (3, 2)], 0)]
for shapes, dim in JOINS:
    family.case("cat", lambda *x: torch.cat(x, dim), [family.normal(*s) for s in shapes],
                {"dim": dim})
for shapes, dim in [([(2, 3)] * 2, 0), ([(2, 3)] * 3, -1), ([(2, 3)] * 2, 1), ([()] * 4, 0),
                    ([(0, 2)] * 2, 1), ([(3,)], -2)]:
    family.case("stack", lambda *x: torch.stack(x, dim),
                [family.normal(*s) for s in shapes], {"dim": dim})
mixed = [family.integers(-9, 9, 2, dtype="i32"), family.normal(2), family.bools(2)]
for op in ("cat", "stack"):
    function = getattr(torch, op)
    family.case(op, lambda *x: function(x), mixed)
    family.case(op, lambda *x: function(x),
                [family.normal(2), family.normal(2, dtype="f64")])
    for dtype in (*WHOLE, "f16", "bf16"):
        x = family.integers(0, 9, 3, dtype=dtype)
        family.case(op, lambda *x: function(x), [x, x], grad=False)

# ---- gather, index_select ----------------------------------------------------------------

GATHERS = [((3, 4), 1, 4, (3, 2)), ((3, 2, 4), 0, 3, (5, 1, 3)), ((4,), -1, 4, (7,)),
           ((), 0, 1, ()), ((3, 4), 0, 3, (2, 0)), ((2, 3), 1, 3, (2, 9))]
for shape, dim, n, index in GATHERS:
    family.case("gather", lambda x, k: x.gather(dim, k),
                [family.normal(*shape), family.integers(0, n, *index)], {"dim": dim})
for shape, dim, n, count in [((4, 3), 0, 4, 6), ((2, 3, 4), 1, 3, 2), ((5,), -1, 5, 8),
                             ((3, 2), 1, 2, 0), ((2, 0, 3), 0, 2, 3)]:
    family.case("index_select", lambda x, k: x.index_select(dim, k),
                [family.normal(*shape), family.integers(0, n, count)], {"dim": dim})
for dtype in (*WHOLE, "bool"):
    x = family.integers(0, 2, 4, 2, dtype=dtype)
    family.case("gather", lambda x, k: x.gather(0, k), [x, family.integers(0, 4, 3, 2)],
                {"dim": 0})
    family.case("index_select", lambda x, k: x.index_select(0, k),
                [x, family.integers(0, 4, 3)], {"dim": 0})

# ---- index, index_put --------------------------------------------------------------------

def picked(x, *indices):
    return x[tuple(slice(None) if k is None else k for k in indices)]


def index(size, *shape):
    return family.integers(-size, size, *shape)


PICKS = [((4, 3), [index(4, 5)]), ((4, 3), [index(4, 2, 2), index(3, 2)]),
         ((2, 4, 3), [None, index(4, 3)]), ((4, 2, 3), [index(4, 2), None, index(3, 2)]),
         ((4, 2, 3), [index(4, 2, 1), index(2, 3)]),
         ((2, 3, 4, 5), [None, index(3, 2), index(4, 1)]),
         ((2, 3, 4, 5), [None, index(3, 2), None, index(5, 2)]), ((4, 3), [index(4, 0)]),
         ((4, 0, 2), [index(4, 3)]), ((5,), [index(5, 3, 1, 2)]),
         ((3, 4), [None, index(4)]),
         ((3, 2, 4), [index(3, 2, 2), index(2), index(4, 2, 1)])]
for shape, indices in PICKS:
    family.case("index", picked, [family.normal(*shape), *indices])
for dtype in (*WHOLE, "bool"):
    family.case("index", picked, [family.integers(0, 2, 4, 2, dtype=dtype), index(4, 3)])


def put(x, v, *indices, accumulate=False):
    return torch.ops.aten.index_put(x, list(indices), v, accumulate)


# Without accumulate, PyTorch leaves open which of two values for one place stays.
PUTS = [((4, 3), (2, 3), [torch.tensor([0, -1])]),
        ((4, 3), (), [torch.tensor([0, 2]), torch.tensor([1, 2])]),
        ((2, 4, 3), (2, 1, 3), [None, torch.tensor([3, 1])]),
        ((4, 2, 3), (2, 1), [torch.tensor([1, 2]), None, torch.tensor([2, 0])]),
        ((4, 3), (3,), [torch.zeros(0, dtype=torch.int64)]),
        ((3,), (1,), [torch.tensor([[2], [0]])])]
for shape, values, indices in PUTS:
    for accumulate in (False, True):
        family.case("index_put", lambda x, v, *k: put(x, v, *k, accumulate=accumulate),
                    [family.normal(*shape), family.normal(*values), *indices],
                    {"accumulate": accumulate})
for shape, values, indices in [((4, 3), (5, 3), [index(4, 5)]),
                               ((4, 3), (), [index(4, 6), index(3, 6)])]:
    family.case("index_put", lambda x, v, *k: put(x, v, *k, accumulate=True),
                [family.normal(*shape), family.normal(*values), *indices],
                {"accumulate": True})
for dtype in WHOLE:
    family.case("index_put", lambda x, v, k: put(x, v, k, accumulate=True),
                [family.integers(0, 50, 4, dtype=dtype),
                 family.integers(0, 9, 6, dtype=dtype), index(4, 6)], {"accumulate": True})

# ---- masked_fill, nonzero, one_hot -------------------------------------------------------

for x, mask, value in [((3, 4), (3, 4), -1.5), ((2, 1, 4), (3, 1), "-inf"), ((), (2,), 2.0),
                       ((0, 2), (1,), 1.0)]:
    family.case("masked_fill", lambda x, m: x.masked_fill(m, float(value)),
                [family.normal(*x), family.bools(*mask)], {"value": value})
for dtype in WHOLE:
    family.case("masked_fill", lambda x, m: x.masked_fill(m, 3),
                [family.integers(0, 9, 2, 3, dtype=dtype), family.bools(3)], {"value": 3})
for x in (family.bools(3, 4), family.bools(2, 2, 3), torch.tensor(2.0), torch.tensor(0),
          torch.zeros(2, 0), torch.tensor([0.0, -0.0, float("nan"), 1e-30]),
          family.integers(0, 2, 7, dtype="u8")):
    family.case("nonzero", torch.nonzero, [x])
for x, classes in [(family.integers(0, 4, 5), -1), (family.integers(0, 3, 2, 2), 5),
                   (torch.tensor(2), 3), (family.integers(0, 4, 0), 4)]:
    family.case("one_hot", lambda x: functional.one_hot(x, classes), [x],
                {"num_classes": classes})

# ---- sort, topk --------------------------------------------------------------------------

nan, inf = float("nan"), float("inf")
TIES = torch.tensor([[2.0, 5.0, 5.0, 2.0, 0.0], [5.0, 2.0, -0.0, 0.0, 5.0]])
ODD = torch.tensor([[1.0, nan, 5.0, nan, -inf], [inf, 2.0, -inf, nan, inf]])


def sort(x, dim, descending):
    return tuple(torch.sort(x, dim=dim, descending=descending, stable=True))


for descending in (False, True):
    for shape, dim in [((3, 4), 0), ((3, 4), -1), ((2, 5, 3), 1), ((), 0), ((1,), 0),
                       ((0, 3), 0), ((3, 0), 0), ((100,), 0)]:
        family.case("sort", lambda x: sort(x, dim, descending), [family.distinct(*shape)],
                    {"dim": dim, "descending": descending})
    for x in (TIES, ODD, family.bools(3, 9), *(family.integers(0, 5, 2, 9, dtype=d)
                                               for d in WHOLE)):
        for dim in (0, 1):
            family.case("sort", lambda x: sort(x, dim, descending), [x],
                        {"dim": dim, "descending": descending})

for largest in (False, True):
    for shape, k, dim in [((3, 4), 2, 0), ((3, 4), 4, -1), ((2, 5, 3), 3, 1), ((), 1, 0),
                          ((4,), 0, 0), ((100,), 7, 0), ((0, 3), 2, 1)]:
        family.case("topk", lambda x: tuple(x.topk(k, dim, largest)),
                    [family.distinct(*shape)], {"k": k, "dim": dim, "largest": largest})
    family.case("topk", lambda x: tuple(x.topk(3, 0, largest)),
                [torch.tensor([1.0, nan, 5.0, -inf, inf])],
                {"k": 3, "dim": 0, "largest": largest})
    for dtype in WHOLE:
        x = torch.tensor([5, 1, 9, 3, 7], dtype=TYPES[dtype])
        family.case("topk", lambda x: tuple(x.topk(2, 0, largest)), [x],
                    {"k": 2, "dim": 0, "largest": largest})

# ---- scatter -----------------------------------------------------------------------------

def places(dim, shape, size):
    """Index tensors that name no place twice along dim: a random order in each line."""
    order = torch.from_numpy(family.random.random(shape[:dim] + (size,) + shape[dim + 1:]))
    return order.argsort(dim).narrow(dim, 0, shape[dim])


# PyTorch's gradient of scatter wants index and src of one shape, and no place twice.
for shape, dim, index in [((3, 4), 1, (3, 2)), ((3, 4), 0, (2, 4)), ((4,), 0, (3,)),
                          ((5, 2, 4), 0, (4, 1, 3)), ((3, 4), 0, (0, 4))]:
    k = places(dim, index, shape[dim])
    family.case("scatter", lambda x, k, s: x.scatter(dim, k, s),
                [family.normal(*shape), k, family.normal(*index)], {"dim": dim})
    family.case("scatter_add", lambda x, k, s: x.scatter_add(dim, k, s),
                [family.normal(*shape), family.integers(0, shape[dim], *index),
                 family.normal(*index)], {"dim": dim})
family.case("scatter", lambda x, k, s: x.scatter(0, k, s),
            [family.normal(), torch.tensor(0), family.normal()], {"dim": 0})
family.case("scatter_add", lambda x, k, s: x.scatter_add(0, k, s),
            [family.normal(3), family.integers(0, 3, 50), family.normal(50)], {"dim": 0})
for op in ("scatter", "scatter_add"):
    function = getattr(torch, op)
    family.case(op, lambda x, k, s: function(x, 1, k, s),  # src longer than index
                [family.normal(3, 4), places(1, (2, 3), 4), family.normal(4, 5)],
                {"dim": 1}, grad=False)
    for dtype in WHOLE:
        family.case(op, lambda x, k, s: function(x, 0, k, s),
                    [family.integers(0, 50, 4, dtype=dtype), places(0, (3,), 4),
                     family.integers(0, 9, 3, dtype=dtype)], {"dim": 0})
family.write()
