"""``casework fonts``: build the role fonts of the records, or check that they are whole."""

import sys
from argparse import ArgumentParser

from documents.fonts import FontSet, FontsMissing, build, fonts_directory


def run(arguments: list[str]) -> int:
    """0 when the fonts are whole, 1 when they are missing or altered and could not be built."""
    parser = ArgumentParser("casework fonts", description="生成文书用字体")
    parser.add_argument("what", choices=("build", "check"), nargs="?", default="build")
    given = parser.parse_args(arguments)
    try:
        fonts = FontSet.at(fonts_directory()) if given.what == "check" else build(fonts_directory(), print)
    except FontsMissing as error:
        print(error, file=sys.stderr)
        return 1
    if faults := fonts.faults():
        print(f"文书字体已损坏：{'、'.join(faults)}", file=sys.stderr)
        return 1
    print(f"文书字体就绪：{len(fonts.manifest['roles'])} 种，仿宋来自 {fonts.fang_comes_from}")
    return 0
