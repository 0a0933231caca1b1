"""Interpretation of a case.

`case.interpret` runs inheritance, panel, phenotype, ranking and ACMG criteria.
"""
