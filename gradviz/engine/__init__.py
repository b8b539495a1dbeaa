"""Running a graph forward and backward, and recording every step.

For other rooms:

- beside
- changes
- check
- curves
- descent
- inputs
- inside
- listing
- nudging
- optimisers
- pair
- program
- run
- schedules
"""
