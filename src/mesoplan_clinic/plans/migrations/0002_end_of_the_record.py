"""Each course holds, sealed, how far its record reaches; filled for the records that are there as they stand."""

import json
from typing import Any

from django.db import migrations, models

from mesoplan_clinic.kernel.sealed import seal


BATCH = 500
"""Courses whose entries are in memory at a time."""


def fill(apps: Any, _editor: Any) -> None:
    """Seal the end of every record."""
    courses, entries = apps.get_model("plans", "Course"), apps.get_model("plans", "CourseEntry")
    keys = list(courses.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        ends = {course: [0, "0" * 64] for course in keys[start : start + BATCH]}
        found = entries.objects.filter(course__in=list(ends)).order_by("number")
        for course, number, its_hash in found.values_list("course_id", "number", "hash"):
            ends[course] = [number, its_hash]
        for course, end in ends.items():
            sealed = seal(b"-" + json.dumps(end).encode(), f"plans_course|end_sealed|{course}")
            courses.objects.filter(pk=course).update(end_sealed=sealed)


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="course",
            name="end_sealed",
            field=models.BinaryField(editable=False, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
