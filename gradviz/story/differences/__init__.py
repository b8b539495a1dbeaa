"""The story of a numerical gradient: the frame, the sentence and the formula of each entry."""
