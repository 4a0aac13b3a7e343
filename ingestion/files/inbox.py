"""The inbox: which file goes with which mapping, and where files go afterwards.

A file that was read moves to `inbox/done/`, one that cannot be read to `quarantine/` with the
reason beside it. A file without a usable mapping, and one that is still being written, stays where
it is and is spoken of in every run.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.errors import SourceStopped
from ingestion.files.builtin import BUILT_IN, is_page
from ingestion.files.corrections import (
    corrected_mapping,
    is_correction,
    is_untouched,
    write_corrections,
)
from ingestion.files.land import FileFacts, land_file, sha256_of
from ingestion.files.mapping import SUFFIXES, Mapping, MappingError, load_mapping
from ingestion.files.opening import ENDINGS, is_readable, open_table
from ingestion.files.table import FileUnreadable
from ingestion.files.whole import SETTLED_S, being_written, is_whole
from ingestion.landing.canonical import dumps, hash_of
from ingestion.settings import REPO
from ingestion.source import SAMPLE

if TYPE_CHECKING:
    from ingestion.collection import Collection

logger = logging.getLogger(__name__)

DONE = "done"
#: Where the committed sample lies, whose name no other mapping may have.
SAMPLE_FOLDER = REPO / "data" / "sample"
REASON = ".reason.txt"


class Inbox:
    """The mappings and files in a folder, as it is now.

    `known`: mappings that are tried for files whose own folder has none for them.
    """

    def __init__(self, folder: Path, known: Iterable[Mapping] = ()) -> None:
        self.folder = folder
        #: One line each: what keeps a file from being read.
        self.problems: list[str] = []
        #: By the stem of the mapping's file.
        self._mappings: dict[str, Mapping] = {}
        self._broken: set[str] = set()
        self._known = tuple(known)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        visible = [path for path in found if not path.name.startswith((".", "~$"))]
        for path in visible:
            if path.name.endswith(SUFFIXES) and path.is_file():
                self._read(path)
        self.files = [path for path in visible if self._is_file(path)]

    def _is_file(self, path: Path) -> bool:
        if path.name.endswith(SUFFIXES):
            return False
        if path.is_symlink():
            self.problems.append(f"symlink: {shown(path)} is a link; put the file itself there")
            return False
        return path.is_file()

    def _read(self, path: Path) -> None:
        stem = path.name.rsplit(".", 2)[0]
        try:
            mapping = load_mapping(path)
            if mapping.source == SAMPLE and path.parent != SAMPLE_FOLDER:
                raise MappingError(f"{path.name}: name: 'sample' is kept for the generated sample")
            twin = next((s for s, m in self._mappings.items() if m.name == mapping.name), None)
            if twin is not None:
                raise MappingError(f"{path.name}: name: {mapping.name!r} is that of {twin}, too")
        except MappingError as error:
            self._broken.add(stem)
            self.problems.append(f"bad_mapping: {error}")
        else:
            self._mappings[stem] = mapping

    def mappings(self) -> list[Mapping]:
        """The mappings of the folder that can be used."""
        return list(self._mappings.values())

    def mapping_of(self, file: Path, work: Path) -> Mapping | None:
        """The mapping of a file; None, with a line in `problems`, where it has no single one.

        Beside it, else by its name, else by its columns. Raises FileUnreadable where that has to be
        looked at and cannot.
        """
        if not is_readable(file.name):
            self.problems.append(
                f"unknown_format: {shown(file)} ends in none of {', '.join(ENDINGS)}"
            )
            return None
        stem = file.name.split(".", 1)[0] if file.name.lower().endswith(".gz") else file.stem
        for beside in (file.stem, stem):
            if beside in self._mappings or beside in self._broken:
                return self._mappings.get(beside)
        serving = [mapping for mapping in self._mappings.values() if mapping.serves(file.name)]
        if not serving:
            serving = self._by_columns(file, work)
        if len(serving) == 1:
            return serving[0]
        if serving:
            names = " and ".join(mapping.name for mapping in serving)
            self.problems.append(
                f"two_mappings: {shown(file)} fits {names}; name it in one (files:)"
            )
        elif is_page(file.name):
            return BUILT_IN
        else:
            self.problems.append(
                f"no_mapping: {shown(file)} needs {stem}.mapping.yml beside it in {self.folder}: "
                f"make map FILE={file} proposes one"
            )
        return None

    def _by_columns(self, file: Path, work: Path) -> list[Mapping]:
        """Mappings all of whose columns the file has, of those that name the most of them."""
        candidates = [*self._mappings.values()]
        names = {mapping.name for mapping in candidates}
        candidates += [mapping for mapping in self._known if mapping.name not in names]
        if not candidates:
            return []
        with open_table(file, None, work) as table:
            fitting = [mapping for mapping in candidates if mapping.fits(table.columns)]
        most = max((len(mapping.columns()) for mapping in fitting), default=0)
        # Fewer than three columns say too little about what a file is.
        return [mapping for mapping in fitting if len(mapping.columns()) == most >= 3]


def shown(file: Path) -> str:
    """A name of a file as it can be printed: control characters escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in file.name)[:200]


def fingerprint(folder: Path) -> str:
    """What lies in the inbox and is whole: names, sizes and times of files and mappings; empty
    where there is no file. It changes when there is something new to read."""
    inbox = Inbox(folder)
    files = [path for path in inbox.files if is_readable(path.name) and is_whole(path)]
    files = sorted({*files} - being_written(files))
    if not files:
        return ""
    seen = sorted({*files, *folder.glob("*.mapping.y*ml")})
    states = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in seen]
    return hash_of(dumps(states))


class Intake:
    """Lands files, one after the other, and puts each where it belongs."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self.settings = collection.settings
        self.work = self.settings.state / "files"
        # What a killed run left; only one process lands at a time.
        shutil.rmtree(self.work, ignore_errors=True)

    def take(
        self, file: Path, mapping: Mapping, *, keeps: bool = False, is_correction: bool = False
    ) -> FileFacts:
        """Land a file; it moves unless `keeps`, where it is somebody's own."""
        facts = land_file(
            self._collection.landing,
            file,
            mapping,
            self._collection.say,
            is_correction=is_correction,
        )
        self._collection.files.append(facts)
        if facts.state == "unreadable":
            self.set_aside(file, facts.reason or "", keeps=keeps)
            return facts
        if facts.state == "landed" and facts.quarantined:
            self._collection.landing.settle()
            write_corrections(self._collection.landing, self.settings.quarantine, facts)
        if not keeps:
            move(file, self.settings.inbox / DONE)
        return facts

    def set_aside(self, file: Path, reason: str, *, keeps: bool = False) -> None:
        """Move a file (or copy it) to quarantine with its reason beside it."""
        moved = move(file, self.settings.quarantine, copies=keeps)
        moved.with_name(f"{moved.name}{REASON}").write_text(reason + "\n", "utf-8")
        self._collection.say(f"{shown(file)} moved to {moved.parent}: {reason}")

    def whole(self, files: Iterable[Path]) -> list[Path]:
        """Those files that are whole; the others are spoken of and left for the next run."""
        found = []
        files = list(files)
        written = being_written(files)
        for file in files:
            if file not in written and is_whole(file, SETTLED_S + 0.5):
                found.append(file)
            else:
                self._collection.say(f"{shown(file)} is still being written: left for the next run")
        return found

    def refuse(self, problems: list[str]) -> None:
        """Say what keeps files from being read; raises SourceStopped where something does."""
        for problem in problems:
            self._collection.say(problem)
        if problems:
            others = len(problems) - 1
            more = f" (and {others} more)" if others else ""
            raise SourceStopped(problems[0] + more)


def fetch(collection: Collection) -> None:
    """Land every file of the inbox that has a mapping, in the order of their names; or the one
    that is asked for, or what lies in quarantine."""
    ask = collection.ask
    if ask is not None and ask.file:
        _fetch_named(collection, Path(ask.file), Path(ask.mapping) if ask.mapping else None)
        return
    if ask is not None and ask.again:
        _fetch_again(collection)
        return
    folder = collection.settings.inbox
    folder.mkdir(parents=True, exist_ok=True)
    inbox = Inbox(folder)
    intake = Intake(collection)
    for file in intake.whole(inbox.files):
        try:
            mapping = inbox.mapping_of(file, intake.work)
        except FileUnreadable as error:
            intake.set_aside(file, str(error))
            continue
        if mapping is not None:
            intake.take(file, mapping)
    intake.refuse(inbox.problems)


def _fetch_named(collection: Collection, file: Path, mapping_file: Path | None) -> None:
    """One file, wherever it lies, by a mapping that is named or found. A file of the inbox moves
    as always; one from elsewhere stays."""
    intake = Intake(collection)
    settings = collection.settings
    settings.inbox.mkdir(parents=True, exist_ok=True)
    if file.is_symlink():
        intake.refuse([f"symlink: {shown(file)} is a link; name the file itself"])
    if not file.is_file():
        intake.refuse([f"no_file: there is no file {file}"])
    if not intake.whole([file]):
        intake.refuse([f"still_written: {shown(file)} is still being written"])
    is_ours = file.parent.resolve() == settings.inbox.resolve()
    inbox = Inbox(file.parent, Inbox(settings.inbox).mappings())
    before = len(inbox.problems)
    try:
        mapping = (
            load_mapping(mapping_file) if mapping_file else inbox.mapping_of(file, intake.work)
        )
    except MappingError as error:
        intake.refuse([f"bad_mapping: {error}"])
        return
    except FileUnreadable as error:
        intake.set_aside(file, str(error), keeps=not is_ours)
        intake.refuse([str(error)])
        return
    if mapping is None:
        intake.refuse(inbox.problems[before:] or inbox.problems)
        return
    intake.take(file, mapping, keeps=not is_ours)


def _fetch_again(collection: Collection) -> None:
    """What lies in quarantine: corrected rows, and files that could not be read."""
    intake = Intake(collection)
    settings = collection.settings
    settings.quarantine.mkdir(parents=True, exist_ok=True)
    inbox = Inbox(settings.inbox)
    here = Inbox(settings.quarantine, inbox.mappings())
    for file in here.files:
        if file.name.endswith(REASON):
            continue
        if is_correction(file):
            _take_correction(intake, collection, file)
            continue
        try:
            mapping = inbox.mapping_of(file, intake.work) or here.mapping_of(file, intake.work)
        except FileUnreadable as error:
            collection.say(f"{shown(file)} stays in quarantine: {error}")
            continue
        if mapping is not None:
            back = move(file, settings.inbox)
            file.with_name(f"{file.name}{REASON}").unlink(missing_ok=True)
            intake.take(back, mapping)
    intake.refuse(here.problems)


def _take_correction(intake: Intake, collection: Collection, file: Path) -> None:
    mapping = corrected_mapping(collection.landing, file)
    if mapping is None:
        collection.say(f"{shown(file)}: no mapping of that name has landed")
    elif is_untouched(file):
        collection.say(f"{shown(file)} has not been changed: correct its rows first")
    else:
        intake.take(file, mapping, is_correction=True)


def move(file: Path, folder: Path, *, copies: bool = False) -> Path:
    """Move a file, or copy it; one of the same name and other content there keeps its name."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    if target.exists():
        sha256 = sha256_of(file)
        if sha256_of(target) != sha256:
            target = folder / f"{file.stem}.{sha256[:12]}{file.suffix}"
    if copies:
        return Path(shutil.copyfile(file, target))
    try:
        return file.replace(target)
    except OSError:
        # Another disk: copied whole, then removed.
        part = target.with_name(f".{target.name}.part")
        shutil.copyfile(file, part)
        part.replace(target)
        file.unlink()
        return target
