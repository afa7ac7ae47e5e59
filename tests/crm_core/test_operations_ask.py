"""Every operation of the core asks for rights, or is about nothing but what is the actor's own.

Read from the code: whoever takes `(session, actor, …)` comes, by itself or through what it calls, to one of the
questions of `org.rights`, or compares with the actor's own id. What does neither needs a line here with its reason.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import crm_core

HOME: Final = Path(crm_core.__file__).parent
RIGHTS: Final = "crm_core.org.rights"
QUESTIONS: Final = frozenset({"require", "visible", "within", "may", "scope_of"})
Key = tuple[str, str]
"""A module and a function in it."""

BY_OTHER_WAYS: Final = {
    # a step of operations that have asked: it gets the record, or what belongs to a record that was found by right
    "attachments.service.attach": "whoever makes or changes the record attaches to it",
    "contacts.known.start_with": "the contact has just been made",
    "contacts.service.told": "of a customer in hand",
    "customers.service.followed_up": "of a customer in hand",
    "customers.service.maintained": "of a customer in hand",
    "matters.service.told": "of a customer in hand",
    "pool.service.pool_for": "of a customer in hand",
    "plans.queries.sum_of": "of a week that was found by right",
    "pool.queries.listing": "of pools that `pools_of` gave",
    "pool.queries.search": "of pools that `pools_of` gave",
    "pool.queries.count": "of pools that `pools_of` gave",
    "exchange.exporting.note_export": "counts what was exported by right",
    "org.invites.issue_invite": "`invite` asks; else the operator at the command line",
    # through a table of finders that each feature declares for its records, and that ask
    "comments.service.subject_of": "the record's own finder asks",
    "comments.queries.find": "the record's own finder asks",
    "comments.queries.of_subject": "the record's own finder asks",
    # about nobody but the actor, handed on as a number
    "budgets.matching.outlook": "what would be left for the actor's own request",
    "expenses.spending.foreseen": "what would be left for the actor's own claim",
    "changes.queries.first_day": "a day of the calendar",
    "customers.nearby.note_place": "where the actor is",
    "plans.feed.close_feed": "the actor's own",
    "plans.scores.see_month": "notes that the actor looked",
    "plans.weeks.submit": "the actor's own week",
    "visits.team.own": "the actor's own counts",
}


class Code:
    """Functions of modules by their source, and who calls whom."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.functions: dict[Key, ast.AsyncFunctionDef | ast.FunctionDef] = {}
        self._names: dict[str, dict[str, tuple[str, str]]] = {}
        self._sure: set[Key] = set()
        for module, source in sources.items():
            tree = ast.parse(source)
            froms = [one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module]
            self._names[module] = {
                alias.asname or alias.name: (one.module or "", alias.name) for one in froms for alias in one.names
            }
            for one in tree.body:
                if isinstance(one, ast.AsyncFunctionDef | ast.FunctionDef):
                    self.functions[module, one.name] = one

    def operations(self) -> Iterator[Key]:
        for (module, name), function in self.functions.items():
            said = [one.arg for one in function.args.args]
            if isinstance(function, ast.AsyncFunctionDef) and not name.startswith("_") and said[:2] == _FIRST:
                yield module, name

    def silent(self) -> set[str]:
        """The operations that ask nothing, without the package's name."""
        return {f"{key[0]}.{key[1]}".removeprefix("crm_core.") for key in self.operations() if not self._asks(key, ())}

    def _asks(self, key: Key, been: tuple[Key, ...]) -> bool:
        if key[0] == RIGHTS:
            return key[1] in QUESTIONS
        function = self.functions.get(key)
        if function is None or key in been:
            return False
        if key not in self._sure:
            called = (self._called(key[0], one) for one in ast.walk(function) if isinstance(one, ast.Call))
            asks = any(map(_is_own, ast.walk(function))) or any(self._asks(one, (*been, key)) for one in called if one)
            if not asks:
                return False
            self._sure.add(key)
        return True

    def _called(self, module: str, call: ast.Call) -> Key | None:
        """Which function of ours a call means, by a name of this module or an imported one."""
        names = self._names[module]
        if isinstance(call.func, ast.Name):
            name = call.func.id
            return (module, name) if (module, name) in self.functions else names.get(name)
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            package, name = names.get(call.func.value.id, ("", ""))
            return (f"{package}.{name}", call.func.attr) if package else None
        return None


_FIRST: Final = ["session", "actor"]


def _is_own(node: ast.AST) -> bool:
    """`row.owner_id != actor.id`, `Draft.employee_id == actor.id`, `.in_([actor.id, *actor.stands_for])`."""
    if isinstance(node, ast.Compare):
        return any(map(_is_actor, ast.walk(node)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in ("get", "get_one"):
            return _is_actor(node.args[-1])
        return node.func.attr in ("in_", "contains") and any(
            _is_actor(one) for part in node.args for one in ast.walk(part)
        )
    return False


def _is_actor(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("id", "stands_for")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("actor", "who")
    )


def core() -> dict[str, str]:
    paths = (path for path in HOME.rglob("*.py") if "migrations" not in path.parts)
    return {
        ".".join(("crm_core", *path.relative_to(HOME).with_suffix("").parts)): path.read_text("utf-8") for path in paths
    }


def test_every_operation_asks_for_rights_or_says_why_not() -> None:
    found = Code(core())
    assert len(list(found.operations())) > 300, "the operations are found at all"
    assert found.silent() == set(BY_OTHER_WAYS)


def test_a_new_operation_that_asks_nothing_is_found() -> None:
    planted = """
async def tear_down(session, actor, customer_id):
    customer = await session.get_one(Customer, customer_id)
    customer.name = ""

async def mend(session, actor, customer_id):
    await _found(session, actor, customer_id)

async def _found(session, actor, customer_id):
    return await session.scalar(visible(select(Customer), actor, READ, TIES))

async def put_away(session, actor, draft_id):
    await session.execute(delete(Draft).where(Draft.employee_id == actor.id))
"""
    code = Code({**core(), "crm_core.planted": f"from {RIGHTS} import visible\n{planted}"})
    assert code.silent() - set(BY_OTHER_WAYS) == {"planted.tear_down"}
