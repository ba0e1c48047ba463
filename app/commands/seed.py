"""casework seed: fill an empty installation with the demo district."""

from argparse import ArgumentParser

from app.schema import migrate
from app.seeds import fill_district
from app.service import Service, has_demo_data, open_service
from app.settings import Misconfigured


def run(arguments: list[str]) -> int:
    ArgumentParser("casework seed", description="生成演示区数据（只在空库上）").parse_args(arguments)
    service = open_service(migrated=False)
    migrate(service.database)
    if has_demo_data(service):
        print("演示数据已经在了。")
    else:
        fill(service)
    service.close()
    return 0


def fill(service: Service) -> None:
    if not service.settings.embedded:
        raise Misconfigured("生产环境不能生成演示数据。")
    fill_district(service, lambda line: print(f"    {line}", flush=True))
