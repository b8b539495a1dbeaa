# Everything here needs only Python 3.11, make and access to a package index.
PYTHON ?= python3
BIN := .venv/bin

MARK := "(x*y + z) * maximum(y, z)" x=1.5 y=2 z=-1
NORM := "q = W @ x; sum(q**2)" "W=[[0.4,0.6],[0.7,-0.2]]" "x=[0.5,0.3]"
NEURON := "sigmoid(w0*x0 + w1*x1 + w2)" w0=2 x0=-1 w1=-3 x1=-2 w2=-3
LAYERS := "h = tanh(W @ x + b); y = V @ h + c; sum((y - t)**2)" "W=[[0.5,-0.3],[0.8,0.2],[-0.6,0.9]]" "b=[0.2,0,-0.2]" "V=[[0.7,-0.4,0.5],[0.3,0.6,-0.2]]" "c=[0.1,0]" "x=[1,2]" "t=[0.5,1]"
POOL := "maxpool2d(x, 3, stride=2)" "x=[[1,3,2,7,2],[5,1,3,0,5],[4,8,5,0,6],[3,2,6,0,8],[0,7,4,6,9]]" --upstream "[[1,-2],[3,0.5]]" --into f
CONV := "conv2d(x, k, b, padding=1)" "x=[[[1,0,2,1],[0,3,1,0],[2,1,0,1],[1,0,2,2]],[[0,1,1,0],[2,0,1,1],[1,1,0,2],[0,2,1,0]]]" "k=[[[[1,0,-1],[2,1,0],[0,1,-1]],[[0,1,0],[1,-2,1],[0,1,0]]]]" "b=[1]" --into f
COLUMNS := "sum(conv2d(x, k))" "x=[[[1,2,0,1],[3,1,1,0],[0,2,1,1],[1,0,2,2]]]" "k=[[[[1,0],[2,-1]]],[[[0,1],[1,1]]]]" --view im2col
LOSS := "mean((w2*tanh(w1*x + 0.2) - 1.2*tanh(1.5*x + 0.2))**2)" "x=[-2,-1.5,-1,-0.5,0,0.5,1,1.5,2]" --over w1,w2 --paths gd:0.1,momentum:0.1:0.8,adam:0.2 --from w1=-1.5,w2=1.5
RING := net:mlp:2-4-1,activation=tanh --data ring --lr 0.3 --passes 800
POLAR := "r = sqrt(x1**2 + x2**2); 0.54 - r" --data ring --after "r,theta=arctan2(x2,x1)"

.PHONY: demo pictures gallery-sheet test soak oracles peers bench proofs gpu lint types clean

demo: .venv/installed
	$(BIN)/gradviz demo
	@echo && echo "The same steps as pictures:"
	$(BIN)/gradviz render $(NORM) --step 7 -o out/norm-squared.svg
	$(BIN)/gradviz render $(NORM) --step 7 -o out/norm-squared.png
	$(BIN)/gradviz render $(NORM) -o out/norm-squared.pdf

# The pictures in the README.
pictures: .venv/installed
	$(BIN)/gradviz render $(MARK) --step 12 -o assets/circuit.png
	$(BIN)/gradviz render $(NORM) --step 7 --theme dark -o assets/norm-squared.png
	$(BIN)/gradviz render $(NEURON) --step 15 --theme cs231n -o assets/neuron.png
	$(BIN)/gradviz render $(LAYERS) --view neurons --step 10 -o assets/neurons.png
	$(BIN)/gradviz render net:lenet5 image=digit:3 label=3 --view volumes --step 3 -o assets/volumes.png
	$(BIN)/gradviz render $(POOL) --step 7 -o assets/pool.png
	$(BIN)/gradviz render $(CONV) --step 6 -o assets/convolution.png
	$(BIN)/gradviz render $(COLUMNS) --step 14 -o assets/im2col.png
	$(BIN)/gradviz plot activations x=1 -o assets/activations.png
	$(BIN)/gradviz plot $(LOSS) -o assets/optimisers.png
	$(BIN)/gradviz learn $(NORM) --wrt W --lr 0.1 --passes 3 -o .venv/norm-squared.json
	$(BIN)/gradviz render .venv/norm-squared.json --pass 1 --view update --step 1 -o assets/update.png
	$(BIN)/gradviz plot $(POLAR) -o assets/plane.png
	$(BIN)/gradviz learn $(RING) -o .venv/ring.json
	$(BIN)/gradviz render .venv/ring.json --pass 237 --view training -o assets/training.png
	$(BIN)/gradviz render net:alexnet image=random:1 label=3 --depth 1 -o assets/alexnet.png

# Every lecture example, graph of lectures and some networks, in every view and theme, on contact sheets.
gallery-sheet: .venv/tested
	$(BIN)/python scripts/gallery_sheet.py

test: .venv/tested lint types
	$(BIN)/python -m pytest -n 2 -rs

# Hostile input, until CASES have run or MINUTES are over; other cases for every SEED.
SEED ?= 1
CASES ?= 100000
MINUTES ?= 0
soak: .venv/tested
	nice $(BIN)/python scripts/soak.py --seed $(SEED) --cases $(CASES) --minutes $(MINUTES)

# Output opened in a browser, a PDF reader, LaTeX and a terminal; reports which of them are missing.
proofs: .venv/notebooks
	$(BIN)/python -m pytest -m proof -n 2 -rs

# Values and gradients compared with those of PyTorch and ONNX, on the CPU.
oracles: .venv/oracles
	$(BIN)/python -m pytest -m oracle -n 2 -rs tests/oracles

# Other libraries' own tests and samples, run through gradviz; counts in benchmarks/results/peers.md.
peers: .venv/peers
	$(BIN)/python -m tests.peers $(SUITES)

# Speed beside the peers, every row of the table, in less than ten minutes: benchmarks/results/bench.md.
bench: .venv/bench
	$(BIN)/python benchmarks/table.py --write

# Tests and speed on an NVIDIA GPU, in less than ten minutes; a dry run where there is none. CuPy and
# PyTorch are taken as they are installed: pip install 'gradviz-explainer[cuda]' torch
gpu: .venv/tested
	$(BIN)/python benchmarks/gpu.py

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	$(BIN)/python scripts/lint_op_names.py

types: .venv/tested
	$(BIN)/mypy

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

# pip supports dependency groups since version 25.1.
.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

.venv/notebooks: .venv/tested
	$(BIN)/python -m pip install --quiet --group dev --group notebooks
	touch $@

.venv/oracles: .venv/tested
	$(BIN)/python -m pip install --quiet --group dev --group oracles
	touch $@

.venv/peers: .venv/tested
	$(BIN)/python -m pip install --quiet --group dev --group peers
	touch $@

.venv/bench: .venv/tested
	$(BIN)/python -m pip install --quiet --group dev --group bench
	touch $@

clean:
	rm -rf .venv out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
