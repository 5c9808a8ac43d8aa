"""Writes moving.safetensors: the same elements in other places."""
import torch
from torch.nn import functional

from common import WHOLE, Family

family = Family("moving", seed=16)

# ---- roll, flip, tril, triu --------------------------------------------------------------

for shape, shifts, dims in [((2, 5), [2], [1]), ((3, 2, 4), [-1, 5], [2, 0]),
                            ((5,), [-7], [0]), ((2, 3), [4], []), ((3, 4), [1, 2], [0, 0]),
                            ((0, 3), [1], [0]), ((4,), [0], [0]), ((3, 0), [2], []),
                            ((2, 3), [-100003], [1])]:
    family.case("roll", lambda x: torch.roll(x, shifts, dims), [family.normal(*shape)],
                {"shifts": shifts, "dims": dims})
for shape, dims in [((2, 5), [1]), ((3, 2, 4), [-1, 0]), ((3,), []), ((), []),
                    ((0, 2), [0]), ((2, 3, 4), [0, 1, 2])]:
    family.case("flip", lambda x: torch.flip(x, dims), [family.normal(*shape)],
                {"dims": dims})
for op in ("tril", "triu"):
    function = getattr(torch, op)
    for shape in [(3, 4), (4, 3), (2, 3, 3), (0, 3), (3, 0), (1, 1)]:
        for diagonal in (-5, -1, 0, 1, 2, 5):
            family.case(op, lambda x: function(x, diagonal), [family.normal(*shape)],
                        {"diagonal": diagonal})
for dtype in (*WHOLE, "bool"):
    x = family.integers(0, 2, 3, 4, dtype=dtype)
    family.case("roll", lambda x: torch.roll(x, 1, 0), [x], {"shifts": [1], "dims": [0]})
    family.case("flip", lambda x: torch.flip(x, [1]), [x], {"dims": [1]})
    family.case("tril", lambda x: torch.tril(x), [x])

# ---- pad ---------------------------------------------------------------------------------

def pad(x, amounts, mode="constant", value=0.0):
    return functional.pad(x, amounts, mode, value)


for shape, amounts in [((2, 3), [1, 2]), ((2, 3, 4), [1, -1, 0, 2]), ((5,), [-2, -1]),
                       ((2, 2, 2, 2), [1, 0, 0, 1, 2, 2, -1, 0]), ((3,), []), ((), []),
                       ((2, 0), [1, 1]), ((3, 4), [-3, 4]), ((3, 4), [-2, -2])]:
    family.case("pad", lambda x: pad(x, amounts, value=1.5), [family.normal(*shape)],
                {"pad": amounts, "value": 1.5})
for mode in ("reflect", "replicate"):
    for shape, amounts in [((2, 3), [1, 2]), ((2, 3, 4), [2, 1]), ((2, 3, 4), [3, 2, 1, 1]),
                           ((1, 2, 3, 4), [3, 0, 2, 2]), ((2, 2, 3, 4), [1, 2, 1, 2, 1, 0]),
                           ((1, 2, 3, 4, 2), [1, 1, 3, 2, 0, 2])]:
        family.case("pad", lambda x: pad(x, amounts, mode), [family.normal(*shape)],
                    {"pad": amounts, "mode": mode})
family.case("pad", lambda x: pad(x, [9, 4], "replicate"),
            [family.normal(2, 2, dtype="f64")], {"pad": [9, 4], "mode": "replicate"})
for dtype in WHOLE:
    family.case("pad", lambda x: pad(x, [1, 1], value=7),
                [family.integers(0, 9, 3, dtype=dtype)], {"pad": [1, 1], "value": 7})
family.case("pad", lambda x: pad(x, [1, 1], value=1), [family.bools(3)],
            {"pad": [1, 1], "value": 1})

# ---- repeat, repeat_interleave, unfold ---------------------------------------------------

for shape, repeats in [((2, 3), [2, 1]), ((2, 3), [3, 1, 2]), ((3,), [4]), ((), [2, 3]),
                       ((), []), ((2, 3), [0, 2]), ((0, 2), [3, 1]), ((2, 3), [1, 1])]:
    family.case("repeat", lambda x: x.repeat(repeats), [family.normal(*shape)],
                {"repeats": repeats})
for shape, repeats, dim in [((2, 3), 2, 1), ((2, 3, 2), 3, 1), ((3,), 4, -1),
                            ((2, 3), 0, 0), ((2, 0), 2, 0), ((2, 3), 1, 0)]:
    family.case("repeat_interleave", lambda x: x.repeat_interleave(repeats, dim),
                [family.normal(*shape)], {"repeats": repeats, "dim": dim})
family.case("repeat", lambda x: x.repeat(2, 2), [family.integers(0, 9, 3)],
            {"repeats": [2, 2]})
for shape, dim, size, step in [((7,), 0, 3, 1), ((7,), 0, 3, 2), ((2, 6, 3), 1, 2, 2),
                               ((4, 5), -1, 4, 3), ((), 0, 1, 1), ((3, 4), 0, 3, 5),
                               ((3, 4), 1, 0, 1), ((2, 0), 0, 1, 1)]:
    family.case("unfold", lambda x: x.unfold(dim, size, step), [family.normal(*shape)],
                {"dimension": dim, "size": size, "step": step})

# ---- einsum, outer -----------------------------------------------------------------------

EQUATIONS = [("ij->ji", [(2, 3)]), ("ii->i", [(3, 3)]), ("ii", [(3, 3)]),
             ("ij->", [(2, 3)]), ("ij->i", [(2, 3)]), ("i,j->ij", [(2,), (3,)]),
             ("i,i", [(3,), (3,)]),
             ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 4)]),
             ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]), ("ij,ij->ij", [(2, 3), (2, 3)]),
             ("ij,ij->", [(2, 3), (2, 3)]), ("ik,jkl,il->ij", [(2, 3), (4, 3, 5), (2, 5)]),
             ("a,b,c,d->dcba", [(2,), (3,), (2,), (4,)]), ("...ij->...ji", [(2, 3, 4)]),
             ("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]),
             ("...i,i...", [(2, 3), (3, 2)]), ("...i->i", [(2, 4, 3)]),
             ("i...,i...->...", [(3, 2), (3, 4, 1)]), ("iij->ij", [(3, 3, 2)]),
             ("iji,jj->i", [(3, 2, 3), (2, 2)]), ("iijj->ij", [(2, 2, 3, 3)]),
             ("ijij->", [(2, 3, 2, 3)]), ("bA,aB", [(2, 3), (4, 5)]),
             ("ij,jk->ik", [(2, 1), (3, 4)]), ("ij,ij->j", [(1, 3), (2, 3)]),
             (" i j , j k -> k i ", [(2, 3), (3, 4)]), ("ij,kl->il", [(2, 3), (4, 5)]),
             ("ij,jk,kl->il", [(2, 0), (0, 3), (3, 2)]), ("", [()]), (",", [(), ()]),
             (",ij->ij", [(), (2, 3)]), ("->", [()]), ("...", [(2, 3)]),
             ("...,...", [(2, 3), (3,)]),
             ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
             ("bn,anm,bm->ba", [(2, 3), (5, 3, 4), (2, 4)]),
             ("...a->...", [(3,)]), ("i...j->j...i", [(2, 3, 4, 5)])]
for equation, shapes in EQUATIONS:
    family.case("einsum", lambda *x: torch.einsum(equation, *x),
                [family.normal(*s, dtype="f64") for s in shapes], {"equation": equation})
family.case("einsum", lambda *x: torch.einsum("ij,jk->ik", *x),
            [family.normal(2, 3), family.normal(3, 4)], {"equation": "ij,jk->ik"})
for equation, shapes in [("ij,jk->ik", [(2, 3), (3, 4)]), ("ij->j", [(2, 3)]),
                         ("ij,k->k", [(2, 3), (4,)])]:
    family.case("einsum", lambda *x: torch.einsum(equation, *x),
                [family.integers(-9, 9, *s, dtype="i32") for s in shapes],
                {"equation": equation})

for n, m in [(3, 4), (1, 1), (0, 2), (2, 0)]:
    family.case("outer", torch.outer, [family.normal(n), family.normal(m)])
for dtype in (*WHOLE, "bool"):
    family.case("outer", torch.outer,
                [family.integers(0, 90, 3, dtype=dtype), family.normal(2)])
    family.case("outer", torch.outer, [family.integers(0, 90, 3, dtype=dtype),
                                       family.integers(0, 90, 2, dtype=dtype)])

# ---- round and round -----------------------------------------------------------------------

for shape, amounts in [((2, 3), [1, 2]), ((2, 3, 4), [4, 4]), ((2, 3, 4), [3, 2, 1, 3]),
                       ((1, 2, 3, 4), [-1, 2, 2, -1]), ((1, 4), [-2, -1]), ((1, 1, 1), [1, 1]),
                       ((1, 2, 3, 4, 2), [1, 2, 3, 0, 0, 3])]:
    family.case("pad", lambda x: pad(x, amounts, "circular"), [family.normal(*shape)],
                {"pad": amounts, "mode": "circular"})
family.write()
