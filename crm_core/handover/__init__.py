"""Handing over: whose customers go to whom when somebody leaves, moves on, or gives one away (HO01-HO04, BY23)."""
