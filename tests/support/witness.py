"""What the audit tells of who did what, told again from its first entry: whose each customer was at that moment, who
was in its team, who stood in for whom. Rights are written here a second time, and simply, to be held against the first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from crm_core.kit.db import Base

MAY_REACH_ALL: Final = frozenset({"operations", "admin"})
IN_THE_FIELD: Final = frozenset({"rep", "manager"}) | MAY_REACH_ALL

_BY: Final = {
    "comment": "author_id",
    "handover_plan": "by_id",
    "import_batch": "employee_id",
    "handover_request": "asker_id",
    "plan_line": "employee_id",
    "plan_feed": "employee_id",
    "task": "by_id",
    "sales_plan": "owner_id",
    "notice": "by_id",
}
_ONES_OWN: Final = frozenset({"handover_plan", "import_batch"})

Row = dict[str, Any]


class Witness:
    """`roles` and `chain` by employee. `follow` the entries in their order, after `allowed` judged those of one op."""

    def __init__(self, roles: Mapping[int, set[str]], chain: Mapping[int, list[int]]) -> None:
        self.roles = roles
        self.chain = chain
        self.rows: dict[str, dict[int, Row]] = defaultdict(dict)
        self.words: dict[int, set[str]] = defaultdict(set)
        """What was ever written of a customer."""
        self.held: dict[int, set[int | None]] = defaultdict(set)
        """Who ever had a customer, helped with it, or stood in for those: by customer."""

    def know(self, table: str, rows: Iterable[Row]) -> None:
        """What a row says that the audit leaves out."""
        self.rows[table] |= {row["id"]: row | {"gone": True} for row in rows}  # not yet there

    def follow(self, entry: Any) -> None:
        row = self.rows[entry.subject_type].setdefault(entry.subject_id, {"id": entry.subject_id})
        row |= entry.before if entry.verb == "delete" else dict.fromkeys(entry.before) | entry.after  # none is left out
        row["gone"] = entry.verb == "delete"
        for customer in self.customers(entry.subject_type, row):
            self.words[customer] |= {one for one in (*entry.before.values(), *entry.after.values()) if type(one) is str}
            self.held[customer] |= {self.rows["customer"].get(customer, {}).get("owner_id"), *self.team(customer)}

    # --- who is near a record

    def row(self, entry: Any) -> Row:
        """What is known of an entry's row, with what the entry says."""
        known = self.rows[entry.subject_type].get(entry.subject_id, {})
        return known | entry.before | entry.after | {"id": entry.subject_id}

    def owners(self, table: str, row: Row) -> set[tuple[str, int]]:
        """The customers and contacts that a row belongs to, by its own columns and those of what it belongs to."""
        found = {("customer", row["id"])} if table == "customer" else set[tuple[str, int]]()
        for column in Base.metadata.tables[table].columns:
            value = row.get(column.name)
            for key in column.foreign_keys if value else ():
                above = key.column.table.name
                if above in {"customer", "contact"}:
                    found |= {(above, value)} | self.owners(above, self.rows[above].get(value) or {"id": value})
        if "subject_type" in row:
            found |= self.owners(row["subject_type"], self.rows[row["subject_type"]].get(row["subject_id"], {}))
        return found

    def customers(self, table: str, row: Row) -> set[int]:
        return {one for above, one in self.owners(table, row) if above == "customer"}

    def team(self, customer: int) -> set[int]:
        members = self.rows["customer_member"].values()
        return {one["employee_id"] for one in members if one["customer_id"] == customer and not one.get("gone")}

    def counts_as(self, actor: int) -> set[int]:
        """Oneself, and whom one stands in for; ended ones too: the storm does not wait for an end."""
        return {actor} | {one["absent_id"] for one in self.rows["stand_in"].values() if one["deputy_id"] == actor}

    def leads(self, actor: int, other: int | None) -> bool:
        selves = self.counts_as(actor)
        return other is not None and (other in selves or bool(selves & set(self.chain.get(other, ()))))

    def reaches(self, actor: int, customer: int) -> bool:
        """One's own, one's reports', those one helps with, or everybody's."""
        if not self.roles[actor] & IN_THE_FIELD:
            return False
        if self._reaches_all(actor):
            return True
        owner = self.rows["customer"][customer].get("owner_id")
        return any(self.leads(actor, one) for one in (owner, *self.team(customer)))

    def near(self, entries: Iterable[Any]) -> set[int]:
        """The employees that these entries are or ever were about, with those above them: they may be told."""
        found: set[int] = set()
        for entry in entries:
            row = self.row(entry)
            found |= {row.get(name) or 0 for name in people_columns(entry.subject_type)}
            for customer in self.customers(entry.subject_type, row):
                found |= {one for one in self.held[customer] if one}
        return found | {one for each in found for one in self.chain.get(each, ())}

    # --- who may

    def allowed(self, actor: int, entries: list[Any]) -> None:
        """Raise unless the actor may have made these entries of one op; they are followed."""
        before = {entry.id: self._reached(actor, entry) for entry in entries}
        for entry in entries:
            self.follow(entry)
        for entry in entries:
            self._judge(actor, entry, before[entry.id] or self._reached(actor, entry))

    def _reached(self, actor: int, entry: Any) -> bool:
        row = self.row(entry)
        customers = self.customers(entry.subject_type, row)
        known = [one for one in customers if one in self.rows["customer"]]
        return len(known) == len(customers) and all(self.reaches(actor, one) for one in known)

    def _judge(self, actor: int, entry: Any, reached: bool) -> None:
        row = self.rows[entry.subject_type][entry.subject_id]
        in_the_field = bool(self.roles[actor] & IN_THE_FIELD)
        if entry.verb == "delete" and entry.undoes is not None:
            return  # that it is the doer's own was seen before
        match entry.subject_type:
            case "customer" if entry.verb == "create":
                fine = in_the_field and (self.leads(actor, row["owner_id"]) or self._reaches_all(actor))
            case "customer" | "ownership" if self._was_nobody_s(entry):
                fine = in_the_field
            case "pool_lock" | "pool_claim":
                fine = in_the_field  # they go with a move, which is judged
            case "visit":
                fine = (
                    reached and row["employee_id"] == actor if entry.verb == "create" else self._may_mend(actor, entry)
                )
            case "attachment":
                fine = reached or self.rows[row["subject_type"]][row["subject_id"]]["employee_id"] == actor
            case "employee" | "invite" | "stand_in":
                fine = self._may_of_people(actor, entry, row)
            case table if table in _BY and (entry.verb == "create" or table in _ONES_OWN):
                fine = row[_BY[table]] == actor
            case "handover_request":
                fine = actor == row["asker_id"] or (reached and actor == row["decided_by"])
            case _:
                fine = reached
        assert fine, f"nobody should be able to do this: {actor} {entry}"

    def _may_of_people(self, actor: int, entry: Any, row: Row) -> bool:
        """The admin's, but for one's own language, zone and hour of the digest, and who stands in for one's own."""
        if "admin" in self.roles[actor]:
            return True
        if entry.subject_type == "stand_in":
            return self.leads(actor, row["absent_id"])
        own = entry.subject_type == "employee" and entry.subject_id == actor
        return own and entry.after.keys() <= {"language", "zone", "digest_at"}

    def _reaches_all(self, actor: int) -> bool:
        return bool(self.roles[actor] & MAY_REACH_ALL)

    def _may_mend(self, actor: int, entry: Any) -> bool:
        """Whose visit it is does not change, and who mends it wrote it or leads who did."""
        owner = self.rows["visit"][entry.subject_id]["employee_id"]
        return not entry.after.keys() & {"employee_id", "customer_id"} and (
            self._reaches_all(actor) or self.leads(actor, owner)
        )

    def _was_nobody_s(self, entry: Any) -> bool:
        """What nobody had is taken by who claims it."""
        owner = "from_owner_id" if entry.subject_type == "ownership" else "owner_id"
        said = entry.after if entry.subject_type == "ownership" else entry.before
        return owner in said and said[owner] is None and entry.verb != "delete"


def people_columns(table: str) -> list[str]:
    """The columns of a table that name an employee."""
    columns = Base.metadata.tables[table].columns
    return [one.name for one in columns if any(key.column.table.name == "employee" for key in one.foreign_keys)]
