"""The metrics a second time, from the rows, by fairlearn and scikit-learn."""
