"""CS 7643 Deep Learning: questions about images, answered by a CNN, an LSTM and an MLP."""

import gradviz as gv

UNITS = 2


def lstm(x, state, W, U, b):
    """One word: W, U and b hold the rows of the gates i, f, o, then those of the candidate."""
    h, c = state[:UNITS], state[UNITS:]
    z = W @ x + U @ h + b
    i, f, o = (gv.sigmoid(z[k * UNITS : (k + 1) * UNITS]) for k in range(3))
    c = f * c + i * gv.tanh(z[3 * UNITS :])
    return gv.concatenate([o * gv.tanh(c), c])


def answer(image, K, word1, word2, word3, start, W, U, b, A, B, right=1):
    with gv.scope("cnn"):
        seen = gv.flatten(gv.relu(gv.conv2d(image, K)))
    state = start
    for k, word in enumerate((word1, word2, word3), 1):
        with gv.scope(f"word{k}"):
            state = lstm(word, state, W, U, b)
    with gv.scope("mlp"):
        scores = B @ gv.relu(A @ gv.concatenate([seen, state[:UNITS]]))
    return gv.softmax_cross_entropy(scores, right)
