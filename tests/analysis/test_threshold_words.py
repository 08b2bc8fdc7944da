"""Reasons why thresholds do not hold, in words."""

from harness.analysis.threshold_words import Breach, in_words, what_failed

SMALL, LARGE = Breach("a<-5%", "x fell", 0.9), Breach("a<-5%", "y fell", 0.5)
NOT_JUDGED = Breach("b>5%", "no numbers", is_judged=False)


def test_each_threshold_has_one_sentence_with_its_largest_change() -> None:
    failures = [Breach("", "z is gone"), SMALL, LARGE, NOT_JUDGED]
    assert list(in_words(failures)) == ["a<-5%: y fell; and 1 more", "b>5%: no numbers"]
    [words] = in_words([SMALL, Breach("a<-5%", "z rose", 4.0), LARGE])
    assert words == "a<-5%: z rose; and 2 more"


def test_only_where_nothing_is_judged_a_threshold_could_not_be() -> None:
    assert what_failed([NOT_JUDGED]) == "a threshold could not be judged"
    assert what_failed([NOT_JUDGED, SMALL]) == "a threshold does not hold"
    assert what_failed([Breach("", "z is gone"), SMALL]) == "a threshold does not hold"
    assert what_failed([Breach("", "z is gone")]) == "a target is in one run only"


def test_a_target_of_one_run_only_makes_no_unjudged_threshold_a_judged_one() -> None:
    assert what_failed([Breach("", "z is gone"), NOT_JUDGED]) == "a threshold could not be judged"
