"""Writes optim_schedules.json and optim_clip.json: PyTorch's rates and clipped gradients.

Schedules: two groups with lr 0.5 and 0.02. "rates" are those of both groups before the
first step and after each; "momentum" that of group 0, for one-cycle; "metrics" is what
ReduceLROnPlateau was told. Floats in JSON read back to the same bits. PyTorch 2.15.0.

Clipping: gradients of three parameters, and what clip_grad_norm_ and clip_grad_value_
leave of them.
"""
import json
import math
import os
import warnings

import torch
from torch.optim import lr_scheduler as S

warnings.simplefilter("ignore")
torch.manual_seed(7)


def optimizer(kind="sgd"):
    a, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    groups = [{"params": [a], "lr": 0.5}, {"params": [b], "lr": 0.02}]
    return torch.optim.Adam(groups) if kind == "adam" else torch.optim.SGD(groups)


cases = {}


def run(name, make, steps=40, kind="sgd", metrics=None):
    o = optimizer(kind)
    schedule = make(o)

    def momentum():
        group = o.param_groups[0]
        return group["betas"][0] if kind == "adam" else group["momentum"]

    rates, momenta = [[g["lr"] for g in o.param_groups]], [momentum()]
    for i in range(steps):
        o.step()
        schedule.step(metrics[i]) if metrics else schedule.step()
        rates.append([g["lr"] for g in o.param_groups])
        momenta.append(momentum())
    cases[name] = {"rates": rates, "momentum": momenta}
    if metrics:
        cases[name]["metrics"] = metrics


run("lambda", lambda o: S.LambdaLR(o, [lambda t: 0.95 ** t, lambda t: 1 / (1 + t)]))
run("step", lambda o: S.StepLR(o, 7))
run("step.gamma", lambda o: S.StepLR(o, 3, gamma=0.7))
run("multi_step", lambda o: S.MultiStepLR(o, [5, 12, 12, 30], gamma=0.3))
run("exponential", lambda o: S.ExponentialLR(o, 0.93))
run("linear", lambda o: S.LinearLR(o))
run("linear.down", lambda o: S.LinearLR(o, 0.9, 0.1, total_iters=11))
run("cosine", lambda o: S.CosineAnnealingLR(o, 13))
run("cosine.min", lambda o: S.CosineAnnealingLR(o, 10, eta_min=0.01))


def warm_up_cosine(o):
    return S.SequentialLR(o, [S.LinearLR(o, 0.1, 1, 5), S.CosineAnnealingLR(o, 20)], [5])


def three(o):
    parts = [S.LinearLR(o, 0.25, 1, 4), S.ExponentialLR(o, 0.9), S.StepLR(o, 6)]
    return S.SequentialLR(o, parts, [4, 15])


def side_by_side(o):
    a, b = S.LinearLR(o, 0.2, 1, 6), S.ExponentialLR(o, 0.9)

    class Both:
        def step(self):
            a.step()
            b.step()

    return Both()


run("sequential.warm_up_cosine", warm_up_cosine)
run("sequential.three", three)
run("side_by_side", side_by_side)
run("one_cycle", lambda o: S.OneCycleLR(o, 0.8, total_steps=40), steps=39)
run("one_cycle.linear",
    lambda o: S.OneCycleLR(o, [0.8, 0.1], total_steps=33, pct_start=0.4,
                           anneal_strategy="linear", div_factor=10, final_div_factor=100),
    steps=32)
run("one_cycle.three_phase",
    lambda o: S.OneCycleLR(o, 0.3, total_steps=40, three_phase=True, base_momentum=0.7,
                           max_momentum=0.9), steps=39)
run("one_cycle.adam", lambda o: S.OneCycleLR(o, 0.01, total_steps=20), steps=19,
    kind="adam")
run("one_cycle.lr_only",
    lambda o: S.OneCycleLR(o, 0.01, total_steps=20, cycle_momentum=False), steps=19)

falling = [1 / (1 + i // 4) + 0.002 * (i % 3) for i in range(40)]
noisy = [math.sin(i / 3) + 0.01 * i for i in range(40)]
flat = [1.0] * 10 + [math.nan] * 5 + [0.9999] * 15 + [0.5] * 10
run("plateau", lambda o: S.ReduceLROnPlateau(o), metrics=flat)
run("plateau.quick", lambda o: S.ReduceLROnPlateau(o, factor=0.5, patience=2),
    metrics=falling)
run("plateau.max_abs",
    lambda o: S.ReduceLROnPlateau(o, "max", factor=0.6, patience=3, threshold=0.05,
                                  threshold_mode="abs", cooldown=2), metrics=noisy)
run("plateau.max_rel",
    lambda o: S.ReduceLROnPlateau(o, "max", patience=1, threshold=0.1,
                                  min_lr=[0.05, 0.001], eps=1e-3), metrics=noisy)
run("plateau.min_abs",
    lambda o: S.ReduceLROnPlateau(o, "min", factor=0.3, patience=0, threshold=0.01,
                                  threshold_mode="abs", cooldown=1, min_lr=1e-4),
    metrics=falling)

clips = []
for scale in 0.01, 1.0, 50.0:
    grads = [(scale * torch.randn(3, 4)).tolist(), (scale * torch.randn(5)).tolist(),
             (scale * torch.randn(1)).tolist()]
    for norm in 1.0, 2.0, 3.5, math.inf:
        params = [torch.zeros_like(torch.tensor(g)).requires_grad_() for g in grads]
        for p, g in zip(params, grads):
            p.grad = torch.tensor(g)
        without = torch.zeros(2, requires_grad=True)
        total = torch.nn.utils.clip_grad_norm_([*params, without], 1.5, norm)
        clips.append({"grads": grads, "max_norm": 1.5, "norm_type": norm,
                      "total": total.item(), "after": [p.grad.tolist() for p in params]})
    for p, g in zip(params, grads):
        p.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_value_(params, 0.3)
    clips.append({"grads": grads, "limit": 0.3, "after": [p.grad.tolist() for p in params]})


def plain(x):
    """JSON has no infinities: they become text."""
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return [plain(v) for v in x] if isinstance(x, list) else x


here = os.path.dirname(os.path.abspath(__file__))
for name, what in ("optim_schedules.json", cases), ("optim_clip.json", clips):
    with open(os.path.join(here, name), "w") as file:
        json.dump(plain(what), file)
        file.write("\n")
