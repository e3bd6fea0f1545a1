from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.documents import trees
from slaplugin.errors import DocumentError, Problem

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=10,
)


def refused(text: str | bytes, name: str = "p.yaml") -> list[Problem]:
    with pytest.raises(DocumentError) as error:
        trees.parse(text, name)
    return list(error.value.problems)


@pytest.mark.parametrize(
    "text", ["NO", "22:00", "2026-12-24", "010", "1.5", "0x1F", "1_000", "Yes", "True", "1e3", "<<"]
)
def test_what_older_yaml_would_turn_into_something_else_is_text(text: str) -> None:
    assert trees.parse(f"a: {text}", "p").content == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("-5", -5), ("0", 0)]
)
def test_the_few_words_that_are_not_text(text: str, value: Any) -> None:
    assert trees.parse(f"a: {text}", "p").content == {"a": value}


@pytest.mark.parametrize("word", ["true", "5", "null"])
def test_quoted_words_are_text(word: str) -> None:
    assert trees.parse(f'a: "{word}"', "p").content == {"a": word}


def test_keys_are_always_text() -> None:
    assert trees.parse("on: 1\n2: 2\n2026-12-31: []\ntrue: 3", "p").content == {
        "on": 1,
        "2": 2,
        "2026-12-31": [],
        "true": 3,
    }


def test_a_repeated_key_names_both_lines() -> None:
    assert [str(one) for one in refused("a: 1\nb: {c: 1,\n  c: 2}\na: 3\n")] == [
        "line 3: b.c: is written twice, first on line 2; keep one",
        "line 4: a: is written twice, first on line 1; keep one",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1", "anchors are not allowed"),
        ("a: !!str 1", "tags are not allowed"),
        ("a: !!python/object/apply:os.getcwd []", "tags are not allowed"),
        ("a: [*x]", "aliases are not allowed"),
        ("*x : 1", "aliases are not allowed"),
        ("[a]: 1", "a key that is not text"),
        ("a: 1\n---\nb: 1", "second document"),
        ("a: [1", "is not YAML"),
        ("a: \x07", "is not YAML"),
        ("a: 99999999999999999999", "too large a number"),
    ],
)
def test_what_a_document_may_not_hold(text: str, words: str) -> None:
    assert any(words in one.message for one in refused(text))


def test_reading_goes_on_after_a_problem() -> None:
    assert [one.line for one in refused("a: &x 1\nb: *x\nc: !t 1\nc: 2\n")] == [1, 2, 3, 4]


def test_expanding_aliases_cannot_fill_the_memory() -> None:
    lines = ["k0: &k0 [lol, lol]"] + [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert any("aliases" in one.message for one in refused("\n".join(lines)))


@pytest.mark.parametrize("name", ["p.yaml", "p.json"])
@pytest.mark.parametrize("text", ["[" * 10_000, "a: " + "[" * 10_000, "[" * 200 + "]" * 200, '{"a":' * 10_000])
def test_deep_nesting_is_a_sentence(text: str, name: str) -> None:
    assert "nested deeper than 50 levels" in refused(text, name)[0].message


def test_a_document_has_a_largest_size() -> None:
    assert "larger than 1 MB" in refused("a" * 1_000_001)[0].message


def test_a_document_has_a_largest_number_of_values() -> None:
    assert "more than 100,000 values" in refused("- x\n" * 100_001)[0].message


def test_bytes_that_are_not_utf_8_name_their_line() -> None:
    assert str(refused(b"a: 1\nb: \xff")[0]) == "line 2: is not UTF-8 text; save it as UTF-8"


def test_a_byte_order_mark_is_not_content() -> None:
    content = b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}'
    assert trees.parse(content, "p.json").content == {"a": "\U0001f600"}


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), PLAIN, max_size=5))
def test_json_reads_as_itself(content: dict[str, Any]) -> None:
    assert trees.parse(json.dumps(content), "p.json").content == content


def test_json_knows_lines_too() -> None:
    tree = trees.parse('{"a": 1,\n "b": {\n\t"c": [1,\n 2]}}', "p.json")
    assert str(tree.problem(("b", "c", 1), "is odd")) == "line 4: b.c[1]: is odd"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', "a: is written twice"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": -Infinity}', "holds -Infinity"),
        ('{"a": 1.5}', "a: 1.5 has a fraction"),
        ('{"a": 1e999}', "has a fraction"),
        ('{"a": 9007199254740993}', "a: 9007199254740993 is too large"),
        (f'{{"a": {"9" * 5000}}}', "too large a number"),
        ('{"a": "\\ud800"}', "a: holds half a surrogate pair"),
        ('{"\\ud800": 1}', "half a surrogate pair"),
        ('{"a": "\\ud83d\\ude00", "a": 1}', '"a" is written twice'),
        ('{"a": 1', "is not JSON"),
    ],
)
def test_what_json_may_not_hold(text: str, words: str) -> None:
    assert words in str(refused(text, "p.json")[0])


def test_a_yaml_file_may_begin_with_a_brace() -> None:
    assert trees.parse("{a: NO}", "p.yaml").content == {"a": "NO"}


def test_a_problem_stands_at_the_nearest_written_line() -> None:
    assert trees.parse("a:\n  b: 1\n", "p").problem(("a", "b", "missing"), "is missing").line == 2


def test_odd_keys_are_printable_in_a_path() -> None:
    assert str(trees.parse('a: {"x\\ny": 1}', "p").problem(("a", "x\ny"), "is odd")) == 'line 1: a["x\\ny"]: is odd'
