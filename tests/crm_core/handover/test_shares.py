"""Who gets which customer, by rule."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from crm_core.handover.shares import STAYS, Rule, shares


def some(*held: tuple[int, str | None, str]):
    return [SimpleNamespace(id=one, city=city, type=kind) for one, city, kind in held]


CUSTOMERS = st.lists(
    st.builds(
        lambda one, city, kind: SimpleNamespace(id=one, city=city, type=kind),
        st.integers(1, 60),
        st.sampled_from(["深圳", "东莞", "广州", None]),
        st.sampled_from("abc"),
    ),
    unique_by=lambda one: one.id,
)


@given(CUSTOMERS, st.sampled_from(Rule), st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
def test_each_customer_goes_to_one_of_them(customers, rule, to):
    made = shares(rule, customers, to, {})
    assert set(made) == {one.id for one in customers}
    assert set(made.values()) <= set(to)


@given(CUSTOMERS, st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
def test_evenly_is_even_for_each_type_too(customers, to):
    made = shares(Rule.EVENLY, customers, to, {})
    counts = [list(made.values()).count(one) for one in to]
    assert max(counts) - min(counts) <= 1
    for kind in "abc":
        theirs = [made[one.id] for one in customers if one.type == kind]
        counts = [theirs.count(one) for one in to]
        assert max(counts) - min(counts) <= 1


@given(CUSTOMERS, st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
def test_a_city_stays_together(customers, to):
    made = shares(Rule.CITY, customers, to, {})
    for city in {one.city for one in customers}:
        assert len({made[one.id] for one in customers if one.city == city}) <= 1


def test_a_city_goes_to_who_knows_it():
    customers = some((1, "深圳", "a"), (2, "深圳", "a"), (3, "东莞", "a"), (4, None, "a"))
    made = shares(Rule.CITY, customers, [7, 8], {}, {(8, "深圳"): 5, (7, "东莞"): 1})
    assert made == {1: 8, 2: 8, 3: 7, 4: 7}


def test_what_was_said_by_hand_goes_before_the_rule():
    customers = some((1, "深圳", "a"), (2, "深圳", "a"), (3, "东莞", "a"))
    assert shares(Rule.ONE, customers, [7], {2: 9, 3: STAYS, 44: 9}) == {1: 7, 2: 9}
    assert shares(Rule.ONE, customers, [], {2: 9}) == {2: 9}
