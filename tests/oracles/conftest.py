"""Without PyTorch and ONNX there is nothing here to collect; `make oracles` installs them, and
fails without tests.
"""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") and find_spec("onnx") else ["*.py"]
