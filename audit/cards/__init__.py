"""Cards: an audit told where people and programs look for it: model cards, bills, attestations, metrics."""
