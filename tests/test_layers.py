"""Imports point down only, kernels stand alone, and nothing but `cli/run.py` and its kin speak of the workflow."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "oncopipe"

# A room may import from its own layer's row and from any row below it; rooms in one row do not know each other.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"data", "options", "phred", "jit", "constants", "errors", "provenance", "read_kernels"}),
    frozenset({"io"}),
    frozenset({"pileup", "families"}),
    frozenset({"alignment", "calling", "qc"}),
    frozenset({"survey"}),
    frozenset({"annotation"}),
    frozenset({"knowledge"}),
    frozenset({"preflight"}),
    frozenset({"interpretation"}),
    frozenset({"explain"}),
    frozenset({"report"}),
    frozenset({"exports"}),
    frozenset({"validation"}),
    frozenset({"simulation"}),
    frozenset({"cli"}),
)
KERNEL_IMPORTS = {"jit", "constants", "phred", "read_kernels", "pileup"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("oncopipe"):
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name.split(".")[1] for a in node.names if a.name.startswith("oncopipe.")}
    return names


def sources() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("*.py")) if p.parent != PACKAGE or p.name != "__init__.py"]


def test_layers__every_room_is_placed() -> None:
    placed = frozenset().union(*LAYERS)
    assert {room_of(p) for p in sources()} <= placed


def test_layers__imports_point_down() -> None:
    rank = {room: i for i, row in enumerate(LAYERS) for room in row}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in sources()
        for name in imported_rooms(path)
        if name in rank
        and name != room_of(path)
        and (rank[name] > rank[room_of(path)] or (rank[name] == rank[room_of(path)] and rank[name] > 0))
    ]
    assert wrong == []


def test_kernels__import_only_their_own_kind() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in sources()
        if path.stem.endswith("_kernels")
        for name in imported_rooms(path) - KERNEL_IMPORTS - {room_of(path)}
    ]
    assert wrong == []


def test_package__only_the_command_speaks_of_snakemake() -> None:
    speakers = {room_of(p) for p in sources() if "snakemake" in p.read_text().lower()}
    assert speakers <= {"cli"}
