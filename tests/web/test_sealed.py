import dataclasses
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.kernel.keys import load_keys, store_keys, with_new_data_key
from mesoplan_clinic.kernel.sealed import SealError, key_number, seal, sealed_columns, unseal


@given(st.binary(max_size=2000), st.text(max_size=50))
def test_what_is_sealed_opens_in_its_own_place_only(value, place):
    sealed = seal(value, place)
    assert unseal(sealed, place) == value
    with pytest.raises(SealError):
        unseal(sealed, place + "x")


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_sealed_value_with_any_bit_changed_does_not_open(value, data):
    sealed = bytearray(seal(value, "here"))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealError):
        unseal(bytes(sealed), "here")


def test_a_name_copied_into_another_clients_row_or_another_column_does_not_open(clinic):
    one, two = (enter_client(clinic, name=name, identifier=name) for name in ("Anna", "Berta"))
    Client.objects.filter(pk=two.pk).update(name_sealed=one.name_sealed)
    with pytest.raises(SealError):
        _ = Client.objects.get(pk=two.pk).name
    Client.objects.filter(pk=two.pk).update(name_sealed=two.identifier_sealed)
    with pytest.raises(SealError):
        _ = Client.objects.get(pk=two.pk).name


def test_values_sealed_with_an_older_key_stay_readable_and_new_ones_use_the_new_key(settings, tmp_path):
    settings.HOME = tmp_path
    old = seal(b"value", "here")
    settings.KEYS = with_new_data_key(settings.KEYS)
    new = seal(b"value", "here")
    assert (key_number(old), key_number(new)) == (settings.KEYS.current - 1, settings.KEYS.current)
    assert unseal(old, "here") == unseal(new, "here") == b"value"
    settings.KEYS = dataclasses.replace(settings.KEYS, data={settings.KEYS.current: secrets.token_bytes(32)})
    with pytest.raises(SealError, match="not among the keys"):
        unseal(old, "here")


def test_a_running_server_opens_what_another_process_sealed_with_a_key_made_since(settings, tmp_path):
    settings.HOME, mine = tmp_path, load_keys(tmp_path)
    settings.KEYS = with_new_data_key(mine)
    store_keys(tmp_path, settings.KEYS, replace=True)
    sealed = seal(b"value", "here")
    settings.KEYS = mine
    assert unseal(sealed, "here") == b"value"
    assert key_number(seal(b"next", "here")) == mine.current + 1
    with pytest.raises(SealError, match="not among the keys"):
        unseal((99).to_bytes(4, "big") + sealed[4:], "here")


def test_the_keys_are_made_once_and_are_readable_by_their_owner_alone(tmp_path):
    first = load_keys(tmp_path)
    assert load_keys(tmp_path) == first
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    store_keys(tmp_path, with_new_data_key(first), replace=False)
    assert load_keys(tmp_path) == first


def test_damaged_keys_are_named_and_never_replaced(tmp_path):
    load_keys(tmp_path)
    (tmp_path / "keys.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"keys\.json"):
        load_keys(tmp_path)
    assert (tmp_path / "keys.json").read_text(encoding="utf-8") == "{}"


def test_every_sealed_column_is_known_to_the_change_of_keys():
    names = {f"{model.__name__}.{column}" for model, column in sealed_columns()}
    assert {"Client.name_sealed", "Intake.answers_sealed", "Plan.plan_sealed", "Photo.thumbnail_sealed"} <= names


@given(st.binary(max_size=40), st.integers(0, 60))
def test_long_values_are_kept_compressed_and_come_back_as_they_were(piece, times):
    from mesoplan_clinic.kernel.sealed import _packed, _unpacked

    value = piece * times
    assert _unpacked(_packed(value)) == value
    assert len(_packed(value)) <= len(value) + 1
