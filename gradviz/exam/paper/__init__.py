"""Papers: an exam file, a roster, and the paper of each student."""
