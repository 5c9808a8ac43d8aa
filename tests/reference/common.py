"""What the scripts of this folder share: recording what PyTorch computes.

Each script covers a family of operators and writes FAMILY.safetensors beside itself, which
tests/ops_reference_test.cpp compares with what handgrad computes:

    from common import Family
    family = Family("reductions", seed=5)
    x = family.normal(3, 4)
    family.case("sum", lambda x: x.sum(1), [x], {"dim": [1]})
    family.write()

A case named C is stored as the tensors C/in.0, C/in.1, ..., C/out.0, ..., and, where
gradients exist, C/dout.0, ... (random) and C/din.0, .... The file's metadata maps C to a
JSON text {"op": ..., "attrs": {...}, "tolerance": ...}. Input None is an optional one left
out.
"""
import json
import math
import os
import struct

import numpy
import torch

TYPES = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "i32": torch.int32,
         "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8, "bool": torch.bool,
         "f16": torch.float16, "bf16": torch.bfloat16}
WHOLE = ("i64", "i32", "i16", "i8", "u8")
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.5, 2.5]
SAFETENSORS_NAMES = {t: name.upper() for name, t in TYPES.items()}


def special_pairs(dtype="f32"):
    """Every special number beside every other."""
    t = torch.tensor(SPECIAL, dtype=TYPES[dtype])
    return [t[:, None].expand(8, 8).contiguous(), t[None, :].expand(8, 8).contiguous()]


def edges(dtype):
    """The smallest and largest number of a whole type, and some between."""
    limits = torch.iinfo(TYPES[dtype])
    values = [limits.min, limits.max, 0, 1, 2, 7, limits.max // 2 + 1]
    if limits.min < 0:
        values += [-1, -7]
    return torch.tensor(values, dtype=TYPES[dtype])


def raw_bytes(t):
    """The elements of t in row-major order, little-endian."""
    t = t.detach().contiguous()
    if t.dtype == torch.bfloat16:
        t = t.view(torch.int16)
    return t.numpy().tobytes()


class Family:
    def __init__(self, name, seed):
        self.name = name
        self.random = numpy.random.default_rng(seed)
        self.tensors = {}
        self.cases = {}

    # ---- inputs -------------------------------------------------------------------------

    def normal(self, *shape, dtype="f32"):
        return torch.from_numpy(self.random.standard_normal(shape)).to(TYPES[dtype])

    def positive(self, *shape, dtype="f32"):
        """Between 0.5 and 2."""
        return torch.from_numpy(self.random.uniform(0.5, 2, shape)).to(TYPES[dtype])

    def distinct(self, *shape, dtype="f32"):
        """No two elements near each other, none near 0: away from kinks and ties."""
        n = int(numpy.prod(shape))
        values = self.random.permutation(n) * 0.37 - n * 0.37 / 2 + 0.1
        return torch.from_numpy(values.reshape(shape)).to(TYPES[dtype])

    def integers(self, low, high, *shape, dtype="i64"):
        """From low to high - 1."""
        return torch.from_numpy(self.random.integers(low, high, shape)).to(TYPES[dtype])

    def bools(self, *shape):
        return torch.from_numpy(self.random.integers(0, 2, shape)).to(torch.bool)

    # ---- recording ----------------------------------------------------------------------

    def case(self, op, function, inputs, attrs=None, tolerance=None, grad=True, nondiff=()):
        """Records function(*inputs), a tensor or a tuple of them, as a case of `op`.

        tolerance bounds |ours - PyTorch's| / max(1, |PyTorch's|); by default it is a few
        roundings of the element type. nondiff lists inputs without a gradient.
        """
        name = f"{op}.{sum(c['op'] == op for c in self.cases.values())}"
        leaves = []
        for i, x in enumerate(inputs):
            wanted = (grad and x is not None and x.is_floating_point() and i not in nondiff)
            leaves.append(x if x is None else x.detach().clone().requires_grad_(wanted))
        outputs = function(*leaves)
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        for i, x in enumerate(inputs):
            if x is not None:
                self.tensors[f"{name}/in.{i}"] = x
        roots, gradients = [], []
        for i, y in enumerate(outputs):
            self.tensors[f"{name}/out.{i}"] = y
            if y.requires_grad:
                dy = self.normal(*y.shape, dtype="f64").to(y.dtype)
                self.tensors[f"{name}/dout.{i}"] = dy
                roots.append(y)
                gradients.append(dy)
        wanted = [x for x in leaves if x is not None and x.requires_grad]
        if roots and wanted:
            found = iter(torch.autograd.grad(roots, wanted, gradients, allow_unused=True))
            for i, x in enumerate(leaves):
                if x is not None and x.requires_grad:
                    dx = next(found)
                    dx = torch.zeros_like(x) if dx is None else dx
                    self.tensors[f"{name}/din.{i}"] = dx
        if tolerance is None:
            used = [t.dtype for t in [*outputs, *(x for x in inputs if x is not None)]]
            tolerance = (1e-2 if torch.bfloat16 in used or torch.float16 in used
                         else 2e-6 if torch.float32 in used else 1e-12)
        self.cases[name] = {"op": op, "attrs": attrs or {}, "tolerance": tolerance}

    def write(self):
        header = {"__metadata__": {c: json.dumps(v) for c, v in self.cases.items()}}
        data = b""
        for name, t in self.tensors.items():
            raw = raw_bytes(t)
            header[name] = {"dtype": SAFETENSORS_NAMES[t.dtype], "shape": list(t.shape),
                            "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                            self.name + ".safetensors")
        with open(path, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text + data)
        print(f"{path}: {len(self.cases)} cases, {8 + len(text) + len(data)} bytes")
