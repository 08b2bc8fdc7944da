"""Placeholders in texts and JSON values: found by name, and replaced by values."""

from harness.model.placeholders import fill, fill_json, names_in


def test_names_are_found_in_strings_keys_and_nested_values() -> None:
    template = {"{a}": ["{b} and {c}", {"k": "{d}"}], "n": 1, "literal": "{} {1} { e }"}
    assert names_in(template) == {"a", "b", "c", "d"}
    assert names_in(None) == frozenset()


def test_known_placeholders_are_replaced_and_other_braces_stay() -> None:
    assert fill("/{a}/{b}/{}", {"a": "x y", "b": 3}, lambda value: value.replace(" ", "+")) == "/x+y/3/{}"


def test_in_json_a_string_with_only_a_placeholder_is_replaced_by_the_value() -> None:
    filled = fill_json({"age": "{age}", "text": "is {age}", "list": ["{age}", None, True]}, {"age": 36})
    assert filled == {"age": 36, "text": "is 36", "list": [36, None, True]}
