"""Where the student is and what a move does; nothing here knows Textual."""
