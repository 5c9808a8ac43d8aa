"""Writes layers.safetensors, the operators of layers, and layer_runs.safetensors, layers
over several steps (tests/nn_layers_test.cpp)."""
import torch
from torch import nn
from torch.nn import functional as F

from common import Family

family = Family("layers", seed=23)
normal, positive = family.normal, family.positive

# ---- embedding ----------------------------------------------------------------------------

for shape, words, width, padding in [((4,), 5, 3, -1), ((2, 3), 4, 2, 1), ((), 3, 2, -1),
                                     ((2, 1, 3), 6, 1, 5), ((0,), 3, 2, 0), ((5,), 1, 4, 0),
                                     ((3, 40), 7, 5, 2)]:
    x = family.integers(0, words, *shape)
    family.case("embedding", lambda x, w: F.embedding(
        x, w, padding_idx=None if padding < 0 else padding), [x, normal(words, width)],
        {"padding_idx": padding}, tolerance=5e-6)
family.case("embedding", F.embedding, [family.integers(0, 3, 2, 2), normal(3, 4, dtype="f64")])

# ---- layer_norm ---------------------------------------------------------------------------

for shape, axes, weight, bias, eps in [
        ((4, 5), 1, True, True, 1e-5), ((2, 3, 4), 2, True, True, 1e-5), ((6,), 1, True, False, 1e-5),
        ((3, 2, 4), 1, False, False, 1e-3), ((2, 3), 2, True, True, 0.5), ((3, 1), 1, True, True, 1e-5),
        ((0, 4), 1, True, True, 1e-5), ((2, 1, 3, 2), 3, False, True, 1e-5), ((5, 33), 1, True, True, 1e-12)]:
    shape_n = list(shape[len(shape) - axes:])
    inputs = [normal(*shape) * 3 + 2, normal(*shape_n) if weight else None,
              normal(*shape_n) if bias else None]
    family.case("layer_norm", lambda x, w, b: F.layer_norm(x, shape_n, w, b, eps), inputs,
                {"normalized_shape": shape_n, "eps": eps}, tolerance=2e-5)
    inputs = [t if t is None else t.double() for t in inputs]
    family.case("layer_norm", lambda x, w, b: F.layer_norm(x, shape_n, w, b, eps), inputs,
                {"normalized_shape": shape_n, "eps": eps}, tolerance=1e-10)
# A mean that is large beside the spread.
family.case("layer_norm", lambda x: F.layer_norm(x, [6]), [normal(3, 6, dtype="f64") + 1e6],
            {"normalized_shape": [6]}, tolerance=1e-8)

# ---- batch_norm ---------------------------------------------------------------------------

SHAPES = [(4, 3), (2, 3, 5), (3, 2, 2, 3), (2, 2, 3, 1, 2), (1, 3, 4), (6, 1)]
for dtype, tolerance in (("f32", 2e-5), ("f64", 1e-10)):
    for shape in SHAPES:
        C = shape[1]
        for training in (True, False):
            for affine in (True, False):
                for running in (True, False):
                    if not training and not running:
                        continue
                    mean = normal(C, dtype=dtype) if running else None
                    var = positive(C, dtype=dtype) if running else None
                    inputs = [normal(*shape, dtype=dtype) * 2 - 1, mean, var]
                    inputs += [normal(C, dtype=dtype), normal(C, dtype=dtype)] if affine else []

                    def run(x, m, v, w=None, b=None):
                        m, v = (t if t is None else t.detach().clone() for t in (m, v))
                        return F.batch_norm(x, m, v, w, b, training, 0.1, 1e-3)
                    family.case("batch_norm", run, inputs, {"training": training, "eps": 1e-3},
                                nondiff=(1, 2), tolerance=tolerance)
family.case("batch_norm", lambda x, m, v, w: F.batch_norm(x, m.clone(), v.clone(), w, None, True),
            [normal(5, 2), normal(2), positive(2), normal(2)], {"training": True}, nondiff=(1, 2),
            tolerance=2e-5)

# ---- bilinear -----------------------------------------------------------------------------

for rows, I, J, O, bias in [((4,), 3, 2, 5, True), ((2, 3), 1, 4, 2, False), ((), 3, 3, 1, True),
                            ((0,), 2, 2, 2, True), ((2, 1, 2), 5, 2, 3, True)]:
    inputs = [normal(*rows, I), normal(*rows, J), normal(O, I, J)] + ([normal(O)] if bias else [])
    family.case("bilinear", F.bilinear, inputs, tolerance=1e-5)
family.case("bilinear", F.bilinear, [normal(3, 4, dtype="f64"), normal(3, 2, dtype="f64"),
                                     normal(3, 4, 2, dtype="f64"), normal(3, dtype="f64")],
            tolerance=1e-11)

# ---- dropout: what does not depend on the draw ----------------------------------------------

family.case("dropout", lambda x: F.dropout(x, 1.0), [normal(3, 4)], {"p": 1.0})
family.case("dropout", lambda x: F.dropout(x, 0.0), [normal(2, 5)], {"p": 0.0})
family.write()

# ---- layers over ten steps --------------------------------------------------------------------
# NAME/x.I, NAME/y.I (training), NAME/mean.I, NAME/var.I after step I, NAME/eval.y for x.0 at
# the end.

runs = Family("layer_runs", seed=29)


def record(name, layer, make):
    layer.double()
    for i in range(10):
        x = make(i)
        runs.tensors[f"{name}/x.{i}"] = x
        runs.tensors[f"{name}/y.{i}"] = layer(x).detach()
        if layer.track_running_stats:
            runs.tensors[f"{name}/mean.{i}"] = layer.running_mean.clone()
            runs.tensors[f"{name}/var.{i}"] = layer.running_var.clone()
    layer.eval()
    runs.tensors[f"{name}/eval.y"] = layer(runs.tensors[f"{name}/x.0"]).detach()


def rows(i):
    return runs.normal(3 + i, 4, dtype="f64") * (i + 1) + i


record("default", nn.BatchNorm1d(4), rows)
record("cumulative", nn.BatchNorm1d(4, momentum=None), rows)
record("untracked", nn.BatchNorm1d(4, track_running_stats=False), rows)
record("plain", nn.BatchNorm1d(4, eps=0.1, momentum=0.7, affine=False), rows)
record("sequences", nn.BatchNorm1d(3), lambda i: runs.normal(2, 3, 2 + i, dtype="f64") + i)
record("images", nn.BatchNorm2d(2), lambda i: runs.normal(2, 2, 3, 2, dtype="f64") * 0.1 - i)
record("volumes", nn.BatchNorm3d(2), lambda i: runs.normal(1, 2, 2, 2, 3, dtype="f64") + i)
runs.write()
