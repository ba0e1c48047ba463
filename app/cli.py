"""The command line: ``casework COMMAND``; each command is a file of ``app.commands``."""

import sys
from importlib import import_module
from importlib.util import find_spec

from app.settings import Misconfigured

COMMANDS = {
    "serve": "启动网站",
    "worker": "启动后台任务进程（Celery）",
    "beat": "启动定时任务进程（Celery）",
    "migrate": "建立或升级数据库结构",
    "seed": "生成演示区数据",
    "demo": "不经网页把演示案件从头办到底，输出文书和记录",
    "passcode": "签发一次性代码（管理员重设密码）",
    "check": "列出尚未设置或尚未签批的事项",
    "settings": "内部规定：列出，或者自某日起录入新值并签批",
    "due": "计算期限届满日",
    "calendar": "节假日日历：查看、按通知改动，列出移动的期限",
    "journal": "核对办理记录有无改动",
    "verify": "核验文书文件的真伪",
    "records": "文书：列出、重新生成、排印全部样本",
    "figures": "年度指标",
    "workflows": "输出办理程序的说明和流程图",
    "fonts": "生成文书用字体",
    "backup": "备份数据库和文书",
    "restore": "从备份恢复到空目录或空数据库",
}
USAGE, FAILED = 2, 1


def main(arguments: list[str] | None = None) -> int:
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["help"]
    if name in ("help", "-h", "--help"):
        print(_help())
        return 0
    if name not in COMMANDS:
        return _complain(f"没有“{name}”这个命令。运行 casework help 查看全部命令。", USAGE)
    if find_spec(f"app.commands.{name}") is None:
        return _complain(f"“{name}”（{COMMANDS[name]}）在这个版本里还没有。", USAGE)
    try:
        return import_module(f"app.commands.{name}").run(rest) or 0
    except Misconfigured as problem:
        return _complain(str(problem), USAGE)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # casework … | head
        sys.stderr.close()
        return FAILED


def _help() -> str:
    lines = [f"  {name:<10} {what}" for name, what in COMMANDS.items()]
    return "\n".join(["用法：casework 命令 [参数]", *lines, "casework 命令 --help 查看参数。"])


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
