"""The networks of the workloads in PyTorch, twins of tests/bench/models.cpp.

Parameters stand in the same order as there, because they are drawn in that order.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


def line():
    return nn.Linear(2, 1)


def softmax():
    return nn.Linear(784, 10)


def mlp():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


def dense(*sizes, between):
    layers = [nn.Linear(sizes[0], sizes[1])]
    for a, b in zip(sizes[1:], sizes[2:]):
        layers += [between(), nn.Linear(a, b)]
    return layers


def lenet(padding, activation, pool, flat):
    """Two convolutions 5x5 and three dense layers."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=padding), activation(), pool(2),
        nn.Conv2d(6, 16, 5), activation(), pool(2),
        nn.Flatten(), *dense(flat, 120, 84, 10, between=activation))


def lenet_d2l():
    return lenet(2, nn.Sigmoid, nn.AvgPool2d, 400)


def lenet_relu():
    return lenet(0, nn.ReLU, nn.MaxPool2d, 256)


def alexnet_small():
    layers = []
    for a, b in [(1, 32), (32, 64), (64, 128)]:
        layers += [nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), *dense(1152, 512, 10, between=nn.ReLU))


def vgg_small():
    """VGG-11 with a quarter of its channels and batch normalisation."""
    layers, channels = [], 3
    for convolutions, width in [(1, 16), (1, 32), (2, 64), (2, 128), (2, 128)]:
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width),
                       nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(),
                         *dense(128, 512, 512, 10, between=nn.ReLU))


class Residual(nn.Module):
    """relu(x + two convolutions of x), each with its batch normalisation."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Conv2d(channels, width, 1, stride) if stride > 1 else None

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (self.shortcut(x) if self.shortcut else x))


def resnet18(stem):
    layers, channels = list(stem), 64
    for width in [64, 128, 256, 512]:
        layers += [Residual(channels, width, 1 if width == 64 else 2),
                   Residual(width, width, 1)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(512, 10))


def resnet18_d2l():
    return resnet18([nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(),
                     nn.MaxPool2d(3, 2, 1)])


def resnet18_cifar():
    return resnet18([nn.Conv2d(3, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU()])


class Characters(nn.Module):
    """A recurrent layer over one-hot letters (T, N), and a score for each next letter."""

    def __init__(self, layer):
        super().__init__()
        self.recurrent, self.out = layer(28, 256), nn.Linear(256, 28)

    def forward(self, x):
        h, _ = self.recurrent(F.one_hot(x, 28).float())
        return self.out(h.flatten(0, 1))


class DeepLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(65, 128)
        self.recurrent = nn.LSTM(128, 512, num_layers=2)
        self.out = nn.Linear(512, 65)

    def forward(self, x):
        h, _ = self.recurrent(self.embedding(x))
        return self.out(h.flatten(0, 1))


class Scale(nn.Module):
    """Layer normalisation without an offset."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight)


class Transformer(nn.Module):
    """One block: attention to what came before, then two dense layers, each added to x."""

    def __init__(self, width, heads, context):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = Scale(width), Scale(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        future = torch.ones(context, context).triu(1).bool()
        self.register_buffer("mask", torch.zeros(context, context).masked_fill(
            future, -math.inf))

    def attention(self, x):
        n, t, width = x.shape
        d = width // self.heads
        q, k, v = (
            z.reshape(n, t, self.heads, d).transpose(1, 2).reshape(n * self.heads, t, d)
            for z in self.qkv(x).chunk(3, dim=-1))
        scores = torch.baddbmm(self.mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(d))
        y = torch.bmm(scores.softmax(-1), v).view(n, self.heads, t, d)
        return self.proj(y.transpose(1, 2).reshape(n, t, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    """Letters (N, T) in, scores (N T, 65) out; the output layer is the embedding's."""

    def __init__(self, layers, width, heads, context):
        super().__init__()
        self.token = nn.Embedding(65, width)
        self.position = nn.Embedding(context, width)
        self.blocks = nn.Sequential(
            *[Transformer(width, heads, context) for _ in range(layers)])
        self.norm = Scale(width)

    def forward(self, x):
        y = self.token(x) + self.position.weight[:x.shape[1]]
        return F.linear(self.norm(self.blocks(y)).flatten(0, 1), self.token.weight)
