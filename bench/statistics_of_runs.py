"""Medians and how sure we are of them. Pure functions over lists of seconds; the random generator is seeded."""

import bisect
import random
import statistics

RESAMPLES = 2000


def median(values):
    return statistics.median(values)


def interval(samples, estimate, resamples=RESAMPLES, seed=1):
    """The 95% bootstrap interval of estimate(samples).

    samples: dict of name -> list of runs; each list is resampled by itself. estimate takes such a dict.
    """
    generator = random.Random(seed)
    found = []
    for _ in range(resamples):
        found.append(estimate({name: generator.choices(runs, k=len(runs)) for name, runs in samples.items()}))
    found.sort()
    return found[int(0.025 * resamples)], found[int(0.975 * resamples) - 1]


def median_interval(runs):
    """The 95% interval of the median, from order statistics; cheap for thousands of runs."""
    ordered, n = sorted(runs), len(runs)
    half = 0.98 * n**0.5
    low, high = max(0, int(n / 2 - half)), min(n - 1, int(n / 2 + half) + 1)
    return ordered[low], ordered[high]


def quantile(values, part):
    return sorted(values)[int(len(values) * part)]


def ratio_of(estimate, runs, base, resamples=RESAMPLES):
    """(ratio, low, high) of what estimate says of two lists of runs."""
    low, high = interval(
        {"runs": runs, "base": base}, lambda s: estimate(s["runs"]) / estimate(s["base"]), resamples
    )
    return estimate(runs) / estimate(base), low, high


def ratio_of_medians(runs, base):
    """(ratio, low, high) of the medians of two lists of runs."""
    return ratio_of(median, runs, base)


def ratio_of_quantiles(runs, base, part):
    """(ratio, low, high) of that quantile of two lists of runs."""
    return ratio_of(lambda values: quantile(values, part), runs, base, resamples=500)


def ratio_of_means(runs, base):
    """(ratio, low, high) of the means of two lists of runs."""
    return ratio_of(statistics.fmean, runs, base, resamples=500)


def ratio_of_sums(runs, base):
    """(ratio, low, high) of sums of medians; both are dicts of query -> list of runs."""

    def estimate(samples):
        return sum(median(samples["r", q]) for q in runs) / sum(median(samples["b", q]) for q in runs)

    samples = {("r", q): values for q, values in runs.items()} | {("b", q): base[q] for q in runs}
    low, high = interval(samples, estimate, resamples=500)
    return estimate(samples), low, high


def difference_of_medians(runs, base):
    """(difference, low, high) of the medians of two lists of runs."""
    low, high = interval(
        {"runs": runs, "base": base}, lambda s: median(s["runs"]) - median(s["base"]), resamples=500
    )
    return median(runs) - median(base), low, high


def rank_correlation(one, other):
    """Spearman's: 1 when both lists have the same order, -1 when one has the reverse of the other's. Equal values share
    the mean of their ranks."""
    return statistics.correlation(_ranks(one), _ranks(other))


def _ranks(values):
    ordered = sorted(values)
    return [(bisect.bisect_left(ordered, value) + bisect.bisect_right(ordered, value)) / 2 for value in values]
