"""Every mediation test has a station with its people."""

import pytest

from tests.casework.mediation.world import World, build


@pytest.fixture
def world(sessions, clock) -> World:
    return build(sessions, clock)
