"""The inbox: which file goes with which mapping, and where files go afterwards.

A file that was read moves to `inbox/done/`, one that cannot be read to `quarantine/` with the
reason beside it. A file without a usable mapping stays where it is and is spoken of in every run.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.errors import SourceStopped
from ingestion.files.land import land_file
from ingestion.files.mapping import SUFFIXES, Mapping, MappingError, load_mapping
from ingestion.files.reader import sha256_of
from ingestion.source import SAMPLE

if TYPE_CHECKING:
    from ingestion.collection import Collection

logger = logging.getLogger(__name__)

DONE = "done"
TABULAR = (".csv", ".tsv", ".txt")


class Inbox:
    """The mappings and files in a folder, as it is now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: One line each: what keeps a file from being read.
        self.problems: list[str] = []
        #: By the stem of the mapping's file.
        self._mappings: dict[str, Mapping] = {}
        self._broken: set[str] = set()
        found = sorted(path for path in folder.iterdir() if path.is_file())
        visible = [path for path in found if not path.name.startswith(".")]
        for path in visible:
            if path.name.endswith(SUFFIXES):
                self._read(path)
        self.files = [path for path in visible if not path.name.endswith(SUFFIXES)]

    def _read(self, path: Path) -> None:
        stem = path.name.rsplit(".", 2)[0]
        try:
            mapping = load_mapping(path)
            if mapping.source == SAMPLE:
                raise MappingError(f"{path.name}: name: 'sample' is kept for the generated sample")
            twin = next((s for s, m in self._mappings.items() if m.name == mapping.name), None)
            if twin is not None:
                raise MappingError(f"{path.name}: name: {mapping.name!r} is that of {twin}, too")
        except MappingError as error:
            self._broken.add(stem)
            self.problems.append(f"bad_mapping: {error}")
        else:
            self._mappings[stem] = mapping

    def mapping_of(self, file: Path) -> Mapping | None:
        """The mapping of a file; None, with a line in `problems`, where it has no single one."""
        if file.suffix.lower() not in TABULAR:
            self.problems.append(f"not_csv: {file.name} is none of {', '.join(TABULAR)}")
            return None
        beside = self._mappings.get(file.stem)
        if beside is not None or file.stem in self._broken:
            return beside
        serving = [mapping for mapping in self._mappings.values() if mapping.serves(file.name)]
        if len(serving) == 1:
            return serving[0]
        if serving:
            names = " and ".join(mapping.name for mapping in serving)
            self.problems.append(f"two_mappings: {file.name} is named by {names}")
        else:
            self.problems.append(
                f"no_mapping: {file.name} needs {file.stem}.mapping.yml beside it in {self.folder}"
            )
        return None


def fetch(collection: Collection) -> None:
    """Land every file of the inbox that has a mapping, in the order of their names."""
    folder = collection.settings.inbox
    folder.mkdir(parents=True, exist_ok=True)
    inbox = Inbox(folder)
    for file in inbox.files:
        mapping = inbox.mapping_of(file)
        if mapping is None:
            continue
        unreadable = land_file(collection.landing, file, mapping, collection.say)
        if unreadable is None:
            _move(file, folder / DONE)
        else:
            moved = _move(file, collection.settings.quarantine)
            moved.with_name(f"{moved.name}.reason.txt").write_text(unreadable + "\n", "utf-8")
            collection.say(f"{file.name} moved to {moved.parent}: {unreadable}")
    for problem in inbox.problems:
        collection.say(problem)
    if inbox.problems:
        others = len(inbox.problems) - 1
        more = f" (and {others} more)" if others else ""
        raise SourceStopped(inbox.problems[0] + more)


def _move(file: Path, folder: Path) -> Path:
    """Move a file; one of the same name and other content there keeps its name."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    if target.exists():
        sha256 = sha256_of(file)
        if sha256_of(target) != sha256:
            target = folder / f"{file.stem}.{sha256[:12]}{file.suffix}"
    return file.replace(target)
