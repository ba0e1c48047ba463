"""``casework check``: what is not set up, not signed off, or stopped; in Chinese, one line each."""

from argparse import ArgumentParser

from app.readiness import contents, installation
from app.schema import current
from app.service import Service, open_service
from app.sign_off import open_points


def run(arguments: list[str]) -> int:
    ArgumentParser("casework check", description="列出尚未设置或尚未签批的事项；有则返回 1").parse_args(arguments)
    service = open_service(migrated=False)
    findings = problems(service)
    service.close()
    for heading, sentences in findings.items():
        print(f"{heading}（{len(sentences)}）")
        print("\n".join(f"· {sentence}" for sentence in sentences))
    if not findings:
        print("全部设置齐备。")
    return 1 if findings else 0


def problems(service: Service) -> dict[str, list[str]]:
    """Heading and sentences; a heading without any is left out."""
    found = {"尚未设置": list(installation(service)), "尚未签批": []}
    if not current(service.database):
        found["尚未设置"].append("数据库结构不是最新的：请先运行 casework migrate")
    else:
        with service.database.reading() as session:
            found["尚未设置"] += contents(service, session)
            found["尚未签批"] += open_points(service, session)
    return {heading: sentences for heading, sentences in found.items() if sentences}
