"""Writes spectra.safetensors: transforms of real numbers and back, for all kinds of n."""
import torch

from common import WHOLE, Family

family = Family("spectra", seed=18)


def rfft(x):
    y = torch.fft.rfft(x)
    return torch.stack([y.real, y.imag], -2)


def irfft(s, n=None):
    return torch.fft.irfft(torch.complex(s.select(-2, 0), s.select(-2, 1)), n)


# Powers of two, products of small primes, primes.
for n in (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 31, 60, 64, 100, 101, 128, 210, 243, 509,
          1000):
    family.case("rfft", rfft, [family.normal(n, dtype="f64")])
    family.case("irfft", lambda s: irfft(s, n), [family.normal(2, n // 2 + 1, dtype="f64")],
                {"n": n})
for shape in [(3, 8), (2, 3, 5), (0, 4), (2, 1)]:
    family.case("rfft", rfft, [family.normal(*shape)])
for shape in [(3, 2, 5), (2, 3, 2, 4), (0, 2, 3)]:
    family.case("irfft", irfft, [family.normal(*shape)])
for F, n in [(3, 9), (6, 6), (4, 3), (5, 20), (2, 1)]:
    family.case("irfft", lambda s: irfft(s, n), [family.normal(2, 2, F, dtype="f64")],
                {"n": n})
for dtype in WHOLE:
    family.case("rfft", rfft, [family.integers(0, 9, 6, dtype=dtype)])
family.write()
