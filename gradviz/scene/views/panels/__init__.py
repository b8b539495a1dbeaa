"""The picture of two walks side by side: a panel for each."""
