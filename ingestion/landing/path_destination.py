"""dlt's filesystem destination, with files that are whole from the moment they can be seen.

An object of a bucket appears when it is complete. A file in a folder appears when it is begun: a
kill would leave half a Parquet file that every reader stumbles over, or half a note of dlt's own.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from dlt.destinations import filesystem
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient, FilesystemLoadJob

#: A file of a package has one name however often it is loaded, so it replaces itself.
LAYOUT = "{table_name}/{load_id}.{file_id}.{ext}"
#: Ending of files that are being written; no reader takes them.
UNFINISHED = ".part"


class WholeFileJob(FilesystemLoadJob):
    """Copies a file of a package into its table's folder, then gives it its name."""

    def run(self) -> None:
        target = Path(self.make_remote_path())
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}{UNFINISHED}")
        shutil.copyfile(self._file_path, part)
        give_name(part, target)


class PathClient(FilesystemClient):
    """dlt's client, whose files in a local folder are never half there."""

    def create_dataset(self) -> None:
        # The folder may be there already: made by hand, or by a run that was killed.
        self.fs_client.makedirs(self.dataset_path, exist_ok=True)

    def get_load_job_class(self, table: Any, file_path: str) -> Any:
        found = super().get_load_job_class(table, file_path)
        is_plain = found is FilesystemLoadJob and self.is_local_filesystem
        return WholeFileJob if is_plain else found

    def _write_to_json_file(self, filepath: str, data: Any) -> None:
        if not self.is_local_filesystem:
            super()._write_to_json_file(filepath, data)
            return
        target = Path(filepath)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}{UNFINISHED}")
        super()._write_to_json_file(str(part), data)
        give_name(part, target)


class PathDestination(filesystem):
    """A folder or bucket with a folder a table."""

    @property
    def client_class(self) -> type[FilesystemClient]:
        return PathClient


def give_name(part: Path, target: Path) -> None:
    """Give a file that is written to the end the name under which it is looked for."""
    flush(part)
    part.replace(target)


def flush(file: Path) -> None:
    """See to it that a written file outlives the machine, too."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
