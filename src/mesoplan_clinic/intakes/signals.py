"""What others are told: a client's answers, decisions or allergy tests are no longer what plans were made from."""

from django.dispatch import Signal

answers_changed = Signal()
"""Sent with `client` inside the transaction of the change."""
