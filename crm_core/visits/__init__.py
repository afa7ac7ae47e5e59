"""Visit records (拜访记录): every talk with a customer, by whom, when, where, what came of it."""
