"""Running a graph forward and backward, and recording every step."""
