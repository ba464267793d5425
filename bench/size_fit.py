"""Fits what efforts cost (src/placement/size/costs.cc) to measured runs, by the least squares of logarithms.

    python bench/size_runs.py --out runs.jsonl
    build/release/bench/size_study runs.jsonl build/data efforts > efforts.jsonl
    python bench/size_fit.py efforts.jsonl

A cost that the runs say nothing of stays near where it begins: each is drawn to its first value a little. What the fit
says of a query that it was made for is no forecast, so each query is also estimated by a fit to all others.
"""

import json
import sys

import numpy

# As in costs.h, in that order.
EFFORTS = ("Statements", "Files", "ScannedBytes", "ScannedValues", "ParsedBytes", "ComputedValues", "TextMatches",
           "BuiltRows", "ProbedRows", "JoinedRows", "Pairs", "GroupedRows", "Groups", "SortedRows", "WindowedRows",
           "ResultBytes")
SECONDS = (2e-3, 2e-4, 4e-10, 2e-9, 1e-8, 2e-9, 2e-8, 3e-8, 1e-8, 1e-8, 1e-9, 1e-8, 5e-8, 5e-9, 1e-7, 2e-9)
MEMORY = ("Base", "Held", "InputBytes")
BYTES = (16e6, 1.0, 0.05)


def fit(amounts, measured, first, pull=0.05, rounds=4000):
    """Factors of the columns of `amounts` whose sum comes near `measured`; Gauss-Newton on their logarithms."""
    logarithms = numpy.log(numpy.array(first))
    start = logarithms.copy()
    target = numpy.log(measured)
    damping = 1e-2
    for _ in range(rounds):
        parts = amounts * numpy.exp(logarithms)
        total = parts.sum(axis=1)
        residual = target - numpy.log(total)
        slope = parts / total[:, None]
        matrix = slope.T @ slope + (pull + damping) * numpy.eye(len(first))
        step = numpy.linalg.solve(matrix, slope.T @ residual + pull * (start - logarithms))
        logarithms += numpy.clip(step, -0.2, 0.2)
        if numpy.abs(step).max() < 1e-6:
            break
    return numpy.exp(logarithms), residual


def left_out(amounts, measured, first, queries):
    """The residuals of each query under a fit that did not see it."""
    residual = numpy.empty(len(measured))
    for query in set(queries):
        mine = queries == query
        factors, _ = fit(amounts[~mine], measured[~mine], first)
        residual[mine] = numpy.log(measured[mine]) - numpy.log(amounts[mine] @ factors)
    return residual


def show(what, residual, runs):
    errors = numpy.exp(numpy.abs(residual))
    far = sorted(zip(errors, runs), key=lambda one: -one[0])[: len(runs) // 8]
    print(f"{what}: q-error p50 {numpy.quantile(errors, 0.5):.2f} p90 {numpy.quantile(errors, 0.9):.2f} "
          f"max {errors.max():.2f}; spread {residual.std():.2f}; farthest",
          *sorted({f"Q{run['query']} SF{run['scale']:g}" for _, run in far}))


def main():
    runs = [json.loads(line) for line in open(sys.argv[1])]
    efforts = numpy.array([run["efforts"] for run in runs])
    memory = numpy.array([[1, run["held"], run["bytes"]] for run in runs])
    for names, amounts, measured, first in (
        (EFFORTS, efforts, [run["work"] for run in runs], SECONDS),
        (MEMORY, memory, [run["memory"] for run in runs], BYTES),
    ):
        measured = numpy.array(measured)
        factors, residual = fit(amounts, measured, first)
        for name, factor in zip(names, factors):
            print(f"{name:15} {factor:.2e}")
        show("fitted", residual, runs)
        show("left out", left_out(amounts, measured, first, numpy.array([run["query"] for run in runs])), runs)


if __name__ == "__main__":
    main()
