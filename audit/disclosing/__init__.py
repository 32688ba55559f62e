"""What a rendering for the public withholds, so that nobody is told apart."""
