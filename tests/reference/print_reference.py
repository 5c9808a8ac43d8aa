"""Writes print.txt: how PyTorch prints a list of tensors, and the tensors' numbers.

Each case is a few lines:

    case f32 (2,3) grad          the type, the shape, and "grad" if it requires a gradient
    0x1.8p+0 nan -inf ...        the elements, fractions in hexadecimal; or their rule
    tensor([[1.5000, ...         what is printed, up to the next "case"

Types are called by handgrad's names in the printed text too.
"""
import math
import os
import re
import torch

types = {"f32": torch.float32, "f64": torch.float64, "i64": torch.int64, "i32": torch.int32,
         "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8, "bool": torch.bool,
         "f16": torch.float16, "bf16": torch.bfloat16}
names = {str(torch_type): name for name, torch_type in types.items()}
nan, inf = math.nan, math.inf


def fractions(type_name="f32"):
    t = types[type_name]
    rows = [
        3.0, 0.1, -2.5, 0.0, -0.0, nan, inf, -inf, 1e-5, 1e9, 123456789.0, 1e8, 1e-300,
        [1.0, 2.0, 3.0], [1.5, 2.0], [-1.0, 2.0], [-1.5, 20.25, 300.0],
        [0.0, 0.0], [0.0, 1.0], [0.0, 0.5], [nan, 1.0], [nan, 1.5], [inf, -2.0], [-inf, 0.25],
        [nan, inf, -inf], [1.0, 1000.0], [1.0, 1001.0], [1.5, 1499.0], [1.5, 1501.0],
        [1e8, 1e8], [1e9, 1e9], [2e8, nan], [1e-4, 1e-4], [9e-5, 9e-5], [1e-5, 1.0],
        [0.0001, 0.1], [-1e-6, nan, 0.0], [1e10, -1e-10], [1e38, 1.0], [12345.678, -0.001],
        [0.99999, 1.00001], [99999.5, 100.25], [1e30, -1e30], [-0.0, 1.0],
        [[1.0, 2.0], [3.0, 4.0]], [[1.5, -2.25], [3.0, 40.0]], [[nan, 1.0], [inf, -1.0]],
        [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]],
        [[[[0.5], [1.5]]], [[[2.5], [-3.5]]]],
        [[1e-3], [1e3]], [],
    ]
    return [torch.tensor(row, dtype=torch.float64).to(t) for row in rows]


cases = fractions()
cases += [t for i, t in enumerate(fractions("f64")) if i % 3 == 0]
cases += [torch.tensor([1e-4, 1e-4], dtype=torch.float64)]
for name in ("f16", "bf16"):
    cases += [torch.tensor(row).to(types[name])
              for row in (1.5, [1.0, 2.0], [0.1, -0.2], [1e-5, 1.0], [], [nan, 3.25])]
for name in ("i64", "i32", "i16", "i8"):
    cases += [torch.tensor(row, dtype=types[name])
              for row in (7, [1, -20, 100], [[0, 1], [-2, 3]], [], [[5], [-100]])]
cases += [torch.tensor(row, dtype=torch.uint8) for row in (200, [0, 255], [[1, 20], [100, 2]])]
cases += [torch.tensor([2 ** 62, -2 ** 63]), torch.tensor([2 ** 53 + 1])]
cases += [torch.tensor(row) for row in (True, [True, False], [[False, False], [True, True]],
                                        [True, True])]
cases += [torch.zeros(shape) for shape in ((0, 3), (2, 0), (2, 0, 3), (0,))]
cases += [torch.zeros((0, 3), dtype=types[name]) for name in ("i64", "bool", "f64", "u8")]
cases += [torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.bool)]

# Large tensors are given by a rule: element i is ((i * factor) mod modulus - shift) * scale.
rules = {}


def by_rule(shape, t=torch.float32, factor=1, modulus=10 ** 9, shift=0, scale=1.0):
    n = math.prod(shape)
    numbers = [((i * factor) % modulus - shift) * scale for i in range(n)]
    result = torch.tensor(numbers, dtype=torch.float64).to(t).reshape(shape)
    rules[len(cases)] = f"rule {factor} {modulus} {shift} {scale.hex()}"
    cases.append(result)


# long rows break into lines, and more than 1000 elements are shortened
for n in (20, 30, 1000, 1001, 2000):
    by_rule((n,), torch.int64)
    by_rule((n,))
    by_rule((n,), factor=7919, modulus=10007, shift=5000, scale=2.0 ** -10)
for shape in ((3, 4), (10, 12), (7, 143), (6, 200), (2, 3, 4), (2, 30, 30), (11, 10, 10),
              (8, 7, 7, 7), (2, 1, 2, 1, 3), (1001, 1), (1, 1001), (1001, 0)):
    by_rule(shape, factor=7919, modulus=10007, shift=5000, scale=2.0 ** -10)
for shape in ((30, 40), (6, 200), (7, 2, 86)):
    by_rule(shape, torch.int32)
by_rule((40, 30), torch.bool, 3, 7, 3)
by_rule((1001,), modulus=1)
by_rule((33, 33), modulus=1, shift=-1)
by_rule((20,), factor=7919, modulus=10007, scale=2.0 ** -40)
cases += [torch.tensor(2.5, requires_grad=True), torch.tensor([1.5, -2.0], requires_grad=True),
          torch.eye(2, dtype=torch.float64).requires_grad_(),
          torch.zeros((0, 2), requires_grad=True)]
# the suffix just fits on the line, or does not
cases += [torch.full((n,), 0.5).requires_grad_() for n in range(5, 12)]
cases += [torch.ones(n).requires_grad_() for n in range(10, 16)]
cases += [torch.tensor([10.0 ** 6] * n).requires_grad_() for n in range(3, 9)]
cases += [torch.full((2, n), 0.5).requires_grad_() for n in range(5, 12)]


def element(x):
    return x.hex() if isinstance(x, float) else str(int(x))


path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "print.txt")
with open(path, "w") as out:
    for i, t in enumerate(cases):
        name = names[str(t.dtype)]
        shape = "(" + ",".join(str(n) for n in t.shape) + ")"
        out.write(f"case {name} {shape}{' grad' if t.requires_grad else ''}\n")
        flat = t.detach().double() if t.is_floating_point() else t
        numbers = " ".join(element(x) for x in flat.flatten().tolist())
        out.write(rules.get(i, numbers) + "\n")
        out.write(re.sub(r"torch\.\w+", lambda m: names[m.group()], str(t)) + "\n")
print(len(cases), "cases")
