"""Make papers from a script, by the functions behind `gradviz exam make`."""

import sys
from pathlib import Path

from gradviz.exam import formats
from gradviz.exam.kinds import every
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import read
from gradviz.exam.paper.spec import Entry, Exam, Section

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    by_hand = [Entry(kind=name, level=2, points=2) for name in every() if 2 in every()[name].levels]
    exam = Exam(
        title="Every kind once",
        seed=7,
        section=(Section(title="By hand", question=tuple(by_hand)),),
    )
    for student in read(HERE / "students.csv"):
        made = paper(exam, student)
        for name, content in formats.get("markdown").write(made).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        print(student.id, made.variant, sum(item.question.difficulty.score for item in made.items))


if __name__ == "__main__":
    main(Path(*sys.argv[1:2]) if sys.argv[1:] else HERE.parent / "out" / "every-kind")
