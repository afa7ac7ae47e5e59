"""Who signs: every rule, every exception, and that there is always somebody (invariant 15)."""

from hypothesis import given
from hypothesis import strategies as st

from crm_core.approvals.people import Asked, Chosen, People, Person, signers
from crm_core.org.models import Role
from crm_core.playbook.flows import Policy, Signer

SALES, FINANCE = 1, 2


def people(applicant: int = 5, **gone: bool) -> People:
    """陈总 above 王经理 above 李娜 (5) and 张伟 (6); 周立 in finance; 钱伟 the admin."""
    known = [
        Person(1, "陈总", 9, None, frozenset({Role.EXECUTIVE})),
        Person(2, "王海燕", SALES, 1, frozenset({Role.MANAGER})),
        Person(3, "周立", FINANCE, 1, frozenset({Role.FINANCE})),
        Person(4, "钱伟", 9, 1, frozenset({Role.ADMIN})),
        Person(5, "李娜", SALES, 2, frozenset({Role.REP})),
        Person(6, "张伟", SALES, 2, frozenset({Role.REP})),
    ]
    known = [Person(p.id, p.name, p.unit_id, p.manager_id, p.roles, f"p{p.id}" not in gone) for p in known]
    return People({one.id: one for one in known}, applicant)


def seats(company: People, *rules: Signer, policy: Policy | None = None, **asked: object) -> list[Chosen]:
    picks = asked.pop("picks", {})
    return signers(company, "here", rules, policy or Policy(), Asked(asked, picks))  # pyright: ignore[reportArgumentType]


def test_the_superior_and_the_superior_s_superior():
    assert seats(people(), Signer(manager=1)) == [Chosen(2)]
    assert seats(people(), Signer(manager=2)) == [Chosen(1)]


def test_beyond_the_top_the_top_signs():
    assert seats(people(), Signer(manager=7)) == [Chosen(1)]


def test_all_superiors_up_to_a_height_the_nearest_first():
    assert seats(people(), Signer(managers_up_to=2)) == [Chosen(2), Chosen(1)]


def test_the_head_of_the_department():
    assert seats(people(), Signer(dept_head=True)) == [Chosen(2)]
    assert seats(people(2), Signer(dept_head=True)) == [Chosen(1)]  # the head's own request goes up


def test_a_role_are_all_who_have_it_but_the_applicant():
    assert seats(people(), Signer(role=Role.FINANCE)) == [Chosen(3)]
    assert seats(people(5), Signer(role=Role.REP)) == [Chosen(6)]


def test_a_colleague_by_name_and_by_number():
    assert seats(people(), Signer(user="周立")) == seats(people(), Signer(user="3")) == [Chosen(3)]


def test_whom_the_form_names_and_whom_the_applicant_picks():
    assert seats(people(), Signer(form_user="to"), to=6) == [Chosen(6)]
    assert seats(people(), Signer(applicant_pick=True), picks={"here": 3}) == [Chosen(3, "picked")]


def test_nobody_sits_twice():
    assert seats(people(), Signer(manager=1), Signer(dept_head=True), Signer(user="王海燕")) == [Chosen(2)]


def test_who_has_left_is_replaced_by_the_superior():
    assert seats(people(p2=True), Signer(manager=1)) == [Chosen(1, "left")]


def test_one_s_own_request_goes_to_the_next_manager_or_as_the_policy_says():
    assert seats(people(2), Signer(user="王海燕")) == [Chosen(1, "self")]
    assert seats(people(2), Signer(user="王海燕"), policy=Policy(self_approval="admin")) == [Chosen(4, "self")]
    assert seats(people(5), Signer(user="李娜"), policy=Policy(self_approval="dept_head")) == [Chosen(2, "self")]


def test_nobody_named_is_never_silent():
    assert seats(people(), Signer(user="不在")) == [Chosen(4, "empty")]
    assert seats(people(), Signer(user="不在"), policy=Policy(empty_approver="user:周立")) == [Chosen(3, "empty")]
    assert seats(people(4), Signer(user="不在")) == [Chosen(1, "empty")]  # the only admin asks: the executive signs
    assert seats(people(1), Signer(manager=1)) == [Chosen(4, "empty")]  # nobody is above


@st.composite
def companies(draw: st.DrawFn) -> People:
    """Any reporting lines: holes, circles, people above themselves by way of others; at least one active colleague."""
    count = draw(st.integers(2, 9))
    manager = st.one_of(st.none(), st.integers(1, count + 2))
    roles = st.frozensets(st.sampled_from(sorted(Role)), max_size=2)
    known = {
        number: Person(
            number,
            f"同事{number}",
            draw(st.integers(1, 3)),
            draw(manager),
            draw(roles),
            draw(st.booleans()),
        )
        for number in range(1, count + 1)
    }
    applicant, other = 1, draw(st.integers(2, count))
    here = known[other]
    known[other] = Person(here.id, here.name, here.unit_id, here.manager_id, here.roles)
    return People(known, applicant)


RULES = st.one_of(
    st.builds(Signer, manager=st.integers(1, 10)),
    st.builds(Signer, managers_up_to=st.integers(1, 10)),
    st.just(Signer(dept_head=True)),
    st.builds(Signer, role=st.sampled_from(sorted(Role))),
    st.builds(Signer, user=st.sampled_from(["同事1", "同事2", "同事3", "无此人", "4"])),
    st.just(Signer(form_user="to")),
    st.just(Signer(applicant_pick=True)),
)
POLICIES = st.builds(
    Policy,
    empty_approver=st.sampled_from(["admin", "user:同事1", "user:同事2", "user:无此人"]),
    self_approval=st.sampled_from(["next_manager", "dept_head", "admin"]),
)


@given(companies(), st.lists(RULES, min_size=1, max_size=4), POLICIES, st.integers(0, 12), st.integers(0, 12))
def test_it_ends_with_somebody_here_who_is_not_the_applicant(
    company: People, rules: list[Signer], policy: Policy, said: int, picked: int
):
    found = signers(company, "here", rules, policy, Asked({"to": said}, {"here": picked}))
    assert found, "nobody would sign"
    assert all(company.known[one.holder].active and one.holder != company.applicant for one in found)
    assert len({one.holder for one in found}) == len(found)


@given(companies(), st.integers(1, 9))
def test_superiors_come_once_each_and_nobody_is_above_oneself(company: People, of: int):
    above = [one.id for one in company.superiors(of)]
    assert of not in above
    assert len(set(above)) == len(above)
