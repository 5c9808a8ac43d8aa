#!/usr/bin/env python3
"""Times PyTorch on the workloads and operators of build/bin/bench.

    python3 torch_bench.py --workload lenet_relu,mlp --threads 2 --json theirs.json

Names, shapes, units, first weights and data are those of tests/bench/*.cpp. PyTorch is
tuned: denormals are flushed; where the CPU has AVX-512 and the environment does not say
otherwise, ATen and OpenBLAS use it; of the variants (eager; channels_last for networks of
convolutions) the fastest counts. The file that --json writes has the form of bench's own,
with the variant beside each figure.
"""
import argparse
import json
import multiprocessing
import os
import resource
import statistics
import sys
import time

CYCLE = 8  # mini-batches that are used in turn


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", default="all", metavar="NAME",
                        help="names, or all (the training workloads), micro, conv, "
                             "elementwise, overhead; commas between them")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    parser.add_argument("--seconds", type=float, default=2, metavar="S")
    parser.add_argument("--variants", default="eager,channels_last", metavar="V")
    parser.add_argument("--loss-steps", type=int, default=20, metavar="N",
                        help="training steps before the second loss")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def prepare_environment(threads):
    """What must be said before PyTorch is loaded."""
    with open("/proc/cpuinfo") as f:
        if "avx512f" in f.read():
            os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
            os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx512")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)


ARGS = parse()
prepare_environment(ARGS.threads)
try:
    import torch
except ImportError:
    sys.exit(f"torch_bench: {sys.executable} has no PyTorch; pip install torch numpy")
from torch import nn
from torch.nn import functional as F

import models
import philox


# ---- training ----------------------------------------------------------------------------

def tensor(array):
    return torch.from_numpy(array)


def images(shape, batch):
    return [(tensor(philox.normal((batch, *shape), 2 * b)),
             tensor(philox.whole((batch,), 10, 2 * b + 1))) for b in range(CYCLE)]


def texts(shape, vocabulary):
    tokens = shape[0] * shape[1]
    return [(tensor(philox.whole(shape, vocabulary, 2 * b)),
             tensor(philox.whole((tokens,), vocabulary, 2 * b + 1)))
            for b in range(CYCLE)]


def points():
    w = torch.tensor([[2.0], [-3.4]])
    batches = []
    for b in range(100):
        x = tensor(philox.normal((10, 2), 2 * b))
        noise = tensor(philox.normal((10, 1), 2 * b + 1))
        batches.append((x, x @ w + 4.2 + 0.01 * noise))
    return batches


class Recipe:
    def __init__(self, net, batches, items, optimizer, unit="samples", clip=0.0,
                 loss=F.cross_entropy):
        self.net, self.batches, self.items, self.unit = net, batches, items, unit
        self.optimizer, self.clip, self.loss = optimizer, clip, loss


def sgd(lr, **more):
    return lambda p: torch.optim.SGD(p, lr=lr, **more)


def adam(p):
    return torch.optim.Adam(p, lr=1e-3)


def adamw(p):
    return torch.optim.AdamW(p, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)


def classifier(net, shape, batch, optimizer):
    return lambda: Recipe(net(), images(shape, batch), batch, optimizer)


def text_model(net, shape, vocabulary, optimizer):
    return lambda: Recipe(net(), texts(shape, vocabulary), shape[0] * shape[1], optimizer,
                          unit="tokens", clip=1.0)


def characters(layer):
    return text_model(lambda: models.Characters(layer), (35, 32), 28, sgd(1.0))


TRAINING = {
    "linreg": lambda: Recipe(models.line(), points(), 10, sgd(0.03), loss=F.mse_loss),
    "softmax": classifier(models.softmax, (784,), 256, sgd(0.1)),
    "mlp": classifier(models.mlp, (784,), 256, sgd(0.1)),
    "lenet_d2l": classifier(models.lenet_d2l, (1, 28, 28), 256, sgd(0.9)),
    "lenet_relu": classifier(models.lenet_relu, (1, 28, 28), 64, adam),
    "alexnet_small": classifier(models.alexnet_small, (1, 28, 28), 128,
                                sgd(0.01, momentum=0.9)),
    "vgg_small": classifier(models.vgg_small, (3, 32, 32), 64, sgd(0.05, momentum=0.9)),
    "resnet18_d2l": classifier(models.resnet18_d2l, (1, 96, 96), 32, sgd(0.05)),
    "resnet18_cifar": classifier(models.resnet18_cifar, (3, 32, 32), 64,
                                 sgd(0.05, momentum=0.9, weight_decay=5e-4)),
    "rnn_char": characters(nn.RNN),
    "gru_char": characters(nn.GRU),
    "lstm_char": characters(nn.LSTM),
    "lstm_2x512": text_model(models.DeepLSTM, (64, 64), 65, adam),
    "transformer_small": text_model(lambda: models.GPT(6, 384, 6, 256), (8, 256), 65,
                                    adamw),
    "gpt_tiny": text_model(lambda: models.GPT(4, 128, 4, 64), (12, 64), 65, adamw),
}


class Training:
    def __init__(self, recipe, variant):
        self.recipe, self.net = recipe, recipe.net
        named = list(self.net.named_parameters())
        drawn = philox.starts([(name, tuple(p.shape)) for name, p in named])
        with torch.no_grad():
            for (_, p), values in zip(named, drawn):
                if values is not None:
                    p.copy_(tensor(values))
        if variant == "channels_last":
            self.net.to(memory_format=torch.channels_last)
            recipe.batches = [(x.contiguous(memory_format=torch.channels_last), y)
                              for x, y in recipe.batches]
        self.net.train()
        self.parameters = list(self.net.parameters())
        self.optimizer = recipe.optimizer(self.parameters)
        self.steps = 0

    def step(self):
        x, y = self.recipe.batches[self.steps % len(self.recipe.batches)]
        self.steps += 1
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.recipe.loss(self.net(x), y)
        loss.backward()
        if self.recipe.clip:
            nn.utils.clip_grad_norm_(self.parameters, self.recipe.clip)
        self.optimizer.step()
        return loss


# ---- single operators --------------------------------------------------------------------
# A maker returns (what to call, how many items one call is).

def leaf(shape, stream):
    return tensor(philox.normal(shape, stream)).requires_grad_()


def forward(f):
    def work():
        with torch.no_grad():
            f()
    return work, 1


def both_ways(f, leaves):
    g = torch.empty_like(f())
    g.copy_(tensor(philox.normal(tuple(g.shape), 9)))

    def work():
        for t in leaves:
            t.grad = None
        f().backward(g)
    return work, 1


def add_both(cases, name, make):
    def back(variant):
        f, leaves = make(variant)
        return both_ways(f, leaves)
    cases[name + " fwd"] = lambda variant: forward(make(variant)[0])
    cases[name + " fwd+bwd"] = back


CONVOLUTIONS = [(64, 3, 32, 64, 3, 1), (64, 64, 32, 64, 3, 1), (32, 128, 16, 128, 3, 1),
                (32, 256, 8, 256, 1, 0)]


def convolutions():
    cases = {}
    for n, c, size, k, kernel, padding in CONVOLUTIONS:
        def make(variant, n=n, c=c, size=size, k=k, kernel=kernel, padding=padding):
            x = leaf((n, c, size, size), 1).detach()
            conv = nn.Conv2d(c, k, kernel, padding=padding)
            if variant == "channels_last":
                x = x.contiguous(memory_format=torch.channels_last)
                conv = conv.to(memory_format=torch.channels_last)
            x.requires_grad_()
            return (lambda: conv(x)), [x, conv.weight, conv.bias]
        add_both(cases, f"conv {n}x{c}x{size}x{size} k{kernel} c{k}", make)
    return cases


def elementwise():
    cases = {}
    functions = {"add": lambda x, y: x + y, "relu": lambda x, y: F.relu(x),
                 "gelu": lambda x, y: F.gelu(x), "softmax": lambda x, y: F.softmax(x, -1)}
    for name, f in functions.items():
        def make(variant, f=f):
            x, y = leaf((4096, 1024), 1), leaf((4096, 1024), 2)
            return (lambda: f(x, y)), [x, y]
        add_both(cases, name + " 4096x1024", make)

    def layer_norm(variant):
        norm, x = nn.LayerNorm(1024), leaf((4096, 1024), 1)
        return (lambda: norm(x)), [x, norm.weight, norm.bias]
    add_both(cases, "layernorm 4096x1024", layer_norm)
    return cases


def overhead():
    """a + b of eight numbers each: what a call costs."""
    a, b, g = leaf((8,), 1), leaf((8,), 2), torch.ones(8)

    def no_graph():
        with torch.no_grad():
            for _ in range(1000):
                a + b

    def recording():
        for _ in range(1000):
            a + b

    def single():
        for _ in range(1000):
            a.grad = b.grad = None
            (a + b).backward(g)

    def chain():
        a.grad = b.grad = None
        x = a
        for _ in range(100):
            x = x + b
        x.backward(g)

    return {"overhead add8 no_grad": lambda variant: (no_graph, 1000),
            "overhead add8 recording": lambda variant: (recording, 1000),
            "overhead add8 fwd+bwd single": lambda variant: (single, 1000),
            "overhead add8 chain100 fwd+bwd per op": lambda variant: (chain, 100)}


# ---- measuring ---------------------------------------------------------------------------

def measure(work, seconds):
    """Median and best seconds for one call, as tests/bench/timing.cpp takes them."""
    begin, limit, calls = time.perf_counter(), min(1.0, seconds / 4), 0
    while calls < 2 or time.perf_counter() - begin < limit:
        work()
        calls += 1
    one = (time.perf_counter() - begin) / calls
    each, parts = max(1, int(seconds / 7 / one)), []
    for _ in range(7):
        begin = time.perf_counter()
        for _ in range(each):
            work()
        parts.append((time.perf_counter() - begin) / each)
    return statistics.median(parts), min(parts)


def memory_now():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") * 1e-6


def run_case(name, group, variant):
    torch.set_num_threads(ARGS.threads)
    torch.set_flush_denormal(True)
    result = {"variant": variant, "threads": ARGS.threads, "torch": torch.__version__}
    if group == "all":
        training = Training(TRAINING[name](), variant)
        items, unit, work = training.recipe.items, training.recipe.unit, training.step
        result["base_mb"] = memory_now()
        losses = [training.step().item() for _ in range(ARGS.loss_steps + 1)]
        result["loss_first"], result["loss_last"] = losses[0], losses[-1]
    else:
        work, items = MICRO[group][name](variant)
        unit = "ops" if group == "overhead" else "calls"
        result["base_mb"] = memory_now()
    median, best = measure(work, ARGS.seconds)
    result.update(median=items / median, best=items / best, unit=unit,
                  ms=median * 1e3 / (1 if group == "all" else items),
                  peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3)
    return result


def child(pipe, *case):
    pipe.send(run_case(*case))


def isolated(*case):
    """In a process of its own, so that its memory is its own, too."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    process = fork.Process(target=child, args=(there, *case))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        return None
    finally:
        process.join()


def has_layout(name, group):
    """Is there a channels_last variant: does the case convolve?"""
    convolves = ("lenet_d2l", "lenet_relu", "alexnet_small", "vgg_small", "resnet18_d2l",
                 "resnet18_cifar")
    return group == "conv" or name in convolves


MICRO = {"conv": convolutions(), "elementwise": elementwise(), "overhead": overhead()}


def chosen():
    everything = [(name, "all") for name in TRAINING]
    everything += [(name, group) for group, cases in MICRO.items() for name in cases]
    if ARGS.list:
        print("\n".join(f"{name:38s} {group}" for name, group in everything))
        sys.exit()
    for word in ARGS.workload.split(","):
        found = [(n, g) for n, g in everything
                 if word in (n, g) or (word == "micro" and g != "all")]
        if not found:
            sys.exit(f"torch_bench: there is no workload '{word}'; --list shows them all")
        yield from found


def main():
    results = {}
    for name, group in chosen():
        for variant in ARGS.variants.split(","):
            if variant == "channels_last" and not has_layout(name, group):
                continue
            r = isolated(name, group, variant)
            if r is None:
                sys.exit(f"torch_bench: {name} ({variant}) died")
            losses = (f"  loss {r['loss_first']:.5f} -> {r['loss_last']:.5f}"
                      if "loss_first" in r else "")
            print(f"{name:38s} {variant:13s} T{ARGS.threads} {r['ms']:12.6f} ms "
                  f"{r['median']:12.1f} {r['unit']}/s{losses}  peak {r['peak_mb']:.0f} MB",
                  flush=True)
            if name not in results or r["median"] > results[name]["median"]:
                results[name] = r
    if ARGS.json:
        with open(ARGS.json, "w") as f:
            json.dump(results, f, indent=1)


if __name__ == "__main__":
    main()
