"""The numbers that a case starts from: tests/bench/numbers.hpp, in numpy.

Element i of stream s is made of 32-bit words of a counter-based generator, Philox4x32-10
(Salmon et al., 2011), so that both sides of a race draw the same weights and data.
"""
import numpy as np

LOW = np.uint64(0xFFFFFFFF)


def words(stream, count):
    """The first `count` words of a stream: words 4b to 4b+3 come from counter b."""
    shift = np.uint64(32)
    counter = np.arange((count + 3) // 4, dtype=np.uint64)
    c0, c1 = counter & LOW, counter >> shift
    c2 = c3 = np.zeros_like(counter)
    k0, k1 = stream & 0xFFFFFFFF, stream >> 32
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c2 = (p1 >> shift) ^ c1 ^ np.uint64(k0), (p0 >> shift) ^ c3 ^ np.uint64(k1)
        c1, c3 = p1 & LOW, p0 & LOW
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).reshape(-1)[:count]


def uniform(shape, bound, stream):
    """In [-bound, bound), of 24 bits."""
    u = (words(stream, int(np.prod(shape))) >> np.uint64(8)) * 2.0**-24
    return (bound * (2 * u - 1)).astype(np.float32).reshape(shape)


def normal(shape, stream):
    """Standard normal, by Box and Muller: two words for each element."""
    w = words(stream, 2 * int(np.prod(shape)))
    u, v = (w[0::2] + 1.0) * 2.0**-32, w[1::2] * 2.0**-32
    z = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    return z.astype(np.float32).reshape(shape)


def whole(shape, n, stream):
    """Whole numbers in [0, n)."""
    w = words(stream, int(np.prod(shape))) % np.uint64(n)
    return w.astype(np.int64).reshape(shape)


def starts(shapes):
    """The weights of a network with parameters (name, shape): None stays as it is.

    Parameter k is drawn from stream 1000 + k: a weight uniform within 1/sqrt(fan_in), a
    bias behind it likewise. Scales and offsets of normalisations stay 1 and 0.
    """
    bound = 0.0
    for k, (name, shape) in enumerate(shapes):
        bias = name.split(".")[-1].startswith("bias")
        if len(shape) >= 2:
            bound = 1 / np.sqrt(np.prod(shape[1:]))
        elif not bias:
            bound = 0.0
        yield uniform(shape, bound, 1000 + k) if len(shape) >= 2 or bias else None
