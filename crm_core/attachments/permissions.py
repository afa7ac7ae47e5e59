"""Who may send files again that were lost: everybody what they sent themselves, while they may change the record."""

from crm_core.org.rights import for_oneself

ADD = for_oneself("attachment.add")
