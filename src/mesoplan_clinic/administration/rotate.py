"""Changing the data key: a new key becomes the current one, and everything is sealed anew with it, row by row."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from django.conf import settings
from django.db import models, transaction

from mesoplan_clinic.kernel import vault
from mesoplan_clinic.kernel.keys import VARIABLE, load_keys, store_keys, with_new_data_key
from mesoplan_clinic.kernel.sealed import key_number, place_of, seal, sealed_columns, unseal
from mesoplan_clinic.photos.models import Photo

_BATCH = 200


def add_key() -> int:
    """Make a new data key the current one, in the key file and in this process; return its number.

    Raises:
        ValueError: If the keys come from the environment: add the key there.
    """
    if os.environ.get(VARIABLE):
        raise ValueError(f"The keys come from {VARIABLE}: add a new one there, make it current, and run with --reseal.")
    ring = with_new_data_key(load_keys(Path(settings.HOME)))
    store_keys(Path(settings.HOME), ring, replace=True)
    settings.KEYS = ring
    return ring.current


def reseal() -> int:
    """Seal everything with the current key that an older one sealed; return how many values.

    It can be stopped and started again at any moment; who works meanwhile loses nothing.
    """
    done = 0
    for model, column in sealed_columns():
        done += _reseal_column(model, column)
    return done + _reseal_second_factors() + _reseal_vault()


def _reseal_column(model: type[models.Model], column: str) -> int:
    done = 0
    keys = list(model._base_manager.exclude(**{column: None}).values_list("pk", flat=True))
    for start in range(0, len(keys), _BATCH):
        with transaction.atomic():
            rows = model._base_manager.select_for_update().filter(pk__in=keys[start : start + _BATCH])
            for row in rows:
                stored = getattr(row, column)
                if stored is None or key_number(stored) == settings.KEYS.current:
                    continue
                place = place_of(row, column)
                model._base_manager.filter(pk=row.pk).update(**{column: seal(unseal(stored, place), place)})
                done += 1
    return done


def _reseal_second_factors() -> int:
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator

    adapter, done = get_adapter(), 0
    with transaction.atomic():
        for one in Authenticator.objects.select_for_update():
            data = {
                name: adapter.encrypt(adapter.decrypt(value)) if _is_old(value) else value
                for name, value in one.data.items()
            }
            if data != one.data:
                Authenticator.objects.filter(pk=one.pk).update(data=data)
                done += 1
    return done


def _is_old(value: object) -> bool:
    try:
        number = key_number(bytes.fromhex(value)) if isinstance(value, str) else 0
    except ValueError:
        return False
    return number in settings.KEYS.data and number != settings.KEYS.current


def _reseal_vault() -> int:
    done = 0
    for key in list(vault.every_key()):
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile, with its client
            if vault.sealed_with(key) != settings.KEYS.current:
                vault.put(key, vault.get(key))
                done += 1
        if not Photo.objects.filter(pk=key).exists():  # erased between the two: its file must not come back
            vault.mark(key)
    return done
