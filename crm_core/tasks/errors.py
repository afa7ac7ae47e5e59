"""Expected failures of tasks."""

from crm_core.kit.errors import declare

DUE_OVER = declare("task.due_over")
TOO_FAR = declare("task.too_far", "days")
NOBODY = declare("task.nobody")
OUT_OF_REACH = declare("task.out_of_reach")
NOT_OPEN = declare("task.not_open")
PLAN_OVER = declare("task.plan_over")
AMOUNT = declare("task.amount")
ENDS_BEFORE = declare("task.ends_before")
