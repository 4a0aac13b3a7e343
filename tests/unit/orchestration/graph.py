"""The asset graph as plain data, and the command that writes the committed snapshot anew:

python -m tests.unit.orchestration.graph
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dagster import Definitions

SNAPSHOT = Path(__file__).with_name("graph.json")


def graph_of(defs: Definitions) -> dict[str, Any]:
    """{"schema/table": {group, step, deps, checks}} of every asset, sorted; jobs and schedules."""
    graph = defs.resolve_asset_graph()
    assets = {
        node.key.to_user_string(): {
            "group": node.group_name,
            "step": node.assets_def.op.name,
            "deps": sorted(key.to_user_string() for key in node.parent_keys),
            "checks": len(node.check_keys),
        }
        for node in graph.asset_nodes
    }
    return {
        "assets": dict(sorted(assets.items())),
        "jobs": sorted(job.name for job in defs.jobs or []),
        "schedules": sorted(
            schedule.name for schedule in defs.schedules or [] if hasattr(schedule, "name")
        ),
    }


def main() -> None:
    """Write the snapshot."""
    from orchestration.definitions import defs

    SNAPSHOT.write_text(json.dumps(graph_of(defs), indent=1) + "\n")


if __name__ == "__main__":
    main()
