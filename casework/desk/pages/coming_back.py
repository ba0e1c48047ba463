"""The list an act began on: one goes back there, to the same filter and the same place, and to no other address."""

import re

LIST = "/todo"
NEXT = "/todo/next"
LISTS = re.compile(r"/(todo|todo/next|workload/cases|cases/[a-z_]+)(\?[^\s\\#]*)?(#r-[0-9a-f-]{36})?")
LONGEST = 700  # a filter, a signed place and a row


def list_of(given: object) -> str:
    """The address if it is one of a list, else nothing."""
    address = str(given)
    return address if len(address) <= LONGEST and LISTS.fullmatch(address) else ""
