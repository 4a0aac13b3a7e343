"""`python -m tests.bench [what …]`: run benchmarks and print their figures."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from rich.console import Console

import tests.bench
from tests.bench.figures import table

#: Modules of this package that are no benchmarks. A benchmark has `measure() -> list[Figure]`.
_MACHINERY = frozenset({"__main__", "figures"})


def main(wanted: list[str]) -> int:
    """Run those that are named, or all; 1 where a bar is not kept, 2 for a name there is not."""
    out = Console(highlight=False, markup=False)
    known = [
        module.name
        for module in pkgutil.iter_modules(tests.bench.__path__)
        if module.name not in _MACHINERY
    ]
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        out.print(f"There is no benchmark {', '.join(unknown)}. Known: {', '.join(known)}.")
        return 2
    missed = False
    for name in wanted or known:
        module = importlib.import_module(f"tests.bench.{name}")
        figures = module.measure()
        title = (module.__doc__ or name).splitlines()[0]
        out.print(f"\n{title}\n\n{table(figures)}", soft_wrap=True)
        missed |= any(figure.holds is False for figure in figures)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
