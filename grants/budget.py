"""The arithmetic of a budget: always computed from its lines, in Decimal euros to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from .models import BudgetLine, Partner

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Sum:
    """What is asked for and what the cities put in; `total` is both."""

    amount: Decimal = ZERO
    cofinancing: Decimal = ZERO

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.amount + other.amount, self.cofinancing + other.cofinancing)

    @property
    def total(self) -> Decimal:
        return self.amount + self.cofinancing

    @property
    def share(self) -> Decimal:
        """Co-financing as a percentage of the total, rounded down so that what falls short never looks reached."""
        return (100 * self.cofinancing / self.total).quantize(CENT, ROUND_DOWN) if self.total else ZERO

    def is_share_at_least(self, percent: Decimal) -> bool:
        """Whether the co-financing reaches `percent` of the total, without rounding."""
        return 100 * self.cofinancing >= percent * self.total


@dataclass(frozen=True)
class Budget:
    by_partner: list[tuple[Partner, Sum]]
    by_heading: list[tuple[BudgetLine.Heading, Sum]]
    total: Sum


def add_up(lines: Iterable[BudgetLine]) -> Sum:
    return sum((Sum(line.amount, line.cofinancing) for line in lines), Sum())


def budget_of(partners: Iterable[Partner]) -> Budget:
    """The budget of `partners`, whose `budget_lines` are best prefetched. Every heading is listed, used or not."""
    lines = {partner: list(partner.budget_lines.all()) for partner in partners}
    every = [line for of_partner in lines.values() for line in of_partner]
    return Budget(
        by_partner=[(partner, add_up(of_partner)) for partner, of_partner in lines.items()],
        by_heading=[(h, add_up(line for line in every if line.heading == h)) for h in BudgetLine.Heading],
        total=add_up(every),
    )
