"""The formula by which candidates are weighed.

A group of candidates of one detector (a column, a key, prose) holds, beside other numbers of the
same shape, identifiers in a proportion that nobody knows: all of them in a patient file, none in
an export of orders, some where the two were mixed, by chance or to hide. Numbers that are none
pass the check with a known probability, so the log-likelihood ratio of the best proportion
against none at all says whether there are any: 200 valid NIR in a column are certain, 12 among
50,000 random numbers are noise, and 200 among 400 decoys are certain again.

Identifiers that follow each other in a large group of other numbers are too few for that, but
stand out as a run: the best sum of ratios over consecutive candidates (Page's CUSUM). Under noise
P(best run > x) < n·exp(-x), hence the logarithm that is taken off; half of it once more, since the
odds before it are those of one group, and a database has hundreds of columns: of those with 70
random numbers of a NIR's shape 0.03 % count by that, and 0.7 % without.
"""

from __future__ import annotations

import math
from functools import cache

__all__ = ["LEAST_WEIGHT", "confidence", "persons_confidence", "run_steps"]

# How often a real identifier is mistyped or cut, so that it fails its check.
MISTYPED = 0.02
# Odds against a lone 15-digit number in a clean message being an identifier, before it is
# checked: 0 strict NIR stood in 1.98 GB of third-party text.
PRIOR = -3.0
# Weight of words that announce the identifier, or speak against it.
ANNOUNCED = 4.5
AGAINST = -4.0
# Weight of an interpreter's session around: examples in documentation are valid ones.
EXAMPLE = -14.0
# The same odds for values that fail their check, or whose check says little, where a word announces
# them: people mistype, and exports cut keys.
MISTYPED_PRIOR = -5.0
# Weight of a shape that few other numbers have.
SHAPELY = 3.5
# What each further value in an announced column adds, and at most.
FURTHER, FURTHER_MOST = 0.6, 3.5
# Logarithms of a group's size that the best run in it has to outweigh.
RUNS = 1.5
# Odds against a message saying something medical about persons that can be told apart.
PERSONS_PRIOR = -4.0
# Records that say less are left out, however many.
LEAST_WEIGHT = 2.5


@cache
def run_steps(false_pass: float) -> tuple[float, float]:
    """Return what a candidate adds to a run if it passes its check, and if it fails."""
    return (
        math.log((1 - MISTYPED) / false_pass),
        math.log(MISTYPED / (1 - false_pass)),
    )


def confidence(
    *,
    valid: int,
    failed: int,
    best_run: float,
    false_pass: float,
    announced: bool,
    against: bool,
    example: bool = False,
    believed: int = 0,
    shapely: bool = False,
) -> float:
    """Return the probability that a group of candidates holds what its detector looks for.

    Args:
        valid: Distinct candidates that passed the validator.
        failed: Distinct candidates of the same shape that did not.
        best_run: Largest sum of `run_steps` over consecutive candidates.
        false_pass: P(a random string of the shape passes).
        announced: Whether words or a header announce the identifier there.
        against: Whether words or a header speak against it there.
        example: Whether they stand as examples in documentation do.
        believed: Distinct announced candidates that failed but may be mistyped.
        shapely: Whether few numbers have the shape by which those are believed.
    """
    count = valid + believed
    # Where most values are none, the words announce something else.
    announced = announced and count >= failed
    if announced and not (against or example) and count:
        odds = MISTYPED_PRIOR + ANNOUNCED + SHAPELY * shapely
        odds += min(FURTHER_MOST, FURTHER * (count - 1))
        announcement = _probability(odds)
    else:
        announcement = 0.0
    if not valid:
        return announcement
    total = valid + failed
    proportion = min(valid / total, 1 - MISTYPED)
    ratio = 0.0
    if proportion > false_pass:
        ratio = valid * math.log(proportion / false_pass)
        ratio += failed * math.log((1 - proportion) / (1 - false_pass))
        # The proportion was fitted to the data (BIC).
        ratio -= math.log(total) / 2
    odds = PRIOR + ANNOUNCED * announced + AGAINST * against + EXAMPLE * example
    odds += max(ratio, best_run - RUNS * math.log(total))
    return max(announcement, _probability(odds))


def persons_confidence(weights: float) -> float:
    """Return the probability that a message says something medical about persons told apart.

    Args:
        weights: Sum of the weights (log odds) of the records that say enough.
    """
    return _probability(PERSONS_PRIOR + weights)


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))
