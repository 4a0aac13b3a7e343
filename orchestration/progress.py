"""What a step is doing right now, told to whoever shows it.

Steps call `tell`; the headless run listens. Without a listener (Dagster's own pages) it is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]

_listeners: list[Listener] = []


def tell(text: str) -> None:
    """Say in a few words what the current step is doing."""
    for listener in _listeners:
        listener(text)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send what steps tell to `listener` while inside."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
