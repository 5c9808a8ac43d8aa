"""Writes resize.safetensors: grids of another size, with random settings."""
import torch
from torch.nn import functional as F

from common import Family

family = Family("resize", seed=37)
random = family.random


def sizes(axes, low=1):
    return [int(n) for n in random.integers(low, (18, 9, 6)[axes - 1], axes)]


def factors(axes):
    return [float(f) for f in random.choice([0.5, 2, 3, 1.5, 1 / 3, 0.7, 1.3, 2.4, 1], axes)]


MODES = {"nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "linear": (1,), "bilinear": (2,),
         "trilinear": (3,), "bicubic": (2,), "area": (1, 2, 3)}
for mode, ranks in MODES.items():
    for axes in ranks:
        for i in range(24 if len(ranks) == 1 else 10):
            shape = [int(random.integers(1, 3)), int(random.integers(1, 4)), *sizes(axes)]
            dtype = ("f32", "f32", "f64")[i % 3]
            if mode.startswith("nearest"):
                dtype = ("f32", "f32", "u8")[i % 3]  # of f64 PyTorch's choice varies by a place
            attrs, given = {"mode": mode}, {}
            if i % 2:
                given["size"] = attrs["size"] = sizes(axes)
            else:
                f = factors(axes)
                if any(int(n * s) < 1 for n, s in zip(shape[2:], f)):
                    continue
                if mode == "bicubic" and all(int(n * s) == n for n, s in zip(shape[2:], f)):
                    continue  # PyTorch's backward takes this for a copy, its forward does not
                given["scale_factor"] = attrs["scale_factor"] = f
            if mode in ("linear", "bilinear", "trilinear", "bicubic") and i % 4 > 1:
                given["align_corners"] = attrs["align_corners"] = True
            x = family.normal(*shape, dtype=dtype) if dtype != "u8" else family.integers(
                0, 256, *shape, dtype="u8")
            family.case("interpolate" if mode != "area" else "interpolate_area",
                        lambda x: F.interpolate(x, mode=mode, **given), [x], attrs,
                        tolerance=2e-5 if dtype == "f32" else 1e-11)
# Long axes, where a float decides which of two neighbours is the nearest.
for n, m in ((97, 61), (61, 97), (120, 200), (49, 147), (7, 100)):
    for mode in ("nearest", "nearest-exact"):
        family.case("interpolate", lambda x: F.interpolate(x, size=m, mode=mode),
                    [torch.arange(n, dtype=torch.float32).view(1, 1, n)], {"size": m, "mode": mode})
        family.case("interpolate", lambda x: F.interpolate(x, scale_factor=m / n, mode=mode),
                    [torch.arange(n, dtype=torch.float32).view(1, 1, n)],
                    {"scale_factor": m / n, "mode": mode})

for shape, r in [((1, 4, 2, 3), 2), ((9, 1, 5), 3), ((2, 3, 12, 1, 2), 2), ((2, 3, 2, 2), 1),
                 ((1, 16, 1, 1), 4)]:
    for dtype in ("f32", "f64"):
        family.case("pixel_shuffle", lambda x: F.pixel_shuffle(x, r),
                    [family.normal(*shape, dtype=dtype)], {"upscale_factor": r})
    large = F.pixel_shuffle(torch.zeros(shape), r).shape
    family.case("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, r),
                [family.normal(*large)], {"downscale_factor": r})
family.case("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2),
            [family.integers(0, 99, 4, 2, 2, dtype="u8")], {"upscale_factor": 2})
family.write()
