"""Evaluations: how often the rules are right, on labelled data. `make eval` prints the figures."""
