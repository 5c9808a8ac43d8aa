"""Writes losses.safetensors: softmax and the losses."""
import math

import torch
from torch.nn import functional as F

from common import Family

family = Family("losses", seed=17)

for name in ("softmax", "log_softmax"):
    function = getattr(F, name)
    for shape, dim in [((3, 4), -1), ((3, 4), 0), ((2, 5, 3), 1), ((6,), 0), ((), 0), ((0, 3), 1),
                       ((3, 1), 1), ((2, 1, 3, 2), 2)]:
        family.case(name, lambda x: function(x, dim), [family.normal(*shape)], {"dim": dim})
    family.case(name, lambda x: function(x, 1), [family.normal(4, 7, dtype="f64") * 30], {"dim": 1})
    extreme = torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [88.0, 89.0, 90.0]])
    family.case(name, lambda x: function(x, 1), [extreme], {"dim": 1}, tolerance=1e-5)


def shaped(make, like):
    return make(*like)


REDUCTIONS = ("mean", "sum", "none")
POINTWISE = {
    "mse_loss": [{}],
    "l1_loss": [{}],
    "smooth_l1_loss": [{}, {"beta": 0.5}, {"beta": 0.0}],
    "huber_loss": [{}, {"delta": 0.3}],
    "kl_div": [{}, {"log_target": True}],
}
for name, settings in POINTWISE.items():
    function = getattr(F, name)
    for more in settings:
        for reduction in REDUCTIONS + (("batchmean",) if name == "kl_div" else ()):
            for shape in ((3, 4), (5,), (2, 1, 3)):
                x, t = family.normal(*shape), family.normal(*shape)
                if name == "kl_div":
                    x = torch.log_softmax(x, -1)
                    t = torch.log_softmax(t, -1) if more else torch.softmax(t, -1)
                family.case(name, lambda x, t: function(x, t, reduction=reduction, **more), [x, t],
                            {"reduction": reduction, **more}, tolerance=5e-6)
t = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])
family.case("kl_div", lambda x, t: F.kl_div(x, t, reduction="sum"),
            [torch.log_softmax(family.normal(2, 3), 1), t], {"reduction": "sum"}, nondiff=(1,))
family.case("kl_div", lambda x, t: F.kl_div(x, t, reduction="none"),
            [torch.tensor([-1.0, -1.0, -math.inf, -math.inf, -1.0, math.nan, -1.0]),
             torch.tensor([0.0, 0.5, 0.0, 0.5, -0.5, 0.0, math.nan])],
            {"reduction": "none"}, nondiff=(1,))
family.case("kl_div", lambda x, t: F.kl_div(x, t, reduction="batchmean"),
            [torch.tensor(-1.0), torch.tensor(0.5)], {"reduction": "batchmean"})

# Corners and special numbers. smooth_l1's slope at 0 with beta = 0 is 0 here, as that of
# l1, and -1 in PyTorch; for nan, l1's is 0 in both.
CORNERS = [0.0, -0.0, 0.3, -0.3, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1e4, -1e4]
for name, settings in (("mse_loss", {}), ("l1_loss", {}), ("smooth_l1_loss", {}),
                       ("smooth_l1_loss", {"beta": 0.5}), ("huber_loss", {}),
                       ("huber_loss", {"delta": 0.5})):
    function = getattr(F, name)
    special = [torch.tensor([math.nan, math.inf, -math.inf, math.inf, 1.0, 0.0]),
               torch.tensor([0.0, 0.0, 0.0, math.inf, math.nan, 0.0])]
    corners = [torch.tensor(CORNERS), torch.zeros(len(CORNERS))]
    for inputs in (special, corners):
        family.case(name, lambda x, t: function(x, t, reduction="none", **settings), inputs,
                    {"reduction": "none", **settings})

# Nothing to average: nan. Nothing to add: 0.
for name in POINTWISE:
    function = getattr(F, name)
    for reduction in REDUCTIONS + (("batchmean",) if name == "kl_div" else ()):
        family.case(name, lambda x, t: function(x, t, reduction=reduction),
                    [torch.zeros(0, 3), torch.zeros(0, 3)], {"reduction": reduction})
for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
    function = getattr(F, name)
    for reduction in REDUCTIONS:
        family.case(name, lambda x, t: function(x, t, reduction=reduction),
                    [torch.zeros(0, 3), torch.zeros(0, 3)], {"reduction": reduction},
                    nondiff=(1,))

for reduction in REDUCTIONS:
    for weighted in (False, True):
        x, t = torch.sigmoid(family.normal(3, 4)), torch.sigmoid(family.normal(3, 4))
        w = [family.positive(3, 4)] if weighted else []
        family.case("binary_cross_entropy",
                    lambda x, t, *w: F.binary_cross_entropy(x, t, *w, reduction=reduction),
                    [x, t] + w, {"reduction": reduction}, nondiff=(1, 2), tolerance=5e-6)
        p = [family.positive(3, 4)] if weighted else []
        family.case("binary_cross_entropy_with_logits",
                    lambda x, t, w=None, p=None: F.binary_cross_entropy_with_logits(
                        x, t, w, reduction=reduction, pos_weight=p),
                    [family.normal(3, 4), t] + w + p, {"reduction": reduction}, nondiff=(1, 2, 3),
                    tolerance=5e-6)
family.case("binary_cross_entropy", lambda x, t: F.binary_cross_entropy(x, t, reduction="none"),
            [torch.tensor([0.0, 1.0, 0.0, 1.0]), torch.tensor([0.0, 1.0, 1.0, 0.0])],
            {"reduction": "none"}, grad=False)
family.case("binary_cross_entropy_with_logits",
            lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
            [torch.tensor([1e4, -1e4, 1e4, -1e4, 0.0]), torch.tensor([1.0, 0.0, 0.0, 1.0, 0.5])],
            {"reduction": "none"}, nondiff=(1,))

# ---- classes ----------------------------------------------------------------------------------

SHAPES = [((4, 3), (4,)), ((2, 3, 4), (2, 4)), ((2, 3, 2, 2), (2, 2, 2)), ((3,), ())]
for x_shape, t_shape in SHAPES:
    classes = 3
    for reduction in REDUCTIONS:
        for settings in ({}, {"ignore_index": 1}, {"label_smoothing": 0.1},
                         {"label_smoothing": 0.3, "ignore_index": 2}):
            for weighted in (False, True):
                x = family.normal(*x_shape)
                t = family.integers(0, classes, *t_shape)
                if t.ndim == 0:
                    settings = {k: v for k, v in settings.items() if k != "ignore_index"}
                w = [family.positive(classes)] if weighted else []
                family.case("cross_entropy",
                            lambda x, t, w=None: F.cross_entropy(x, t, w, reduction=reduction,
                                                                 **settings),
                            [x, t] + w, {"reduction": reduction, **settings}, nondiff=(2,),
                            tolerance=5e-6)
        x = torch.log_softmax(family.normal(*x_shape), 1 if len(x_shape) > 1 else 0)
        t = family.integers(0, classes, *t_shape)
        family.case("nll_loss", lambda x, t: F.nll_loss(x, t, reduction=reduction), [x, t],
                    {"reduction": reduction})
        family.case("nll_loss",
                    lambda x, t, w: F.nll_loss(x, t, w, reduction=reduction, ignore_index=7),
                    [x, t, family.positive(classes)],
                    {"reduction": reduction, "ignore_index": 7}, nondiff=(2,))
for reduction in REDUCTIONS:
    for settings in ({}, {"label_smoothing": 0.2}):
        for weighted in (False, True):
            x, t = family.normal(2, 3, 4, dtype="f64"), torch.softmax(
                family.normal(2, 3, 4, dtype="f64"), 1)
            w = [family.positive(3, dtype="f64")] if weighted else []
            family.case("cross_entropy",
                        lambda x, t, w=None: F.cross_entropy(x, t, w, reduction=reduction,
                                                             **settings),
                        [x, t] + w, {"reduction": reduction, **settings}, nondiff=(2,))
family.case("cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction="none"),
            [torch.tensor([[1e4, -1e4], [1e4, -1e4], [0.0, 0.0], [1e4, 1e4]]),
             torch.tensor([0, 1, 1, 0])],
            {"reduction": "none"})
family.case("cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction="sum"),
            [family.normal(0, 3), torch.zeros(0, dtype=torch.int64)], {"reduction": "sum"})

for name in ("cross_entropy", "nll_loss"):
    function = getattr(F, name)
    for reduction in REDUCTIONS:
        for x, t in (((0, 3), (0,)), ((0, 3, 2), (0, 2)), ((2, 3, 0), (2, 0))):
            family.case(name, lambda x, t: function(x, t, reduction=reduction),
                        [family.normal(*x), torch.zeros(t, dtype=torch.int64)],
                        {"reduction": reduction})
        # All targets ignored; then, targets whose classes weigh nothing.
        family.case(name, lambda x, t: function(x, t, reduction=reduction, ignore_index=1),
                    [family.normal(3, 4), torch.tensor([1, 1, 1])],
                    {"reduction": reduction, "ignore_index": 1})
        family.case(name, lambda x, t, w: function(x, t, w, reduction=reduction),
                    [family.normal(2, 3), torch.tensor([1, 1]), torch.tensor([0.0, 0.0, 1.0])],
                    {"reduction": reduction}, nondiff=(2,))
    family.case(name, lambda x, t: function(x, t, reduction="none"),
                [torch.tensor([[math.nan, 0.0], [math.inf, 0.0], [-math.inf, 0.0],
                               [-math.inf, -math.inf], [-math.inf, 0.0]]),
                 torch.tensor([1, 0, 0, 0, 1])], {"reduction": "none"})
    # Rank 5, and one class.
    family.case(name, lambda x, t: function(x, t),
                [family.normal(2, 3, 2, 1, 3), family.integers(0, 3, 2, 2, 1, 3)])
    family.case(name, lambda x, t: function(x, t),
                [family.normal(3, 1), torch.zeros(3, dtype=torch.int64)])
for shape in ((3,), (0, 3), (2, 3, 0), (4, 3), (2, 3, 2, 2)):
    for reduction in REDUCTIONS:
        x = family.normal(*shape)
        family.case("cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction=reduction),
                    [x, torch.softmax(family.normal(*shape), 1 if len(shape) > 1 else 0)],
                    {"reduction": reduction})
family.case("cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction="none"),
            [torch.tensor([[1e4, -1e4], [1e4, -1e4]]), torch.tensor([[0.25, 0.75], [1.0, 0.0]])],
            {"reduction": "none"})
family.case("binary_cross_entropy_with_logits",
            lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t, reduction="none",
                                                                  pos_weight=p),
            [torch.tensor([1e4, -1e4, 1e4, -1e4, 0.0, 90.0, -90.0]),
             torch.tensor([1.0, 0.0, 0.0, 1.0, 0.5, 1.0, 0.0]), None, torch.full((7,), 3.0)],
            {"reduction": "none"}, nondiff=(1, 3))
family.case("binary_cross_entropy", lambda x, t: F.binary_cross_entropy(x, t),
            [torch.tensor([0.0, 1.0, 0.0, 1.0, 0.5, 1e-30]),
             torch.tensor([0.0, 1.0, 1.0, 0.0, 0.25, 1.0])], nondiff=(1,))

# ---- angles ------------------------------------------------------------------------------

for shape, dim in (((3, 4), 1), ((3, 4), 0), ((2, 3, 4), -1), ((2, 3, 4), 1), ((5,), 0),
                   ((2, 0), 1), ((0, 3), 1), ((3, 1), 1)):
    for dtype in ("f32", "f64"):
        family.case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, dim),
                    [family.normal(*shape, dtype=dtype), family.normal(*shape, dtype=dtype)],
                    {"dim": dim})
family.case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, 0),
            [torch.tensor(2.0), torch.tensor(-3.0)], {"dim": 0})
# A vector of zeros. (Where eps stands for a length that is not 0, the slopes differ: see
# core/ops/cosine_similarity.cpp.)
family.case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, 1, 1e-2),
            [torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[1.0, 1.0], [4.0, 3.0]])],
            {"dim": 1, "eps": 1e-2})
family.case("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, 1, 10.0),
            [family.normal(2, 3), family.normal(2, 3)], {"dim": 1, "eps": 10.0}, grad=False)
family.write()
