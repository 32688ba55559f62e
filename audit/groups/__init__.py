"""The groups of a policy, summed from counts, and what is measured of each."""
