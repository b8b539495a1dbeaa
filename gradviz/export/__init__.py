"""Frames as files and text, one file a format.

For other rooms:

- classes
- folding
- formats
- look
- player
- render
- reports
- safety
- widget
"""
