"""COSE474 Deep Learning, Lecture 0: forward propagation in NumPy, line by line."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def neural_network(x, Theta1, Theta2):
    a1 = np.concatenate(([1], x))
    z2 = np.dot(Theta1, a1)
    a2 = np.concatenate(([1], sigmoid(z2)))
    z3 = np.dot(Theta2, a2)
    a3 = sigmoid(z3)
    return a3
