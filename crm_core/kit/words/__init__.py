"""Reading what people type, in Chinese and English: numbers, amounts, durations, dates."""
