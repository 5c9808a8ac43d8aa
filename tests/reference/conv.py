"""Writes conv.safetensors: convolutions and their transposes over one, two and three axes
in random configurations, windows as columns and back."""
import torch
from torch.nn import functional as F

from common import Family

family = Family("conv", seed=61)
random = family.random
LARGEST = 500  # elements of any tensor, so that the file stays small


def number(low, high):
    """From low to high, both included."""
    return int(random.integers(low, high + 1))


def chance(p):
    return random.random() < p


def numbers(axes, low, high):
    return [number(low, high) for _ in range(axes)]


def settings(axes):
    """kernel, stride, padding, dilation: each is often what it is by default."""
    kernel = numbers(axes, 1, 4)
    stride = numbers(axes, 1, 3) if chance(0.5) else [1] * axes
    padding = numbers(axes, 0, 3) if chance(0.6) else [0] * axes
    dilation = numbers(axes, 1, 3) if chance(0.4) else [1] * axes
    return kernel, stride, padding, dilation


def channels():
    """groups and the channels of a group, in and out; sometimes depthwise."""
    groups = 1 if chance(0.5) else number(2, 4)
    depthwise = groups > 1 and chance(0.4)
    return groups, 1 if depthwise else number(1, 5), number(1, 2) if depthwise else number(1, 4)


def product(sizes):
    result = 1
    for n in sizes:
        result *= n
    return result


def tensors(x, w, K):
    """An input without N now and then, a bias more often than not; a fifth in f64."""
    dtype = "f64" if chance(0.2) else "f32"
    bias = chance(0.7)
    shape = x[1:] if x[0] == 1 and chance(0.5) else x
    inputs = [family.normal(*shape, dtype=dtype), family.normal(*w, dtype=dtype)]
    if bias:
        inputs.append(family.normal(K, dtype=dtype))
    return inputs, 1e-11 if dtype == "f64" else 1e-5


def conv(axes):
    kernel, stride, padding, dilation = settings(axes)
    groups, C, K = channels()
    span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    least = [max(1, s - 2 * p) for s, p in zip(span, padding)]
    # Now and then the kernel fills the grid; sizes are 1, primes and others.
    grid = least if chance(0.15) else [n + number(0, 7) for n in least]
    x, w = [number(1, 3), C * groups] + grid, [K * groups, C] + kernel
    y = [(n + 2 * p - s) // t + 1 for n, p, s, t in zip(grid, padding, span, stride)]
    if max(product(x), product(w), x[0] * w[0] * product(y)) > LARGEST:
        return conv(axes)
    inputs, tolerance = tensors(x, w, K * groups)
    function = getattr(F, f"conv{axes}d")
    family.case(f"conv{axes}d",
                lambda x, w, b=None: function(x, w, b, stride, padding, dilation, groups),
                inputs, {"stride": stride, "padding": padding, "dilation": dilation,
                         "groups": groups}, tolerance)


def conv_transpose(axes):
    kernel, stride, padding, dilation = settings(axes)
    groups, C, K = channels()
    extra = [number(0, max(s, d) - 1) for s, d in zip(stride, dilation)]
    grid = numbers(axes, 1, 6)
    y = [(n - 1) * s - 2 * p + d * (k - 1) + 1 + e for n, s, p, d, k, e in
         zip(grid, stride, padding, dilation, kernel, extra)]
    x, w = [number(1, 3), C * groups] + grid, [C * groups, K] + kernel
    if min(y) < 1 or max(product(x), product(w), x[0] * K * groups * product(y)) > LARGEST:
        return conv_transpose(axes)
    inputs, tolerance = tensors(x, w, K * groups)
    function = getattr(F, f"conv_transpose{axes}d")
    family.case(f"conv_transpose{axes}d",
                lambda x, w, b=None: function(x, w, b, stride, padding, extra, groups, dilation),
                inputs, {"stride": stride, "padding": padding, "output_padding": extra,
                         "groups": groups, "dilation": dilation}, tolerance)


for axes, count in [(1, 40), (2, 70), (3, 30)]:
    for _ in range(count):
        conv(axes)
for axes, count in [(1, 30), (2, 50), (3, 20)]:
    for _ in range(count):
        conv_transpose(axes)

# ---- no samples ---------------------------------------------------------------------------

for dtype in ("f32", "f64"):
    family.case("conv2d", F.conv2d, [family.normal(0, 3, 4, 4, dtype=dtype),
                                     family.normal(2, 3, 3, 3, dtype=dtype),
                                     family.normal(2, dtype=dtype)])
family.case("conv_transpose2d", F.conv_transpose2d,
            [family.normal(0, 2, 3, 3), family.normal(2, 4, 2, 2), family.normal(4)])

# ---- windows as columns, and back -----------------------------------------------------------


def windows():
    kernel, stride, padding, dilation = settings(2)
    span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    grid = [max(1, s - 2 * p) + number(0, 5) for s, p in zip(span, padding)]
    count = [(n + 2 * p - s) // t + 1 for n, p, s, t in zip(grid, padding, span, stride)]
    N, C = number(0, 3), number(1, 3)
    x, col = [N, C] + grid, [N, C * product(kernel), product(count)]
    if max(product(x), product(col)) > LARGEST:
        return windows()
    if chance(0.3):
        x, col = x[1:], col[1:]
    attrs = {"kernel_size": kernel, "dilation": dilation, "padding": padding, "stride": stride}
    return x, col, grid, attrs


for i in range(24):
    x, col, grid, attrs = windows()
    dtype = "f64" if i % 4 == 0 else "f32"
    family.case("im2col", lambda x: F.unfold(x, **attrs), [family.normal(*x, dtype=dtype)], attrs)
    family.case("col2im", lambda x: F.fold(x, grid, **attrs), [family.normal(*col, dtype=dtype)],
                {"output_size": grid, **attrs})
family.write()
