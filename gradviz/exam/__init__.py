"""Exams: a fair, different paper for every student, each with its key.

import gradviz as gv
asked = gv.exam.question("gradient", level=2, seed=7)
gv.exam.grade(asked, "-2,5").credit
exam = gv.exam.read("exam.gv.toml")
gv.exam.make(exam, [gv.exam.Student("s1")], "pdf", "papers")

For other rooms, besides what is offered here:

- bank
- cohort
- formats
- marking
- paper
"""

# Last, since these functions have the same names as the modules that define them.
from gradviz.calls import public
from gradviz.exam import cohort, kinds
from gradviz.exam.marking import grading
from gradviz.exam.paper import paper as papers
from gradviz.exam.paper import roster, spec

Exam, Student = spec.Exam, roster.Student
grade = public(grading.grade, "gv.exam.grade")
make = public(cohort.make, "gv.exam.make")
read = public(spec.read, "gv.exam.read")
question = public(kinds.question, "gv.exam.question")
paper = public(papers.paper, "gv.exam.paper")

__all__ = ["Exam", "Student", "grade", "make", "paper", "question", "read"]
