"""Visit records (拜访记录): every talk with a customer, by whom, when, what came of it."""
