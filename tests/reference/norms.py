"""Writes norms.safetensors, the norms that do not mix samples, and vision_runs.safetensors,
a layer over several steps."""
import torch
from torch import nn
from torch.nn import functional as F

from common import Family

family = Family("norms", seed=41)
normal, positive = family.normal, family.positive
SHAPES = [((2, 6), (1, 2, 3)), ((2, 6, 5), (1, 3, 6)), ((1, 4, 3, 2), (1, 2, 4)),
          ((3, 2, 1, 3, 2), (1, 2)), ((0, 4, 3), (2,)), ((2, 3, 7), (3,)), ((2, 1, 11), (1,))]

for dtype, tolerance in (("f32", 2e-5), ("f64", 1e-10)):
    for shape, all_groups in SHAPES:
        C = shape[1]
        for i, groups in enumerate(all_groups):
            w = normal(C, dtype=dtype) if i != 1 else None
            b = normal(C, dtype=dtype) if i != 2 else None
            x = normal(*shape, dtype=dtype) * 3 + 2
            family.case("group_norm", lambda x, w, b: F.group_norm(x, groups, w, b, 1e-3),
                        [x, w, b], {"num_groups": groups, "eps": 1e-3}, tolerance=tolerance)
        if len(shape) < 3 or 0 in shape:
            continue
        for affine in (True, False):
            for running in (True, False):
                for use_input_stats in (True, False):
                    if not running and not use_input_stats:
                        continue
                    m = normal(C, dtype=dtype) if running else None
                    v = positive(C, dtype=dtype) if running else None
                    x = normal(*shape, dtype=dtype) * 2 - 1
                    w, b = ((normal(C, dtype=dtype), normal(C, dtype=dtype)) if affine
                            else (None, None))

                    def run(x, m, v, w, b):
                        m, v = (t if t is None else t.detach().clone() for t in (m, v))
                        return F.instance_norm(x, m, v, w, b, use_input_stats, 0.1, 1e-3)
                    family.case("instance_norm", run, [x, m, v, w, b],
                                {"use_input_stats": use_input_stats, "momentum": 0.1, "eps": 1e-3},
                                nondiff=(1, 2), tolerance=tolerance)
        for size, alpha, beta, k in ((1, 1e-4, 0.75, 1), (2, 0.5, 0.75, 2), (3, 0.9, 1.5, 0.5),
                                     (5, 1, 0.5, 1), (12, 2, 1, 1)):
            family.case("local_response_norm", lambda x: F.local_response_norm(
                x, size, alpha, beta, k), [normal(*shape, dtype=dtype)],
                {"size": size, "alpha": alpha, "beta": beta, "k": k}, tolerance=tolerance)
family.write()

# ---- a layer over several steps (tests/nn_vision_test.cpp) ----------------------------------

runs = Family("vision_runs", seed=43)
layer = nn.InstanceNorm2d(3, momentum=0.3, affine=True, track_running_stats=True).double()
with torch.no_grad():
    layer.weight.copy_(runs.normal(3, dtype="f64"))
    layer.bias.copy_(runs.normal(3, dtype="f64"))
runs.tensors["weight"], runs.tensors["bias"] = layer.weight, layer.bias
for i in range(5):
    x = runs.normal(2, 3, 4, 2, dtype="f64") * (i + 1) + i
    runs.tensors[f"x.{i}"], runs.tensors[f"y.{i}"] = x, layer(x).detach()
    runs.tensors[f"mean.{i}"] = layer.running_mean.clone()
    runs.tensors[f"var.{i}"] = layer.running_var.clone()
runs.tensors["eval.y"] = layer.eval()(runs.tensors["x.0"]).detach()
runs.write()
