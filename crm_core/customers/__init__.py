"""Customer archives (客户档案): one company-owned store of every customer."""
