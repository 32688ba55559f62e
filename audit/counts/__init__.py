"""Additive counts: cells, and scores, ranks and probabilities beside them, of groups, and their files."""
