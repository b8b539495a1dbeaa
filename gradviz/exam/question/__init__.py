"""One question: what it asks, its numbers, keys and distractors."""
