"""From rows to counts: the keys of every row, the layout, one grouping, and what the raw keys mean."""
