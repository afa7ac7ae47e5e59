"""Approvals (审批): requests that never get lost, decided by those the company's flows name (AP01-AP10)."""
