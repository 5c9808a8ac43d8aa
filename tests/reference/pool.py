"""Writes pool.safetensors: pooling over sequences, images and volumes, with random
settings."""
import torch
from torch.nn import functional as F

from common import Family

family = Family("pool", seed=31)
random = family.random


def pick(*choices):
    return choices[random.integers(len(choices))]


def lists(axes, make):
    """A number for each axis, or one for all of them: [n] and n."""
    numbers = [int(make(d)) for d in range(axes)]
    return [numbers[0]] * axes if random.random() < 0.3 else numbers


def shape_for(sizes):
    """With or without a batch axis; prime and unit numbers of samples and channels."""
    return [*pick((), (1,), (2,), (3,)), pick(1, 2, 3), *sizes]


def short(numbers):
    """One number where all are equal."""
    return numbers[:1] if len(set(numbers)) == 1 else numbers


def fits(sizes, kernel, stride, padding, dilation, ceil_mode):
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation):
        reach = d * (k - 1) + 1
        rest = n + 2 * p - reach + (s - 1 if ceil_mode else 0)
        # A dilated window must not step over the whole axis.
        if p > k // 2 or rest < 0 or any(
                all(not 0 <= first + j * d < n for j in range(k)) for first in range(-p, 0, s)):
            return False
    return True


def settings(axes, dilated):
    while True:
        sizes = [int(n) for n in random.integers(1, (14, 8, 6)[axes - 1], axes)]
        kernel = lists(axes, lambda d: random.integers(1, 5))
        stride = lists(axes, lambda d: random.integers(1, 5)) if random.random() < 0.7 else kernel
        dilation = lists(axes, lambda d: random.integers(1, 4)) if dilated else [1] * axes
        padding = lists(axes, lambda d: random.integers(0, 3))
        ceil_mode = bool(random.integers(2))
        if fits(sizes, kernel, stride, padding, dilation, ceil_mode):
            return sizes, kernel, stride, padding, dilation, ceil_mode


MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
ADAPTIVE_AVG = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
UNPOOL = {1: F.max_unpool1d, 2: F.max_unpool2d, 3: F.max_unpool3d}

# ---- windows of a given size ----------------------------------------------------------------

for axes, count in ((1, 24), (2, 40), (3, 14)):
    for i in range(count):
        sizes, kernel, stride, padding, dilation, ceil_mode = settings(axes, i % 2)
        attrs = {"kernel_size": short(kernel), "padding": short(padding),
                 "dilation": short(dilation), "ceil_mode": ceil_mode}
        if stride != kernel:
            attrs["stride"] = short(stride)
        x = family.distinct(*shape_for(sizes), dtype=pick("f32", "f64"))
        family.case(f"max_pool{axes}d", lambda x: MAX[axes](
            x, kernel, stride, padding, dilation, ceil_mode, return_indices=True), [x], attrs)
    for i in range(count):
        sizes, kernel, stride, padding, _, ceil_mode = settings(axes, False)
        while axes == 3 and any(k > n for k, n in zip(kernel, sizes)):  # refused by PyTorch
            sizes, kernel, stride, padding, _, ceil_mode = settings(axes, False)
        include, divisor = bool(random.integers(2)), pick(None, None, 2, -3, 7)
        attrs = {"kernel_size": short(kernel), "padding": short(padding), "ceil_mode": ceil_mode,
                 "count_include_pad": include}
        if stride != kernel:
            attrs["stride"] = short(stride)
        more = []
        if axes > 1:
            more = [divisor]
            attrs["divisor_override"] = divisor
        x = family.normal(*shape_for(sizes), dtype=pick("f32", "f64"))
        family.case(f"avg_pool{axes}d", lambda x: AVG[axes](
            x, kernel, stride, padding, ceil_mode, include, *more), [x], attrs)

# Ties, nan and infinities; whole numbers; no samples.
for values in ([1, 1, 0, 1, 1, 2, 2, 2.], [0, float("nan"), 3, float("nan"), 5, -1, 2, 2],
               [-float("inf")] * 8, [-0.0, 0.0, 0.0, -0.0, 1, 1, 1, 1]):
    x = torch.tensor(values).view(1, 2, 4)
    family.case("max_pool2d", lambda x: F.max_pool2d(x, 2, return_indices=True), [x])
    family.case("max_pool2d", lambda x: F.max_pool2d(x, 2, 1, 1, return_indices=True), [x],
                {"stride": [1], "padding": [1]})
    family.case("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(
        x, (1, 3), return_indices=True), [x], {"output_size": [1, 3]})
for dtype in ("i64", "i32", "i16", "i8", "u8"):
    x = family.integers(0, 100, 1, 2, 4, 4, dtype=dtype)
    family.case("max_pool2d", lambda x: F.max_pool2d(x, 3, 1, return_indices=True), [x],
                {"kernel_size": 3, "stride": 1})
x = family.integers(-99, 100, 1, 2, 5, 5)
family.case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), [x],
            {"kernel_size": 3, "stride": 2, "padding": 1})
family.case("avg_pool1d", lambda x: F.avg_pool1d(x, 3), [x[0, 0]], {"kernel_size": 3})
family.case("max_pool2d", lambda x: F.max_pool2d(x, 2, return_indices=True), [torch.zeros(0, 2, 4, 4)])
family.case("avg_pool2d", lambda x: F.avg_pool2d(x, 2), [torch.zeros(0, 2, 4, 4)])

# ---- as many windows as wanted --------------------------------------------------------------

for axes, count in ((1, 10), (2, 16), (3, 8)):
    for i in range(count):
        sizes = [int(n) for n in random.integers(1, (20, 9, 6)[axes - 1], axes)]
        wanted = [int(n) for n in random.integers(1, (12, 8, 5)[axes - 1], axes)]
        if i % 5 == 1:
            wanted = [1] * axes
        if i % 5 == 3:
            wanted[-1] = -1
        theirs = [sizes[d] if wanted[d] < 0 else wanted[d] for d in range(axes)]
        shape, dtype = shape_for(sizes), pick("f32", "f64")
        family.case(f"adaptive_avg_pool{axes}d", lambda x: ADAPTIVE_AVG[axes](x, theirs),
                    [family.normal(*shape, dtype=dtype)], {"output_size": wanted})
        family.case(f"adaptive_max_pool{axes}d", lambda x: ADAPTIVE_MAX[axes](
            x, theirs, return_indices=True), [family.distinct(*shape, dtype=dtype)],
            {"output_size": wanted})
family.case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (0, 2)),
            [family.normal(2, 3, 4, 4)], {"output_size": [0, 2]}, grad=False)

# ---- max_unpool -----------------------------------------------------------------------------

for axes, count in ((1, 6), (2, 10), (3, 4)):
    for i in range(count):
        kernel = lists(axes, lambda d: random.integers(1, 4))
        sizes = [int(n) for n in random.integers(4, (14, 9, 7)[axes - 1], axes)]
        attrs = {"kernel_size": short(kernel)}
        wanted = None
        if i % 2:
            wanted = sizes
            attrs["output_size"] = wanted
        x = family.distinct(*shape_for(sizes), dtype=pick("f32", "f64"))
        y, k = MAX[axes](x, kernel, return_indices=True)
        if wanted is None:  # the places of a grid without the rest
            inside = [n // m * m for n, m in zip(sizes, kernel)]
            x = x[(..., *(slice(0, n) for n in inside))].contiguous()
            y, k = MAX[axes](x, kernel, return_indices=True)
        family.case(f"max_unpool{axes}d", lambda y, k: UNPOOL[axes](
            y, k, kernel, output_size=wanted), [y, k], attrs)
family.write()
