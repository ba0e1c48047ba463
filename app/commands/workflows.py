"""``casework workflows``: the procedures as Markdown, SVG or JSON, and the pages of ``docs`` made from them."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path

from app.glossary import glossary
from app.modules import plug_all
from workflows import diagram
from workflows.definition import Workflow
from workflows.module import registry

USAGE = 2
INDEX = "README.md"


def run(arguments: list[str]) -> int:
    """Print one procedure, the list of all, or write the generated pages."""
    given = _parser().parse_args(arguments)
    plug_all()
    if given.write or given.glossary:
        return _write(given.write, given.glossary)
    if given.name is None:
        print("\n".join(f"{workflow.name}  {workflow.label}" for workflow in procedures()))
        return 0
    workflow = {known.name: known for known in procedures()}.get(given.name)
    if workflow is None:
        print(f"没有“{given.name}”这个程序。运行 casework workflows 查看全部程序。", file=sys.stderr)
        return USAGE
    print(shown(workflow, given.format).rstrip("\n"))
    return 0


def procedures() -> list[Workflow]:
    """The current definition of every plugged procedure, each followed by its side tracks."""
    return [w for module in registry.modules.values() for w in (module.workflow, *module.tracks)]


def shown(workflow: Workflow, form: str) -> str:
    if form == "svg":
        return diagram.svg(workflow, standalone=True)
    if form == "json":
        return json.dumps(diagram.as_data(workflow), ensure_ascii=False, indent=2)
    return diagram.markdown(workflow)


def pages() -> dict[str, str]:
    """File name and content of every generated page of the procedures."""
    made = {INDEX: _index()}
    for workflow in procedures():
        made[f"{workflow.name}.md"] = _page(workflow)
        made[f"{workflow.name}.svg"] = diagram.svg(workflow, standalone=True) + "\n"
    return made


def _write(folder: Path | None, file: Path | None) -> int:
    made = {folder / name: content for name, content in pages().items()} if folder else {}
    if file:
        made[file] = glossary()
    for path, content in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        print(path)
    return 0


def _page(workflow: Workflow) -> str:
    title, rest = diagram.markdown(workflow).split("\n", 1)
    return f"{title}\n\n![{workflow.label}流程图]({workflow.name}.svg)\n{rest}"


def _index() -> str:
    lines = ["# 办理程序", "", "由 `casework workflows --write docs/workflows` 从程序定义生成，请勿手工修改。", ""]
    return "\n".join([*lines, *(f"- [{w.label}]({w.name}.md) `{w.name}`" for w in procedures())]) + "\n"


def _parser() -> ArgumentParser:
    parser = ArgumentParser("casework workflows", description="输出办理程序的说明和流程图")
    parser.add_argument("name", nargs="?", metavar="程序", help="程序的标识，例如 mediation；不填则列出全部")
    parser.add_argument("--format", choices=("md", "svg", "json"), default="md", help="输出的格式")
    parser.add_argument("--write", type=Path, metavar="目录", help="把全部程序的说明和流程图写入目录")
    parser.add_argument("--glossary", type=Path, metavar="文件", help="把术语对照表写入文件")
    return parser
