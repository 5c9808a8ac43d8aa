"""Writes optim.safetensors: where PyTorch's optimizers go in 50 steps.

The problem is the same for all: parameters w (3,4) and b (3), the loss
    L = sum (A w^T + b - Y)^2 / 20 + sum sin(3 w)
of which "A" (20,4) and "Y" (20,3) are stored with the start "w0", "b0". With "maximize" it
is -L. LBFGS also gets the valley of Rosenbrock, of all neighbours a, b in (w, b) as a row:
    L = sum (1 - a)^2 + 10 (b - a^2)^2
For each setting S there are "S/w" (50,3,4) and "S/b" (50,3), the parameters after each
step; the metadata maps S to {"name": ..., "problem": ..., "options": ...}. No setting
is so wild that rounding errors grow beyond 1e-9 in 50 steps.

PyTorch 2.15.0 (1.13 lacks `maximize` and `decoupled_weight_decay` of some). It has no Yogi:
that one is written out below, as in Dive into Deep Learning, 11.10.
"""
import json
import os

import torch
from safetensors.torch import save_file

torch.manual_seed(4)
f64 = torch.float64
torch.set_default_dtype(f64)  # NAdam's product of momenta has this type
A, Y = torch.randn(20, 4, dtype=f64), torch.randn(20, 3, dtype=f64)
w0, b0 = torch.randn(3, 4, dtype=f64), torch.randn(3, dtype=f64)
tensors, cases = {"A": A, "Y": Y, "w0": w0, "b0": b0}, {}


class Yogi(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-2, betas=(0.9, 0.999), eps=1e-3, weight_decay=0,
                 maximize=False):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, decay=weight_decay,
                                      sign=-1 if maximize else 1))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state.update(t=0, v=torch.zeros_like(p), s=torch.zeros_like(p))
                state["t"] += 1
                g = group["sign"] * p.grad + group["decay"] * p
                state["v"] = beta1 * state["v"] + (1 - beta1) * g
                direction = torch.sign(g ** 2 - state["s"])
                state["s"] = state["s"] + (1 - beta2) * direction * g ** 2
                v_hat = state["v"] / (1 - beta1 ** state["t"])
                s_hat = state["s"] / (1 - beta2 ** state["t"])
                p -= group["lr"] * v_hat / (torch.sqrt(s_hat) + group["eps"])


def waves(w, b):
    return ((A @ w.T + b - Y) ** 2).sum() / 20 + torch.sin(3 * w).sum()


def valley(w, b):
    x = torch.cat([w.flatten(), b])
    return ((1 - x[:-1]) ** 2).sum() + 10 * ((x[1:] - x[:-1] ** 2) ** 2).sum()


def run(name, make, problem=waves, **options):
    key = f"{name}.{sum(c['name'] == name for c in cases.values())}"
    w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()
    optimizer = make([w, b], **options)

    def closure():
        optimizer.zero_grad()
        loss = problem(w, b)
        if options.get("maximize"):
            loss = -loss
        loss.backward()
        return loss

    path = []
    for _ in range(50):
        if name == "lbfgs":
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
        path.append((w.detach().clone(), b.detach().clone()))
    tensors[key + "/w"] = torch.stack([p[0] for p in path])
    tensors[key + "/b"] = torch.stack([p[1] for p in path])
    cases[key] = {"name": name, "problem": problem.__name__, "options": options}


sgd = torch.optim.SGD
run("sgd", sgd, lr=0.05)
run("sgd", sgd, lr=0.05, weight_decay=0.1)
run("sgd", sgd, lr=0.02, momentum=0.9)
run("sgd", sgd, lr=0.02, momentum=0.9, dampening=0.4)
run("sgd", sgd, lr=0.02, momentum=0.8, nesterov=True, weight_decay=0.01)
run("sgd", sgd, lr=0.02, momentum=0.5, maximize=True)

for name, make in ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW):
    run(name, make)
    run(name, make, lr=0.1)
    run(name, make, lr=0.05, betas=(0.6, 0.9), eps=1e-3, weight_decay=0.2)
    run(name, make, lr=0.05, betas=(0.5, 0.5), amsgrad=True)
    run(name, make, lr=0.05, weight_decay=0.3, amsgrad=True, maximize=True)

rmsprop = torch.optim.RMSprop
run("rmsprop", rmsprop)
run("rmsprop", rmsprop, lr=0.01, alpha=0.9, eps=1e-2)
run("rmsprop", rmsprop, lr=0.01, momentum=0.8, weight_decay=0.1)
run("rmsprop", rmsprop, lr=0.002, alpha=0.9, centered=True)
run("rmsprop", rmsprop, lr=0.01, alpha=0.9, centered=True, momentum=0.5, maximize=True)

adagrad = torch.optim.Adagrad
run("adagrad", adagrad)
run("adagrad", adagrad, lr=0.5, lr_decay=0.1)
run("adagrad", adagrad, lr=0.3, weight_decay=0.1, initial_accumulator_value=0.5)
run("adagrad", adagrad, lr=0.2, eps=0.1, maximize=True)

adadelta = torch.optim.Adadelta
run("adadelta", adadelta)
run("adadelta", adadelta, lr=0.5, rho=0.6, eps=1e-3)
run("adadelta", adadelta, lr=0.5, eps=1e-4, weight_decay=0.1, maximize=True)

run("yogi", Yogi)
run("yogi", Yogi, lr=0.1, betas=(0.7, 0.9), eps=1e-4)
run("yogi", Yogi, lr=0.05, weight_decay=0.1, maximize=True)

nadam = torch.optim.NAdam
run("nadam", nadam)
run("nadam", nadam, lr=0.05, betas=(0.7, 0.9), eps=1e-4, momentum_decay=0.1)
run("nadam", nadam, lr=0.02, weight_decay=0.1, maximize=True)
run("nadam", nadam, lr=0.05, weight_decay=0.1, decoupled_weight_decay=True)

lbfgs = torch.optim.LBFGS
run("lbfgs", lbfgs, lr=0.1, max_iter=1)
run("lbfgs", lbfgs, lr=0.05, max_iter=2, history_size=3)
run("lbfgs", lbfgs, lr=0.2, max_iter=4, max_eval=3, tolerance_change=1e-3)
run("lbfgs", lbfgs, max_iter=1, max_eval=10, line_search_fn="strong_wolfe")
run("lbfgs", lbfgs, lr=3, max_iter=3, max_eval=4, history_size=2,
    line_search_fn="strong_wolfe", maximize=True)
run("lbfgs", lbfgs, max_iter=2, tolerance_grad=0.1, line_search_fn="strong_wolfe")
run("lbfgs", lbfgs, line_search_fn="strong_wolfe")
run("lbfgs", lbfgs, valley, max_iter=1, max_eval=10, line_search_fn="strong_wolfe")
run("lbfgs", lbfgs, valley, lr=20, max_iter=2, max_eval=6, history_size=4,
    line_search_fn="strong_wolfe")
run("lbfgs", lbfgs, valley, lr=0.3, max_iter=2, history_size=5)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optim.safetensors")
save_file(tensors, path, metadata={k: json.dumps(v) for k, v in cases.items()})
