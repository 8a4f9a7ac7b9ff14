"""The rules about personal data, all of them: shown on the privacy page, executed every night, behind export and erasure.

A new field that can hold something about a person belongs into a rule of one of these three; one that cannot, into `not_personal.py`.
tests/icc_portal/test_retention.py fails until it is in one of the two.
"""

from .letters import LETTERS_AND_EXCHANGES
from .offices import ACCOUNTS_AND_OFFICES
from .programme import PROGRAMME

RULES = [*ACCOUNTS_AND_OFFICES, *LETTERS_AND_EXCHANGES, *PROGRAMME]
