"""Writes linalg.safetensors: equations, inverses, determinants, factors."""
import torch

from common import TYPES, Family

family = Family("linalg", seed=17)


def square(*shape, dtype="f64"):
    """Normal numbers with more weight on the diagonal: well away from singular."""
    return family.normal(*shape, dtype=dtype) + 2 * torch.eye(shape[-1], dtype=TYPES[dtype])


TOLERANCE = {"f64": 1e-12, "f32": 1e-5}

# ---- solve, inv --------------------------------------------------------------------------

for dtype in ("f64", "f32"):
    for a, b in [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 4, 4), (2, 4)),
                 ((2, 3, 3), (2, 3, 1)), ((2, 1, 3, 3), (4, 3, 2)), ((3, 3), (5, 3, 2)),
                 ((4, 3, 3), (3,)), ((1, 1), (1, 1)), ((0, 0), (0, 2)), ((0, 3, 3), (0, 3)),
                 ((2, 3, 3), (3, 0)), ((40, 40), (40, 3))]:
        family.case("solve", torch.linalg.solve,
                    [square(*a, dtype=dtype), family.normal(*b, dtype=dtype)],
                    tolerance=(100 if a[-1] == 40 else 10) * TOLERANCE[dtype])
    for a in [(3, 3), (2, 4, 4), (2, 1, 2, 2), (1, 1), (0, 0), (0, 3, 3), (30, 30)]:
        family.case("inv", torch.linalg.inv,
                    [square(*a, dtype=dtype)],
                    tolerance=(1000 if a[-1] == 30 else 100) * TOLERANCE[dtype])
# A pivot of 0 in the corner, and one that must be searched for again.
SWAPS = torch.tensor([[0, 2, 1], [1, 0, 0], [2, 0, 3]], dtype=torch.float64)
family.case("solve", torch.linalg.solve, [SWAPS, family.normal(3, dtype="f64")])
family.case("inv", torch.linalg.inv, [SWAPS])

# ---- det ---------------------------------------------------------------------------------

for a in [(3, 3), (2, 2, 4, 4), (1, 1), (2, 2), (0, 0), (2, 0, 0), (0, 3, 3), (7, 7)]:
    family.case("det", torch.linalg.det, [family.normal(*a, dtype="f64")], tolerance=1e-11)
family.case("det", torch.linalg.det, [family.normal(4, 4)], tolerance=1e-5)
family.case("det", torch.linalg.det, [SWAPS])
family.case("det", torch.linalg.det, [SWAPS[[1, 0, 2]]])

# ---- lstsq, qr ---------------------------------------------------------------------------

for dtype in ("f64", "f32"):
    for a, b in [((5, 3), (5, 2)), ((4, 2), (4, 1)), ((3, 3), (3, 2)),
                 ((2, 5, 3), (2, 5, 2)), ((30, 8), (30, 1))]:
        family.case("lstsq", lambda a, b: torch.linalg.lstsq(a, b).solution,
                    [family.normal(*a, dtype=dtype), family.normal(*b, dtype=dtype)],
                    tolerance=100 * TOLERANCE[dtype])
    for a in [(5, 3), (3, 3), (2, 4, 2), (4, 1), (1, 1), (30, 8), (2, 3, 6, 4)]:
        family.case("qr", torch.linalg.qr, [family.normal(*a, dtype=dtype)],
                    tolerance=100 * TOLERANCE[dtype])
    for a in [(2, 4), (3, 0), (0, 3), (1, 5)]:
        family.case("qr", torch.linalg.qr, [family.normal(*a, dtype=dtype)], grad=False,
                    tolerance=10 * TOLERANCE[dtype])
family.case("qr", torch.linalg.qr, [torch.triu(family.normal(3, 3, dtype="f64"))])
family.case("qr", torch.linalg.qr, [SWAPS])
family.write()
