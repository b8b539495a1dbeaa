"""Formulas as JavaScript: `namespace` (what formulas run on), `terms` (the pieces of text that it
makes), `writing` (terms as the text of a function) and `helpers` (functions that JavaScript lacks).
"""
