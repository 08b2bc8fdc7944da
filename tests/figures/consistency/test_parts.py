"""A whole and its parts, and shares of one whole."""

import pytest

from harness.figures.published import Figure, Rule
from tests.figures.consistency.pages import contradictions, figure, rules


def memory(printed: str, label: str, unit: str = "MB", **changes: str) -> Figure:
    return figure(printed, unit, label=label, quantity="memory", **changes)  # type: ignore[arg-type]  # all are strings


def share(printed: str, label: str = "Market share", quantity: str = "market share", **changes: str) -> Figure:
    return figure(printed, "%", label=label, quantity=quantity, **changes)  # type: ignore[arg-type]  # all are strings


class TestParts:
    WHOLE = memory("60", "Total")

    def test_parts_that_exceed_their_whole_are_accused_with_the_sum(self) -> None:
        (found,) = contradictions(self.WHOLE, memory("45", "of which heap"), memory("30", "of which code"))
        assert found.rule is Rule.PARTS
        assert found.message == (
            "The parts '45' MB (Facts: of which heap) and '30' MB (Facts: of which code) add up to at least 74.0 MB, "
            "and the page prints '60' MB (Facts: Total) as the whole."
        )

    def test_parts_up_to_their_whole_leave_room_for_rounding(self) -> None:
        assert rules(self.WHOLE, memory("40", "of which heap"), memory("21", "of which code")) == []
        assert rules(self.WHOLE, memory("20", "of which heap")) == []

    @pytest.mark.parametrize("labels", [("Idle", "Peak"), ("RSS", "PSS"), ("Average", "Maximum")])
    def test_columns_that_are_not_called_parts_are_not_added_up(self, labels: tuple[str, str]) -> None:
        assert Rule.PARTS not in rules(self.WHOLE, *(memory("55", label) for label in labels))

    def test_parts_of_another_target_section_or_condition_have_another_whole(self) -> None:
        parts = memory("45", "of which heap"), memory("30", "of which code", section="Other")
        assert rules(self.WHOLE, *parts) == []
        assert rules(self.WHOLE, parts[0], memory("30", "of which code", target="gin_app")) == []

    def test_a_part_that_is_printed_twice_counts_once(self) -> None:
        assert rules(self.WHOLE, memory("45", "of which heap"), memory("45.0", "of which heap")) == []


class TestShares:
    def test_shares_of_a_market_beyond_the_whole_are_accused(self) -> None:
        (found,) = contradictions(share("70%"), share("40%", target="gin_app"))
        assert found.rule is Rule.PARTS
        assert found.message.startswith("The shares of one whole add up to at least 109 %: '70%' (Facts: Market share)")

    def test_rounded_shares_may_add_up_to_a_little_more(self) -> None:
        shares = [share("33.4%", target=name) for name in ("a", "b", "c")]
        assert rules(*shares[:2], share("33.3%", target="c")) == []
        assert rules(*shares) == [Rule.PARTS]

    def test_the_parts_of_a_breakdown_are_one_whole(self) -> None:
        parts = [
            share(text, label, "breakdown of the time") for text, label in (("60%", "database"), ("55%", "templates"))
        ]
        assert rules(*parts) == [Rule.PARTS]
        assert rules(parts[0], share("40%", "templates", "breakdown of the time")) == []
        assert rules(parts[0], share("55%", "templates", "breakdown of the time", target="gin_app")) == []

    def test_market_shares_of_two_years_are_two_wholes(self) -> None:
        assert rules(*(share("60%", f"Market share {year}") for year in (2023, 2024))) == []

    @pytest.mark.parametrize("quantity", ["share of developers", "share of respondents", "share of the time"])
    def test_answers_of_a_survey_and_nested_shares_overlap(self, quantity: str) -> None:
        assert rules(*(share("70%", label, quantity) for label in ("import", "main"))) == []

    @pytest.mark.parametrize("quantity", ["error rate", "availability", "share of the time", "success rate"])
    def test_a_share_beyond_100_per_cent_is_accused(self, quantity: str) -> None:
        (found,) = contradictions(share("104%", "value", quantity))
        assert found.message == "'104%' (Facts: value) is a share of a whole, and no share exceeds 100 %."
        assert rules(share("100%", "value", quantity)) == []

    @pytest.mark.parametrize(
        ("printed", "quantity"),
        [
            ("250%", "CPU usage"),
            ("+140%", "share of downloads"),
            ("340%", "growth of errors"),
            ("120% faster", "speed"),
            ("112%", "share of the baseline"),
        ],
    )
    def test_several_cpus_and_changes_may_exceed_100_per_cent(self, printed: str, quantity: str) -> None:
        assert rules(share(printed, "value", quantity)) == []
