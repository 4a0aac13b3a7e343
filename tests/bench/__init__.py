"""Benchmarks: what a thing costs, as a ratio beside what bounds it in the same run.

    make bench                 # all of them
    make bench WHAT=landing    # one

Machines differ and are noisy, so no benchmark is a test: each prints its figures, the bar and
whether it holds.
"""
