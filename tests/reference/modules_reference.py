"""Writes modules.txt: how PyTorch prints modules.

Each case is a line "case NAME" and the printed text up to the next case;
tests/nn_module_test.cpp makes the same module for each name.
"""
import os
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
cases = {}


class DLModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(13, 1)


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(2, 3), nn.ReLU()), nn.Identity()])
        self.heads = nn.ModuleDict({"age": nn.Linear(3, 1), "kind": nn.Linear(3, 4, bias=False)})
        self.empty = nn.Sequential()


class Said(nn.Module):
    def __init__(self, with_child):
        super().__init__()
        if with_child:
            self.inner = nn.Linear(1, 1)

    def extra_repr(self):
        return "one=1\ntwo=2"


cases["linear"] = nn.Linear(784, 10)
cases["nested"] = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(2, 1, bias=False)))
cases["named"] = DLModel()
cases["deep"] = Deep()
cases["two lines"] = Said(False)
cases["two lines and a child"] = Said(True)
cases["empty sequential"] = nn.Sequential()
cases["empty list"] = nn.ModuleList()
lazy = nn.Sequential(nn.LazyLinear(256), nn.ReLU(), nn.LazyLinear(10, bias=False))
cases["lazy"] = str(lazy)
lazy(torch.zeros(2, 20))
cases["lazy, run"] = lazy
cases["flatten"] = nn.Flatten(0, 2)
cases["unflatten"] = nn.Unflatten(1, (2, 5, 5))
cases["unflatten, one size"] = nn.Unflatten(-1, (4,))
cases["identity"] = nn.Identity()
cases["dropout"] = nn.Dropout(0.2)
cases["embedding"] = nn.Embedding(10, 3)
cases["embedding, padding"] = nn.Embedding(10, 3, padding_idx=-1)
cases["layer norm"] = nn.LayerNorm(5)
cases["layer norm, plain"] = nn.LayerNorm((2, 3), eps=0.1, elementwise_affine=False)
cases["batch norm 1d"] = nn.BatchNorm1d(3)
cases["batch norm 2d"] = nn.BatchNorm2d(3, eps=1e-3, momentum=None, affine=False)
cases["batch norm 3d"] = nn.BatchNorm3d(3, momentum=0.01, track_running_stats=False)
cases["bilinear"] = nn.Bilinear(20, 30, 40)
parameter = nn.Parameter(torch.tensor([[1.0, -2.5]]))
cases["parameter"] = parameter

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "modules.txt")
with open(path, "w") as out:
    for name, module in cases.items():
        out.write(f"case {name}\n{module}\n")
print(path, len(cases), "cases")
