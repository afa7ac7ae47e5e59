"""The grammar of dates in words: what a phrase states (facts), who reads it (chinese, english, figures), what it means
(resolve). Only `crm_core.kit.words.dates` is for others.
"""
