#!/usr/bin/python3
"""The polynomials of plugins/fastcpu/kernels/math.hpp, found anew.

A polynomial P of given degree is the best approximation of f on [a, b], in the sense that
the largest weighted error max w(x) |f(x) - P(x)| is least, if that error is reached at
(number of coefficients + 1) points, with signs that alternate (Chebyshev). Remez' exchange
finds it: assume the points, solve the linear equations

    w(x_i) (f(x_i) - P(x_i)) = (-1)^i E        for the coefficients and E,

move the points to where the error of this P really is largest, and repeat.

The kernels compute in f32, so the coefficients have to be f32 numbers. Rounding all of them
at the end would cost a bit or two. Instead the first, which matters most, is rounded, the
rest is fitted again around it, and so on to the last.

Prints each polynomial with the largest weighted error that is left. Needs numpy.
"""
import math

import numpy as np


def remez(f, weight, a, b, powers, fixed, rounds=60):
    """Coefficients c[k] of x^powers[k], for f - fixed; and the largest weighted error."""
    n = len(powers)
    grid = a + (b - a) * (1 - np.cos(np.linspace(0, np.pi, 6001))) / 2
    target, w = f(grid) - fixed(grid), weight(grid)
    basis = np.stack([grid ** p for p in powers], axis=1)
    index = np.round(np.linspace(0, len(grid) - 1, n + 1)).astype(int)
    best = (None, np.inf)
    for _ in range(rounds):
        signs = (-1.0) ** np.arange(n + 1) / w[index]
        solution = np.linalg.solve(np.column_stack([basis[index], signs]), target[index])
        error = (target - basis @ solution[:n]) * w
        worst = np.max(np.abs(error))
        if worst < best[1]:
            best = (solution[:n], worst)
        if worst <= abs(solution[n]) * (1 + 1e-6):
            break
        # One extremum for each run of equal sign; of those n + 1 in a row, the largest.
        runs = np.split(np.arange(len(grid)), np.flatnonzero(np.diff(np.sign(error))) + 1)
        peaks = [r[np.argmax(np.abs(error[r]))] for r in runs]
        while len(peaks) > n + 1:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        if len(peaks) < n + 1:
            break
        index = np.array(peaks)
    return best


def fit(name, f, weight, a, b, powers, first=None):
    """Prints the coefficients in f32, lowest power first. `first` is the leading one."""
    with np.errstate(all="ignore"):
        powers = list(powers)
        done = []
        for k in range(len(powers)):
            fixed = lambda x: sum((c * x ** p for c, p in zip(done, powers)), 0.0 * x)
            if k == 0 and first is not None:
                done.append(float(np.float32(first)))
                continue
            c, _ = remez(f, weight, a, b, powers[k:], fixed)
            done.append(float(np.float32(c[0])))
        x = np.linspace(a, b, 200001)
        left = np.max(np.abs((f(x) - sum(c * x ** p for c, p in zip(done, powers)))
                             * weight(x)))
    print(f"{name}: error {left:.2e} = 2^{math.log2(left):.1f}")
    for c, p in zip(done, powers):
        print(f"    x^{p:<2d} {np.float32(c)!r:>22}  {float(np.float32(c)).hex()}")
    return done


erf = np.vectorize(math.erf)
erfc = np.vectorize(math.erfc)


def series(x, terms):
    return sum(c * x ** k for k, c in enumerate(terms))


def main():
    half = math.log(2) / 2 * 1.0001
    taylor = [1 / math.factorial(k + 2) for k in range(12)]
    fit("(e^r - 1 - r)/r^2, |r| <= ln(2)/2; weight: relative to e^r - 1",
        lambda r: series(r, taylor),
        lambda r: np.where(r == 0, 0, abs(r * r / np.expm1(r + (r == 0)))),
        -half, half, range(5))

    fit("(2^f - 1)/f, |f| <= 1/2; weight: relative to 2^f",
        lambda f: np.where(f == 0, math.log(2), np.expm1(f * math.log(2)) / (f + (f == 0))),
        lambda f: abs(f) / 2 ** f, -0.5, 0.5, range(5))

    harmonic = [(-1) ** k / (k + 3) for k in range(90)]
    fit("(ln(1+f) - f + f^2/2)/f^3, 1+f from sqrt(1/2) to sqrt(2); relative to ln(1+f)",
        lambda f: series(f, harmonic),
        lambda f: np.where(f == 0, 0, abs(f ** 3 / np.log1p(f + (f == 0)))),
        math.sqrt(0.5) - 1, math.sqrt(2) - 1, range(8))

    fit("erf(x)/x - 1 in s = x^2, x up to 1; relative to erf(x)/x",
        lambda s: np.where(s < 1e-12, 2 / math.sqrt(math.pi),
                           erf(np.sqrt(s)) / np.sqrt(s + (s == 0))) - 1,
        lambda s: np.where(s < 1e-12, math.sqrt(math.pi) / 2,
                           np.sqrt(s) / erf(np.sqrt(s + (s == 0)))),
        0.0, 1.0, range(7))
    fit("ln(erfc(x)), x from 1 to 4; weight: erfc",
        lambda x: np.log(erfc(x)), erfc, 0.99, 4.0, range(7))

    # The tail of a normal variable over its density and over t = 1/(1 + x/4), as a function
    # of s = x t. The weight wants the tail itself to a fixed number of digits after the
    # point, and to somewhat fewer relative to its size.
    t_of = lambda s: 1 - s / 4
    x_of = lambda s: s / t_of(s)
    fit("P(X > x) e^(x^2/2) / t, X normal, t = 1/(1 + x/4), in s = x t, x up to 13",
        lambda s: erfc(x_of(s) / math.sqrt(2)) * np.exp(x_of(s) ** 2 / 2) / 2 / t_of(s),
        lambda s: (np.exp(-x_of(s) ** 2 / 2) + 0.003) * t_of(s),
        0.0, 13 / (1 + 13 / 4), range(7), first=0.5)


main()
