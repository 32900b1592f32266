#!/usr/bin/env python3
"""Writes matrix.csv: the risk matrix over its whole domain, in exact fractions, independently of the product.

    python3 test/vectors/risk/generate.py > test/vectors/risk/matrix.csv

Rule: the points of four factors are added, then times 6/5 if AI-generated, then times 3/2 if not human-reviewed;
at most 4 is low, at most 8 medium, at most 12 high, anything above critical.
"""
from fractions import Fraction
from itertools import product

DATA = {"low": 1, "medium": 2, "high": 3, "critical": 4}
REGULATORY = {"none": 0, "low": 1, "medium": 2, "high": 3}
COMPLEXITY = {"simple": 1, "moderate": 2, "complex": 3, "advanced": 4}

print("dataSensitivity,systemCriticality,regulatoryImpact,aiComplexity,aiGenerated,humanReviewed,score,level")
for data, criticality, impact, complexity, ai, reviewed in product(
    DATA, DATA, REGULATORY, COMPLEXITY, (False, True), (False, True)
):
    score = Fraction(DATA[data] + DATA[criticality] + REGULATORY[impact] + COMPLEXITY[complexity])
    if ai:
        score *= Fraction(6, 5)
    if not reviewed:
        score *= Fraction(3, 2)
    level = next((name for limit, name in ((4, "low"), (8, "medium"), (12, "high")) if score <= limit), "critical")
    assert (score * 100).denominator == 1
    whole, part = divmod(int(score * 100), 100)
    print(data, criticality, impact, complexity, str(ai).lower(), str(reviewed).lower(), f"{whole}.{part:02}", level, sep=",")
