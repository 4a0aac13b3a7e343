"""make eval: precision and recall of the rules on labelled data."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ingestion.settings import Settings
from tests.eval import fields, keys
from tests.eval.pay import Score, by_language, score, statements


def main(show_errors: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        own = keys.phrases() + keys.traps()
        ads = keys.descriptions() if keys.CAPTURES.is_dir() else []
        taken = statements(own + ads, Path(folder), (fields.land_labels, fields.land_cells))
        warehouse = Settings(data=Path(folder)).warehouse
        shares = fields.score_labels(warehouse) | fields.score_cells(warehouse)
    out = sys.stdout.write
    out("| pay in texts | texts | expected | taken | right | precision | recall |\n")
    out("| --- | --: | --: | --: | --: | --: | --: |\n")
    wrong: list[str] = []
    for half in ("tune", "test"):
        for name, texts in (("phrases", keys.phrases()), ("traps", keys.traps()), ("ads", ads)):
            chosen = [text for text in texts if text.half == half]
            if chosen:
                found = score(chosen, taken)
                out(_line(f"{name}, {half} half", len(chosen), found))
                # The test half is for the figure: whoever reads its errors has to label anew.
                wrong += found.wrong if half == "tune" else []
    out("\n| pay given as text | texts | right | share |\n| --- | --: | --: | --: |\n")
    for name, share in shares.items():
        out(f"| {name} | {share.texts} | {share.right} | {share.right / share.texts:.4f} |\n")
        wrong += [] if "test half" in name else share.wrong
    out("\n| phrases | expected | taken | right |\n| --- | --: | --: | --: |\n")
    for language, counts in sorted(by_language(keys.phrases(), taken).items()):
        out(f"| {language} | {counts['expected']} | {counts['taken']} | {counts['right']} |\n")
    if not ads:
        out("\nWithout the ads: their texts (../shared/captures) are not beside this checkout.\n")
    if show_errors:
        out("\n" + "\n".join(wrong) + "\n")


def _line(name: str, texts: int, found: Score) -> str:
    return (
        f"| {name} | {texts} | {found.expected} | {found.taken} | {found.right} "
        f"| {found.precision:.3f} | {found.recall:.3f} |\n"
    )


if __name__ == "__main__":
    main("--errors" in sys.argv)
