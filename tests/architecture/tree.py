"""The files of the project, without what is generated or installed."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "members", "casework", "documents", "web", "union", "workflows")
NOT_OURS = {".git", ".venv", "var", "out", "vendor", "__pycache__", ".hypothesis"}
TEXT = {".py", ".md", ".toml", ".txt", ".in", ".lock", ".html", ".css", ".js", ".yaml", ".json", ".mako", ".svg", ""}


def files(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in NOT_OURS and not path.name.endswith("_cache"):
                yield from files(path)
        elif path.name not in NOT_OURS:  # in a linked worktree .git is a file
            yield path


def texts() -> Iterator[tuple[str, str]]:
    """Path and content of every text file."""
    for path in files():
        if path.suffix in TEXT:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")
