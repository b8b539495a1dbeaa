"""The commands of `scripts/freeze.py`: tables, and everything that gradviz itself lists.

In a table, cells are separated by two spaces or a new line. `{}` is a source with its values,
`{bare}` the source without them, `{wrt}` its first input. ` && ` joins commands of one folder,
`< NAME` is standard input, `@answers` fills in the papers of an exam. A command finds those FILES
that it names.
"""

from __future__ import annotations

import itertools
import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Ask = Callable[[str, str], str]
"""What a command prints, or the content of the file named with it."""


def cells(table: str) -> list[str]:
    """The cells of a table: separated by two or more spaces or a new line."""
    return [cell for cell in re.split(r"  +|\n", table) if cell]


EXAMPLE_WAYS = cells("""
show {}  show {} --json  show {} --brief  show {} --index --ascii  show {} --step 3
show {} --steps 2-4 --width 60  show {} --digits 2 --dtype float32  show {} --backend exact
show {} --upstream 2 --brief  show {} --wrt {wrt}  trace {}
trace {} --backend exact -o run.json && show run.json --json  check {}  check {} --json --digits 3
check {} --ascii --width 60  check {} --backend exact  render {} -o a.svg
render {} -o a.png --scale 1  render {} -o a.pdf  render {} -o a.dot  render {} -o a.txt
render {} -o a.json  render {} --step 0 -o a.svg  render {} --every node -o nodes/
render {} --steps all -o out/step-{k:02}.svg  render {} --theme dark -o a.svg
render {} --theme print -o a.svg  render {} --theme cs231n -o a.svg
render {} --theme mine.toml --width 700 -o a.svg  render {} --edges magnitude -o a.svg
render {} --backend exact --step 2 -o a.pdf  render {bare} -o a.svg  render {bare} -o a.pdf
""")  # fmt: skip
EXAMPLES = cells("""
"(x*y + z) * maximum(y, z)" x=1.5 y=2 z=-1
"log(x)/y" x=-1 y=0
"h = W @ x + b; p = softmax(h); -log(p[1])" W=[[0.5,-1],[2,0.25]] x=[1,-2] b=[0.5,0]
""")
"""Sources in addition to the lecture examples."""

OP_WAYS = cells("show {} --index  check {}  render {} -o a.svg")
SCALAR_WAYS = ["show {}"]
OPS = """
sqrt | sqrt(x) | x=[[0.3,2],[1.5,4]]
log | log(x) | x=[[0.3,2],[1.5,4]]
log2 | log2(x) | x=[[0.3,2],[1.5,4]]
log10 | log10(x) | x=[[0.3,2],[1.5,4]]
log1p | log1p(x) | x=[[-0.3,2],[1.5,4]]
pow | pow(a, b) | a=[[0.5,2],[1.5,3]] b=[2,-1]
arcsin | arcsin(x) | x=[[-0.3,0.7],[0,0.9]]
arccos | arccos(x) | x=[[-0.3,0.7],[0,0.9]]
clip | clip(x, -1, 0.5) | x=random:1:2x3
softmax | softmax(s) | s=random:1:2x3
log_softmax | log_softmax(s) | s=random:1:2x3
logsumexp | logsumexp(s) | s=random:1:2x3
l2 | l2(p, t) | p=random:1:2x3 t=random:2:2x3
global_avgpool2d | global_avgpool2d(x) | x=random:1:2x3
global_maxpool2d | global_maxpool2d(x) | x=random:1:2x3
where | where(a > 0, a, b) | a=random:1:2x3 b=random:2:3
sum | sum(x, axis=0) | x=random:1:2x3
mean | mean(x, axis=1, keepdims=True) | x=random:1:2x3
max | max(x, axis=1) | x=random:1:2x3
min | min(x) | x=random:1:2x3
prod | prod(x, axis=0) | x=random:1:2x3
norm | norm(x, axis=1) | x=random:1:2x3
matmul | matmul(a, b) | a=random:1:2x3 b=random:2:3x2
dot | dot(a, b) | a=random:1:2x3 b=random:2:3
reshape | reshape(x, (3, 2)) | x=random:1:2x3
append | append(x, 2) | x=random:1:2x2
index | x[-1, 0:2] | x=random:1:2x3
concatenate | concatenate([a, b], axis=-1) | a=random:1:2x1 b=random:2:2x2
stack | stack([a, b], axis=1) | a=random:1:2 b=random:2:2
linear | linear(x, w, b) | x=random:1:2x3 w=random:2:2x3 b=random:3:2
maxout | maxout(x, 2) | x=random:1:2x4
embedding | embedding(t, [0, 2, 0]) | t=random:1:3x2
dropout | dropout(x, p=0.25, seed=3) | x=random:1:2x3
batchnorm | batchnorm(x, g, b) | x=random:1:3x2 g=random:2:2 b=random:3:2
layernorm | layernorm(x, g, b) | x=random:1:2x3 g=random:2:3 b=random:3:3
local_response_norm | local_response_norm(x, 3, alpha=0.5) | x=random:1:4x1x2
softmax_cross_entropy | softmax_cross_entropy(s, k) | s=random:1:2x3 k=[2,0]
nll | nll(log_softmax(s), k) | s=random:1:2x3 k=[2,0]
multiclass_hinge | multiclass_hinge(s, k) | s=random:1:2x3 k=[2,0]
hinge | hinge(s, t) | s=random:1:3 t=[1,-1,1]
squared_hinge | squared_hinge(s, t) | s=random:1:3 t=[1,-1,-1]
sigmoid_cross_entropy | sigmoid_cross_entropy(s, t) | s=random:1:3 t=[1,0,0.5]
kl | kl(p, q) | p=[[0.2,0.8],[0.5,0.5]] q=[[0.3,0.7],[0.9,0.1]]
attention | attention(q, k, v) | q=random:1:2x2 k=random:2:3x2 v=random:3:3x1
rnn | rnn(x, h, a, c, b) | x=random:1:2x3 h=random:2:2 a=random:3:3x2 c=random:4:2x2 b=random:5:2
conv2d | conv2d(x, w, b, padding=1, stride=2) | x=random:1:2x3x3 w=random:2:1x2x2x2 b=[1]
conv1d | conv1d(x, w, b, dilation=2) | x=random:1:2x5 w=random:2:1x2x2 b=[1]
conv_transpose2d | conv_transpose2d(x, w, stride=2) | x=random:1:1x2x2 w=random:2:1x1x2x2
maxpool2d | maxpool2d(x, 2, stride=1) | x=random:1:3x3
minpool2d | minpool2d(x, 2, padding=1) | x=random:1:4x4
avgpool2d | avgpool2d(x, (2, 3)) | x=random:1:1x4x3
l2pool2d | l2pool2d(x, 2) | x=random:1:2x4
pad2d | pad2d(x, ((0, 1), (2, 0)), value=-1) | x=random:1:2x2
"""
"""An op, an expression, values. All other ops take `random:K:2x3` for each operand, and scalars."""

NETWORK_WAYS = cells("""
show {}  show {} --json  show {} --brief --index  show {} --summary  show {} --depth 1 --step 5
check {}  render {} -o a.svg  render {} --depth 1 -o a.svg
render {} --fold-repeats --steps 1-3 -o a.pdf  trace {} -o run.json && show run.json --brief
render {bare} -o a.dot
""")  # fmt: skip
NETWORKS = cells("""
net:and x=[1,1]  net:or x=[0,1]  net:xor x=[1,0]  net:xor,activation=step x=[1,0]  net:neuron
net:mlp:2-4-4-1,activation=tanh,seed=3 x=[1,-2]  net:mlp:3-4-2 x=[1,2,-1] label=1
net:linear-classifier label=0  net:tiny-cnn label=1
net:[conv-relu-pool]*1-fc-softmax,image=1x6x6,filters=2,units=3,classes=2 image=random:1 label=1
net:(fc-relu)*3-fc-softmax,image=4,units=4,classes=4 x=random:1
""")
LARGE_WAYS = cells("""
show {} --summary  show {} --summary --json  show {} --summary --ascii --width 60
render {} --depth 1 -o a.svg  render {} --fold-repeats -o a.dot
""")  # fmt: skip
LARGE = cells("""
mnist-mlp  mnist-mlp-plain  lenet5  alexnet  alexnet,groups=2  vgg16  resnet18  mlp:270000-1000
[(conv-relu)*2-pool]*3-(fc-relu)*2-softmax
""")

WALK_WAYS = cells("""
show {}  show {} --json  show {} --ascii --step 2 --width 70  render {} --step 3 -o a.svg
render {} --step 1 -o a.png --scale 1  render {} -o a.pdf
render {} --steps 1-3 --theme dark -o out/  render {} --step 2 -o a.txt
""")  # fmt: skip
POOLED = "x=[[1,3,2,7,2],[5,1,3,0,5],[4,8,5,0,6],[3,2,6,0,8],[0,7,4,6,9]]"
WALKS = cells(f"""
"maxpool2d(x, 3, stride=2)" {POOLED} --upstream [[1,-2],[3,0.5]] --into f
"c = conv2d(x, w, padding=1, stride=2); sum(c**2)" x=random:1:2x3x3 w=random:2:2x2x2x2 --into c
"c = conv_transpose2d(x, w); sum(c)" x=[[[1,2],[3,4]]] w=[[[[1,-1],[0,2]]]] --into c
"avgpool2d(x, 2)" x=random:1:2x4x4 --upstream [[[1,0],[2,-1]],[[1,1],[1,1]]] --into f
"q = W @ X; sum(q**2)" W=[[0.4,0.6],[0.7,-0.2]] X=[[0.5,1],[0.3,-1]] --into q
"h = linear(x, w); sum(relu(h))" x=[1,2] w=[[1,2],[3,-4]] --into h
"h = linear(x, w); sum(relu(h))" x=[1,2] w=[[1,2],[3,-4]] --into h/f
"p = softmax(s); sum(p * [1, 0])" s=[1,2] --into p
"softmax_cross_entropy(s, 1)" s=[1,2,0.5] --into f
"y = layernorm(x); sum(y**3)" x=[1,2,4] --into y
"y = attention(q, q, v); sum(y)" q=[[1,0],[2,1]] v=[[1],[2]] --into y
net:tiny-cnn label=1 --into conv
""")

OTHERS = cells("""
--help  --version  -h  show --help  render --help  trace --help  check --help  tui --help
list --help  demo --help  doctor --help  init --help  exam --help  exam make --help
exam grade --help  exam check --help  list  list --json  list ops  list ops --json
list ops --ascii --width 60  list networks  list networks --json  list networks --ascii
list examples  list examples --json  list examples --width 60  list backends  list backends --json
demo  demo --width 60 --ascii  doctor  doctor --json  doctor --width 60  init exam && show x x=1
init exam -o quiz.toml && exam make quiz.toml --format markdown -o out  tui "x*y" x=1 y=2  tui
show - x=2 y=3 z=4 < long.txt  render - -o a.svg < short.txt  show "y*(2*y) + y" y=3
show "relu(x) + x**y" x=0 y=2  show net:mlp:2-4-1 x=[1,2] --expand layer1
show "sum(W @ x)" W=@w.csv x=@x.csv --brief  show "sum(x)" x=digit:3 --brief
show "x*y" --backend exact  show net:lenet5 image=digit:3:2 label=3 --depth 1 --wrt fc3_b
render net:lenet5 image=digit:3 label=3 --depth 1 -o a.svg
render net:lenet5 image=digit:3 label=3 --depth 1 --image image -o a.pdf
show net:lenet5 image=random:1 --brief --wrt fc3_b
show net:lenet5 image=digit:3 label=3 --into conv1 --step 7
render net:lenet5 image=digit:3 --into pool1 --step 9 -o a.svg  show net:alexnet --into conv1
show -x**2 x=3  show --x x=3  show "x*y" --steps=2-3 x=1 y=2  show x x=1 --step 0
show "x + y" x=[1,2] y=1  render "2*v" v=[1,2] -o a.svg  check "x*x*y + x" x=2 y=3 --width 60
check "relu(x) + y" x=0 y=1  check "sum(x**2)" x=random:1:40  check "y = 0*x; 2*z" x=1 z=3
check "sqrt(x)" x=2 --backend exact  check 1/x x=0
trace "x*y" x=1 y=2 --wrt y --upstream 5 --dtype float32
trace "sum(x**2)" x=random:1:60x60 -o big.json && show big.json
trace "log(x)" x=-1 -o t.json && check t.json && render t.json -o t.svg && trace t.json
render "x*y" x=1 y=2 -o a.svg && render "x*y" x=1 y=3 -o a.svg  render "x*y" -o w.csv
""")  # fmt: skip

FORMATS = cells("pdf  latex  markdown  html  moodle  gift  qti21  csv  json")
MARKED = "exam make every-{}.gv.toml --roster students.csv --format json -o papers && @answers"
EXAM_WAYS = [
    *(f"exam make every-{{}}.gv.toml --format {form} -o out" for form in FORMATS),
    f"{MARKED} && exam grade every-{{}}.gv.toml answers.csv -o marks",
    "exam check every-{}.gv.toml --variants 3",
]
EXAM = """title = "Midterm"
course = "Deep Learning"
points = 9
seed = 3

[[section]]
title = "One"
  [[section.question]]
  kind = "gradient"
  level = 2
  points = 2
  count = 2

[[section]]
shuffle = true
  [[section.question]]
  kind = "hinge"
  [[section.question]]
  kind = "neuron"
  level = 3
  points = 4
"""
SLIPS = [
    ('"Midterm"', "Midterm"), ("seed = 3", "seed = "), ("seed = 3", 'seed = "x"'), (EXAM, ""),
    ("seed = 3", "seed = -1"), ("seed = 3", "sead = 3"), ("points = 9", "points = 8"),
    ('"gradient"', '"gradiant"'), ("level = 3", "level = 4"), ("level = 3", 'level = "hard"'),
    ("count = 2", "count = 0"), ('title = "Midterm"\n', ""), ('  kind = "hinge"\n', ""),
    ("seed = 3", 'language = "fr"'), ("seed = 3", 'paper = "a5"'), (EXAM[60:], "section = []"),
]  # fmt: skip
ROSTERS = [
    "id,name\ns1,A\nS1,B\n", "id,name\n../x,A\n", "id,name\n,A\n", "ident,name\ns1,A\n", "",
    "id,name\n", "id,name\ns1,A,B\n", "id,id\ns1,s2\n", 'id,name\ns1,"A"x\n',
]  # fmt: skip
ANSWERS = [
    "id,1\n", "name,1\nx,2\n", "id,email\na,b\n", "id,1a,1 (a)\na,2,3\n",
    "id,Q1,2,9,email\ns1,1/0,4 5,1,x\ns1,1,,,\n,1,,,\n",
]  # fmt: skip
TRACES = ["not json", "[]", '{"schema": "gradviz.trace/2"}', '{"schema": "x"}', "", "{", "{}"]
THEMES = [
    "base = ", 'base = "drak"', "base = 3", '[colours]\nvalues = "#000000"', "[roles]\nwire = 3",
    '[colours]\nvalue = "blue"', '[roles."wire hott"]\nwidth = 2', "[roles.wire]\nwidth = 0",
    'colors = {value = "#000000"}',
]  # fmt: skip
FILES = {
    "long.txt": "q = x*y  # a product\nq + z\n" + "\n" * 99,
    "short.txt": "x**2",
    "huge.txt": "x+" * 100_001 + "x",
    "w.csv": "1,2\n3,4\n",
    "x.csv": "5,6\n",
    "text.csv": "a,b\n",
    "exam.gv.toml": EXAM,
    "mine.toml": 'base = "dark"\n[colours]\nvalue = "#88CCEE"\n[roles."wire hot"]\nwidth = 5\n',
    "students.csv": "id,name\ns1,Ada\ns2,Bob\ns3,Zoë\ns4,Emmy\ns5,\n",
    **{f"slip-{k}.gv.toml": EXAM.replace(*slip, 1) for k, slip in enumerate(SLIPS)},
    **{f"roster-{k}.csv": text for k, text in enumerate(ROSTERS)},
    **{f"answers-{k}.csv": text for k, text in enumerate(ANSWERS)},
    **{f"trace-{k}.json": text for k, text in enumerate(TRACES)},
    **{f"theme-{k}.toml": text for k, text in enumerate(THEMES)},
}  # fmt: skip

MISTAKES = cells(r"""
x^2  x && y  x & y  x || y  |x|  !x  x and y  not x  x if c else y  lambda x: x  import os  x // 2
x % 2  (y := x)  x += 1  x <> y  c ? x : y  {x}  x'  __import__('os').system('true')  x.T
(x + y).sum()  np.exp(x)  y*ln(x)  sigmod(x)  x + x(3)  exp x  exp()  exp(x, y)  sum(x, axes=0)
sum(x, axis=y)  sum(x, keepdims=true)  sum(x, axis=0, axis=1)  sum(axis=0, x)  sum(x, axis=)
max(x, y, axis=0)  concatenate([])  'a' + x  x + None  (x, y) + 1  () + 1  sum('abc  x + (y = 3)
x + 1 = y  pi = 3  x*y; x = 3  q = x; p = y; q = 3  x = x + 1  (x + y  exp(x; y  sum(x[1, y)  x[1
[1, 2  (x]  exp([x)  x)  x +  x + * y  * x  (x + )  exp(, x)  2x  x y  (x)(y)  2(x)  a < b < c  x, y
x:y  x + ...  [[1, 2], [3]]  [[x, 2], [y]]  x[i]  x[1.5]  x[]  x[1:2:3:4]  x[y > 0]  1.2.3  1__0
x + 007  0x1F  x × y  x − y  x²  √x  Wᵀ @ x  x + ☃  #
""")
MISTAKES += [
    "",
    "x\0",
    "x\u200b",
    "q = x*y\nr = q + 1\nq = 2",
    "exp(\n  [x,\n   y)\n",
    "[" * 33 + "]",
]
BAD = {
    "show": """
"x*y + z" x=-3 y=5  "x*y"  "x*y" x=1 y=2 q=3  "width*y" widht=1 y=2
"W @ x" W=[[1,2],[3,4]] x=[1,2,3]  "x*y" x=[1,[2]] y=2  "x*y" x=1 y=abc  "x*y" x=1 y=
x x=@nowhere.npy  x x=@photo.bmp  x x=@text.csv  x x=random:seven  x x=random:1:2x-3
"x*y" x=1 y=2 --wrt q  x x=1 --backend exat  x x=1 --backend cupy  x x=1 --dtype float16
"log(x)" x=-1 --backend exact  1/x x=0 --backend exact  "sqrt(x)" x=0 --backend exact
x x=nan --backend exact  x x=1 --step 2  x x=1 --steps 0-1  "x + 1" x=[1,2] --upstream [1,2,3]
nowhere.json  - < huge.txt  x x=1 --steps a-b  x x=1 --step 1 --steps 1  x x=1 x=2  x 1
x x=1 --bakend exact  x x=1 --digits 0  x x=1 --width 5  "W @ x" --summary  "x*y" x=[1,2] y=[1,2,3]
x x=1 --into f  "sum(x)" x=[1] --into q  "x*y" x=1 y=2 --depth 1 --expand a  net:lenet
net:(conv-relu  net:lenet5,clases=3  net:lenet5  net:lenet5 image=[[1,2],[3,4]]
net:lenet5 image=@nothing.png  net:lenet5 image=@nothing.gif  net:lenet5 image=digit:12
net:lenet5 image=random:1 label=12  net:lenet5 image=random:1 label=2.5
net:mlp:2-1 x=[1,2] --weights none.npz  net:mlp:2-1 x=[1,2] --weights weights.pt
net:mlp:10-2 x=digit:3  net:mlp  net:mlp:2-x  net:lenet5,loss=cross  net:and,loss=mse
net:lenet5,pool=sum  net:xor,activation=tanh  net:(conv-relu)*2-pol  net:conv--relu  net:conv*0
net:softmax-conv  net:mlp:2-4-1 x=[1,2] --expand layer9  net:mlp:2-4-1 x=[1,2] --depth -1
net:mlp:2-4-1 x=[1,2] --depth two  "linear(x, w)" x=[1,2] w=[[1],[2]]  "linear(x, w)" x=1 w=[[1]]
"maxout(x, 3)" x=[1,2,3,4]  "maxout(x, 1.5)" x=[1]  "embedding([[1], [2]], [0, 2])"
"embedding([[1], [2]], [0.5])"  "dropout(x, p=1.5)" x=[1,2]  "dropout(x, p='half')" x=[1,2]
"layernorm(x, g)" x=[[1,2]] g=[1]  "hinge(s, [0, 1])" s=[1,2]
"softmax_cross_entropy(s, [0])" s=[1,2,3]  "softmax_cross_entropy(s, 7)" s=[1,2]
"huber(x, x, delta=0)" x=1  "multiclass_hinge(x, 0, power=3)" x=[1,2]
"mse(x, x, reduction='avg')" x=1  "softmax(s)" s=1  "sum(x, axis=2)" x=[1,2]
"reshape(x, (3, 2))" x=[1,2]  "x[5]" x=[1,2]  "stack([a, b])" a=1 b=[1]
"conv2d(x, w)" x=random:1:6x6 w=random:2:1x1x2x2
"conv2d(x, w, groups=3)" x=random:1:4x6x6 w=random:2:3x1x2x2  "maxpool2d(x, 7)" x=random:1:6x6
"maxpool2d(x, 3, padding=2)" x=random:1:6x6  "pad2d(x, -1)" x=random:1:2x2  "matmul(a, b)" a=1 b=2
""",
    "render": """
x x=1  x x=1 -o  x x=1 -o a.svgg  x x=1 -o figure  x x=1 -o a.svg --theme drak
x x=1 -o a.svg --theme no.toml  x x=1 -o a.svg --step 14  x x=1 -o a.pdf --steps 9-14
"x*y" x=1 y=2 -o a.svg --steps all  x x=1 -o no/such/a.svg  x x=1 -o a.svg --scale 3
x x=1 -o a.txt --width 12  x x=1 -o a.svg --engine /no/such/dot
x x=1 -o a.svg --step 1 --every node  x x=1 -o a.svg --every edge  x x=1 -o a.svg --thene dark
"sum(w)" w=@w.csv -o w.csv --force  "maxpool2d(x, 2)" --into f -o a.svg
"maxpool2d(x, 2)" x=random:1:4x4 --into f -o a.dot
"maxpool2d(x, 2)" x=random:1:4x4 --into f --every node -o a.pdf
"maxpool2d(x, 2)" x=random:1:4x4 --into f --depth 1 -o a.svg
"maxpool2d(x, 2)" x=random:1:200x200 --into f -o a.pdf  "x*y" x=1 y=2 --into f -o a.svg
net:mlp:2-1 x=[1,2] --image x -o a.svg  net:mlp:2-1 x=[1,2] --image photo -o a.svg
x x=1 --edges bold -o a.svg
""",
    "check": """
"x*y" x=1  "x*y" --backend exact  "W @ x" W=[[1,2],[3,4]] x=[1,2]  "x +" x=1  nothing.json
"x*y" x=1 y=2 --digit 3
""",
    "exam": """
mark  make nowhere.toml -o out  make exam.gv.toml -o out --format word
make exam.gv.toml -o out --roster none.csv  make exam.gv.toml  make exam.gv.toml -o .
make exam.gv.toml -o out --jobs 2 --cluster tcp://x:1  make exam.gv.toml -o out --jobs 0
check exam.gv.toml --variants 0  grade exam.gv.toml none.csv
""",
    "": """
shwo x  "x*y" x=1  init quiz  init exam && init exam  list op  list trees  list ops --width 3
list ops --width wide  demo nuron  demo neuron circuit  demo --width 10  demo --colour  doctor who
trace x x=1 -o missing/t.json  trace x x=1 -o t.json && show t.json x=2  show  render  check  trace
exam  init  exam make  exam grade
""",
}  # fmt: skip


BAD_FILES = {
    "exam make slip-{}.gv.toml -o out": SLIPS,
    "exam make exam.gv.toml --roster roster-{}.csv -o out": ROSTERS,
    "exam grade exam.gv.toml answers-{}.csv": ANSWERS,
    "show trace-{}.json": TRACES,
    'render "x*y" x=1 y=2 --theme theme-{}.toml -o a.svg': THEMES,
}


def commands(ask: Ask) -> Iterator[str]:
    """Every command, as it is typed after `gradviz`; `ask` runs one and returns what it prints."""
    yield from OTHERS
    yield from of_examples(json.loads(ask("list examples --json", ""))["examples"])
    for op in json.loads(ask("list ops --json", ""))["ops"]:
        yield from of_op(op)
    yield from of_networks(json.loads(ask("list networks --json", ""))["networks"])
    for source in WALKS:
        yield from filled(WALK_WAYS, source)
    yield from of_exams(ask)
    yield from bad_ones()


def of_examples(listed: list[dict[str, Any]]) -> Iterator[str]:
    """The lecture examples and ours, in every way."""
    yield from (f"demo {example['name']}" for example in listed)
    for source in [shlex.join([e["source"], *e["values"]]) for e in listed] + EXAMPLES:
        yield from filled(EXAMPLE_WAYS, source)


def of_op(op: dict[str, Any]) -> Iterator[str]:
    """An op as OPS says, or of arrays and of scalars."""
    rows = [[cell.strip() for cell in line.split("|")] for line in OPS.strip().splitlines()]
    mine = [(f"y = {call}; sum(y**2)", values) for name, call, values in rows if name == op["name"]]
    for body, values in mine:
        yield from filled(OP_WAYS, f'"{body}" {values}')
    if mine:
        return
    operands = re.findall(r"[(,] *(\w+)(?=[,)])", op["signature"])
    call = f"{op['name']}({', '.join(operands)})"
    body = f"y = {call}; sum(y**2)"
    if "no gradient flows" in op["family"]:
        body = f"sum(where({call}, a, b))"
    arrays = " ".join(f"{name}=random:{k}:2x3" for k, name in enumerate(operands, 1))
    scalars = " ".join(f"{name}={k / 4}" for k, name in enumerate(operands, 1))
    yield from filled(OP_WAYS, f'"{body}" {arrays}')
    yield from filled(SCALAR_WAYS, f'"{call}" {scalars}')


def of_networks(listed: list[dict[str, Any]]) -> Iterator[str]:
    """Small networks in every way, large ones folded and as tables."""
    for source in NETWORKS:
        yield from filled(NETWORK_WAYS, source)
    names = [n["name"] for n in listed if n["name"].islower()]
    unseen = [name for name in names if f"net:{name}" not in " ".join(NETWORKS)]
    for name in dict.fromkeys([*LARGE, *unseen]):
        yield from filled(LARGE_WAYS, f"net:{name}")


def of_exams(ask: Ask) -> Iterator[str]:
    """Each kind of question at each level, and whole exams in each format."""
    for kind, levels in kinds(ask).items():
        for level, seed in itertools.product(levels, (1, 2, 3)):
            yield f"exam make {kind}-{level}-{seed}.gv.toml --format json -o out"
    for level in ("1", "2", "3"):
        yield from (way.replace("{}", level) for way in EXAM_WAYS)
    for form in ("pdf", "latex", "csv --jobs 2"):
        yield f"exam make exam.gv.toml --roster students.csv --format {form} -o out"


def bad_ones() -> Iterator[str]:
    """Commands that are answered with a message."""
    yield from (shlex.join(["show", text, "x=1", "y=2"]) for text in MISTAKES)
    for head, table in BAD.items():
        yield from (f"{head} {line}".strip() for line in cells(table))
    for way, files in BAD_FILES.items():
        yield from (way.replace("{}", str(k)) for k in range(len(files)))


def filled(ways: Iterable[str], source: str) -> Iterator[str]:
    """The ways with the source in them; `{bare}` is the source without its values."""
    bare, *values = shlex.split(source)
    wrt = values[0].partition("=")[0] if values else "x"
    for way in ways:
        yield way.replace("{}", source).replace("{bare}", shlex.quote(bare)).replace("{wrt}", wrt)


def kinds(ask: Ask) -> dict[str, list[str]]:
    """Every kind of question and its levels, as the commented exam lists them."""
    template = ask("init exam", "exam.gv.toml")
    found = re.findall(r"^#   ([\w-]+) +(\d(?:, \d)*) ", template, re.MULTILINE)
    return {kind: levels.split(", ") for kind, levels in found}


def text_of(name: str, ask: Ask) -> str:
    """A file that a command names: every-2 has each kind at that level, KIND-LEVEL-SEED one."""
    if name in FILES:
        return FILES[name]
    *kind, level, seed = name.removesuffix(".gv.toml").split("-")
    if kind:
        asked = [("-".join(kind), level)]
    else:
        asked, seed = (
            [(k, seed if seed in levels else levels[0]) for k, levels in kinds(ask).items()],
            "7",
        )
    questions = "".join(f'[[section.question]]\nkind = "{k}"\nlevel = {n}\n' for k, n in asked)
    return f'title = "Quiz"\nseed = {seed}\n[[section]]\n{questions}'
