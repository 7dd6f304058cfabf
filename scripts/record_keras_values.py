"""Records values of Keras 3 for test/unit: losses, their gradients, metrics, optimizers and schedules.

    pip install keras tensorflow-cpu
    python scripts/record_keras_values.py > test/fixtures/keras-values.json

The numbers come from Keras's own public classes on the TensorFlow backend, in float32.
"""

import json
import os
import re
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

LOSSES = {
    "categoricalCrossentropy": keras.losses.CategoricalCrossentropy,
    "sparseCategoricalCrossentropy": keras.losses.SparseCategoricalCrossentropy,
    "binaryCrossentropy": keras.losses.BinaryCrossentropy,
    "meanSquaredError": keras.losses.MeanSquaredError,
}
SCHEDULES = {"exponentialDecay": keras.optimizers.schedules.ExponentialDecay}
random = np.random.default_rng(20240601)


def flat(array):
    # Nine digits identify a float32 exactly.
    return [float(f"{x:.9g}") for x in np.asarray(array, "float32").ravel()]


def to_snake(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def one_hot(labels, width):
    return np.eye(width)[np.asarray(labels)]


def loss_case(name, loss, target, y):
    """The loss (a mean over the batch) and its gradient, computed from outputs."""
    y = tf.constant(np.asarray(y, "float32"))
    with tf.GradientTape() as tape:
        tape.watch(y)
        value = LOSSES[loss]()(tf.constant(np.asarray(target, "float32")), y)
    return case(name, loss, None, target, y, value, tape.gradient(value, y))


def logits_case(name, loss, activation, target, z):
    """The same after a layer with this activation. Keras finds the logits itself."""
    z = tf.constant(np.asarray(z, "float32"))
    layer = keras.layers.Activation(activation)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = LOSSES[loss]()(tf.constant(np.asarray(target, "float32")), layer(z))
    return case(name, loss, activation, target, z, value, tape.gradient(value, z))


def case(name, loss, activation, target, y, value, gradient):
    return {
        "name": name,
        "loss": loss,
        "logits": activation,
        "shape": list(y.shape[1:]),
        "rows": int(y.shape[0]),
        "target": flat(target),
        "y": flat(y),
        "value": flat(value)[0],
        "gradient": flat(gradient),
    }


def loss_cases():
    labels = [2, 0, 1, 1]
    p = softmax(random.normal(size=(4, 3)) * 2)
    scaled = p * random.uniform(0.2, 3, size=(4, 1))
    saturated = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1e-9, 1 - 2e-8, 1e-8]]
    grid, grid_labels = softmax(random.normal(size=(2, 2, 2, 3))), random.integers(0, 3, size=(2, 2, 2))
    soft = softmax(random.normal(size=(4, 3)))
    bits = random.integers(0, 2, size=(4, 3))
    z = random.normal(size=(4, 3)) * 3
    far = [[80, 0, 0], [0, -80, 0], [0, 80, -80], [1000, -1000, 0]]
    grid_z = random.normal(size=(2, 2, 2, 3)) * 3

    for name, y in [("probabilities", p), ("not normalised", scaled), ("saturated", saturated)]:
        yield loss_case(name, "categoricalCrossentropy", one_hot(labels, 3), y)
        yield loss_case(name, "sparseCategoricalCrossentropy", labels, y)
        if name != "not normalised":
            yield loss_case(name, "binaryCrossentropy", bits, y)
    yield loss_case("soft targets", "categoricalCrossentropy", soft, p)
    yield loss_case("soft targets", "binaryCrossentropy", soft, p)
    yield loss_case("one class each", "binaryCrossentropy", bits[:, :1], p[:, :1])
    yield loss_case("positions", "categoricalCrossentropy", one_hot(grid_labels, 3), grid)
    yield loss_case("positions", "sparseCategoricalCrossentropy", grid_labels, grid)
    yield loss_case("positions", "binaryCrossentropy", one_hot(grid_labels, 3), grid)
    yield loss_case("vectors", "meanSquaredError", z[::-1], z)
    yield loss_case("positions", "meanSquaredError", grid, grid_z)

    for name, logits in [("logits", z), ("a loss of 80", far)]:
        for activation in ["softmax", "sigmoid"]:
            yield logits_case(name, "categoricalCrossentropy", activation, one_hot(labels, 3), logits)
            yield logits_case(name, "sparseCategoricalCrossentropy", activation, labels, logits)
            yield logits_case(name, "binaryCrossentropy", activation, bits, logits)
    yield logits_case("soft targets", "categoricalCrossentropy", "softmax", soft, z)
    yield logits_case("targets of another sum", "categoricalCrossentropy", "softmax", soft * 2, z)
    yield logits_case("soft targets", "binaryCrossentropy", "sigmoid", soft, z)
    yield logits_case("positions", "categoricalCrossentropy", "softmax", one_hot(grid_labels, 3), grid_z)
    yield logits_case("positions", "sparseCategoricalCrossentropy", "softmax", grid_labels, grid_z)


def accuracy_case(name, target, y):
    """`metrics=["accuracy"]`, as resolved by `compile`."""
    y, target = np.asarray(y, "float32"), np.asarray(target, "float32")
    inputs = keras.Input(y.shape[1:])
    model = keras.Model(inputs, keras.layers.Activation("linear")(inputs))
    model.compile(loss=lambda t, y: keras.ops.zeros_like(y), metrics=["accuracy"])
    value = model.evaluate(y, target, verbose=0, return_dict=True)["accuracy"]
    return {
        "name": name,
        "targetShape": list(target.shape[1:]),
        "shape": list(y.shape[1:]),
        "rows": len(y),
        "target": flat(target),
        "y": flat(y),
        "value": flat(value)[0],
    }


def accuracy_cases():
    labels = random.integers(0, 3, size=8)
    y = softmax(random.normal(size=(8, 3)))
    grid, grid_labels = softmax(random.normal(size=(3, 4, 3))), random.integers(0, 3, size=(3, 4))
    ones, bits = random.uniform(size=(8, 1)), random.integers(0, 2, size=(8, 1))
    ties = [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.2, 0.6, 0.2], [1 / 3] * 3]
    yield accuracy_case("categorical", one_hot(labels, 3), y)
    yield accuracy_case("sparse", labels, y)
    yield accuracy_case("sparse, a column", labels[:, None], y)
    yield accuracy_case("binary", bits, ones)
    yield accuracy_case("binary at the threshold", [[0], [0]], [[0.5], [0.5]])
    yield accuracy_case("binary at positions", random.integers(0, 2, size=(3, 4, 1)), random.uniform(size=(3, 4, 1)))
    yield accuracy_case("categorical at positions", one_hot(grid_labels, 3), grid)
    yield accuracy_case("sparse at positions", grid_labels, grid)
    yield accuracy_case("ties", one_hot([0, 2, 1, 0], 3), ties)
    yield accuracy_case("several bits count as classes", random.integers(0, 2, size=(8, 3)), y)


def optimizer_case(name, config, optimizer, steps=6):
    weights = keras.Variable(np.asarray([0.5, -1.25, 3, 0, 1e-3], "float32"))
    gradients = (random.normal(size=(steps, 5)) * [1, 0.1, 10, 1e-4, 0]).astype("float32")
    start, after = flat(weights), []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)], [weights])
        after.append(flat(weights))
    return {
        "name": name,
        "config": config,
        "weights": start,
        "gradients": [flat(g) for g in gradients],
        "after": after,
    }


def optimizer_cases():
    o = keras.optimizers
    yield optimizer_case("sgd", {"optimizer": "sgd"}, o.SGD())
    sgd = {"optimizer": "sgd", "learningRate": 0.1, "momentum": 0.9}
    yield optimizer_case("sgd, momentum", sgd, o.SGD(0.1, momentum=0.9))
    yield optimizer_case("sgd, Nesterov", {**sgd, "nesterov": True}, o.SGD(0.1, momentum=0.9, nesterov=True))
    yield optimizer_case("rmsprop", {"optimizer": "rmsprop"}, o.RMSprop())
    rms = {"optimizer": "rmsprop", "learningRate": 0.01, "rho": 0.8, "epsilon": 1e-3}
    arguments = {"learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-3}
    yield optimizer_case("rmsprop, momentum", {**rms, "momentum": 0.5}, o.RMSprop(momentum=0.5, **arguments))
    yield optimizer_case("rmsprop, centered", {**rms, "centered": True}, o.RMSprop(centered=True, **arguments))
    yield optimizer_case(
        "rmsprop, centered with momentum",
        {**rms, "momentum": 0.5, "centered": True},
        o.RMSprop(momentum=0.5, centered=True, **arguments),
    )
    yield optimizer_case("adam", {"optimizer": "adam"}, o.Adam())
    adam = {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-2}
    arguments = {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-2}
    yield optimizer_case("adam, all options", {"optimizer": "adam", **adam}, o.Adam(**arguments))
    yield optimizer_case("adamw", {"optimizer": "adamw"}, o.AdamW())
    yield optimizer_case(
        "adamw, all options",
        {"optimizer": "adamw", **adam, "weightDecay": 0.3},
        o.AdamW(weight_decay=0.3, **arguments),
    )
    decay = {"schedule": "exponentialDecay", "initialLearningRate": 0.01, "decaySteps": 2, "decayRate": 0.5}
    arguments = {"initial_learning_rate": 0.01, "decay_steps": 2, "decay_rate": 0.5}
    yield optimizer_case(
        "adam, exponential decay",
        {"optimizer": "adam", "learningRate": {**decay, "staircase": False}, "epsilon": 1e-2},
        o.Adam(SCHEDULES["exponentialDecay"](**arguments), epsilon=1e-2),
    )
    yield optimizer_case(
        "adamw, exponential decay in stairs",
        {"optimizer": "adamw", "learningRate": {**decay, "staircase": True}, "epsilon": 1e-2, "weightDecay": 0.3},
        o.AdamW(SCHEDULES["exponentialDecay"](**arguments, staircase=True), epsilon=1e-2, weight_decay=0.3),
    )


def schedule_case(name, schedule, **options):
    iterations = [0, 1, 2, 99, 100, 101, 250, 1000, 12345]
    made = SCHEDULES[schedule](**{to_snake(key): value for key, value in options.items()})
    rates = flat([keras.ops.convert_to_numpy(made(i)) for i in iterations])
    return {"name": name, "config": {"schedule": schedule, **options}, "iterations": iterations, "rates": rates}


def schedule_cases():
    options = {"initialLearningRate": 0.1, "decaySteps": 100, "decayRate": 0.96}
    yield schedule_case("exponential decay", "exponentialDecay", **options, staircase=False)
    yield schedule_case("exponential decay in stairs", "exponentialDecay", **options, staircase=True)
    growth = {"initialLearningRate": 1e-4, "decaySteps": 3000, "decayRate": 2}
    yield schedule_case("exponential growth", "exponentialDecay", **growth, staircase=False)


json.dump(
    {
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "losses": list(loss_cases()),
        "accuracy": list(accuracy_cases()),
        "optimizers": list(optimizer_cases()),
        "schedules": list(schedule_cases()),
    },
    sys.stdout,
)
print()
