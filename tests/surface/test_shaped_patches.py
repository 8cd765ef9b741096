"""Body patches that are bent or drawn: `--shape`."""

import numpy as np
import pytest

from mesoplan.errors import ProblemError
from mesoplan.surface.build import build_face

FOREARM = {"forearm_left": (12.0, 20.0)}


def test_a_patch_on_a_cylinder_has_its_width_along_the_skin() -> None:
    built = build_face(patches=FOREARM, shapes=["forearm_left=4.5"])
    skin = built.skins()[1].skin
    assert built.surface.area("forearm_left").area_cm2 == pytest.approx(240.0)
    assert skin.area_cm2("forearm_left") == pytest.approx(240.0, rel=2e-3)
    assert np.hypot(skin.vertices_mm[:, 0], skin.vertices_mm[:, 2]) == pytest.approx(45.0)


def test_a_patch_on_a_cone_narrows_upwards() -> None:
    skin = build_face(patches=FOREARM, shapes=["forearm_left=4.5,3.5"]).skins()[1].skin
    radius = np.hypot(skin.vertices_mm[:, 0], skin.vertices_mm[:, 2])
    lowest, highest = skin.vertices_mm[:, 1].argmin(), skin.vertices_mm[:, 1].argmax()
    assert (radius[lowest], radius[highest]) == (pytest.approx(45.0), pytest.approx(35.0))


def test_a_drawn_patch_has_the_area_of_its_polygon() -> None:
    built = build_face(shapes=["abdomen=0,0;10,0;10,8;0,4"])
    assert built.surface.area("abdomen").area_cm2 == pytest.approx(60.0)  # a trapezium: 10 x (8 + 4) / 2
    assert built.skins()[1].skin.area_cm2("abdomen") == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("forearm_left", "no radius"),
        ("forearm_left=round", "no radius"),
        ("forearm_left=1,2,3", "no radius"),
        ("forearm_left=0,0;1,1", "no radius"),
        ("forearm_left=-3", "-3"),
        ("forearm_left=1", "round"),
        ("forearm_right=4", "needs its width and height"),
        ("forearm_left=0,0;5,0;5,5", "has its size already"),
        ("abdomen=0,0;5,5;5,0;0,5", "cross"),
        ("abdomen=0,0;5,0;9,0", "touches itself"),
        ("forehead=4", "a shape of its own"),
        ("elbow=4", "no such zone"),
    ],
)
def test_a_shape_that_cannot_be_meant_is_refused_with_its_value(shape: str, told: str) -> None:
    with pytest.raises(ProblemError) as refused:
        build_face(patches=FOREARM, shapes=[shape])
    assert told in str(refused.value)


def test_every_wrong_shape_is_told_at_once() -> None:
    with pytest.raises(ProblemError) as refused:
        build_face(patches=FOREARM, shapes=["forearm_left=x", "elbow=4", "forehead=4"])
    assert len(refused.value.problems) == 3
