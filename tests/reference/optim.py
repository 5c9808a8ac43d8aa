"""Writes optim.safetensors: where PyTorch's optimizers go in 50 steps.

The problem is the same for all: parameters w (3,4) and b (3), the loss
    L = sum (A w^T + b - Y)^2 / 20 + sum sin(3 w)
of which "A" (20,4) and "Y" (20,3) are stored with the start "w0", "b0". For each setting S there
are "S/w" (50,3,4) and "S/b" (50,3), the parameters after each step; the file's metadata maps
S to {"name": ..., "options": ...}.
"""
import json
import os

import torch
from safetensors.torch import save_file

torch.manual_seed(4)
f64 = torch.float64
A, Y = torch.randn(20, 4, dtype=f64), torch.randn(20, 3, dtype=f64)
w0, b0 = torch.randn(3, 4, dtype=f64), torch.randn(3, dtype=f64)
tensors, cases = {"A": A, "Y": Y, "w0": w0, "b0": b0}, {}


def run(name, make, **options):
    key = f"{name}.{sum(c['name'] == name for c in cases.values())}"
    w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()
    optimizer = make([w, b], **options)
    path = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = ((A @ w.T + b - Y) ** 2).sum() / 20 + torch.sin(3 * w).sum()
        loss.backward()
        optimizer.step()
        path.append((w.detach().clone(), b.detach().clone()))
    tensors[key + "/w"] = torch.stack([p[0] for p in path])
    tensors[key + "/b"] = torch.stack([p[1] for p in path])
    cases[key] = {"name": name, "options": options}


sgd = torch.optim.SGD
run("sgd", sgd, lr=0.05)
run("sgd", sgd, lr=0.05, weight_decay=0.1)
run("sgd", sgd, lr=0.02, momentum=0.9)
run("sgd", sgd, lr=0.02, momentum=0.9, dampening=0.4)
run("sgd", sgd, lr=0.02, momentum=0.8, nesterov=True, weight_decay=0.01)
run("sgd", sgd, lr=0.001, momentum=0.5, maximize=True)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optim.safetensors")
save_file(tensors, path, metadata={k: json.dumps(v) for k, v in cases.items()})
