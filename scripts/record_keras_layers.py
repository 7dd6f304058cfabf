"""Records the results of each kind of layer in Keras 3: the fixture `test/fixtures/keras-layers.json`.

    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu numpy
    venv/bin/python scripts/record_keras_layers.py > test/fixtures/keras-layers.json

Each case is a small functional model. It starts with a layer with weights (`entry`), whose gradients show the gradient of the next layer's
input. The tested layers follow. Keras computes in float64 on the TensorFlow backend, so that differences come from the engine. The results
are rounded to float32. `test/unit/engines/kerasLayers.test.ts` builds the same models from the same lists and follows the same rules.

Rules that both sides follow
  random(seed)  mulberry32, as `randomNumbers` in test/unit/engines/tfjsHelpers.ts: float32 numbers from -1 to 1
  seeds         the seeds of a case start at 1000 `seed`: first the inputs, then dy, then the weights in the order of the list
  inputs        float32(`inputScale` random), with rows[0] rows; a step with fewer rows uses the first ones
  dy            random, in the shape of the outputs; the loss is the sum of y dy plus the regularisation losses
  weights       float32(scale random), scale = sqrt(2 last axis / size), or 0.3 for a vector; plus 1 for `gamma` and `moving_variance`
  layers        [class, name, options, names of inputs], with the names and options of Keras 2 and tfjs; the last layer is the output

Recorded arrays: float32 numbers, little-endian, in base64, one array after the other
  outputs         of each step of SGD(0.1) in training mode; `rows` has the number of rows of each step
  gradients       of the trained weights, in the first of these steps
  regularization  the regularisation losses in the first step
  sgd             all weights after these steps
  inference       outputs with these weights in inference mode, with as many rows as in the last step
  adam            all weights after one step of Adam(0.1, 0.875, 0.984375, epsilon=0.01) from the initial weights. With the default epsilon, a
                  first step would only show the sign of the gradient. Keras rounds the decays to float32, so these decays are exact in float32.

Not recorded
  DepthwiseConv2D with dilation: tfjs ignores the dilation
  ELU with alpha  tfjs supports only alpha = 1
  Reshape with -1 tfjs treats the batch as a second unknown size and fails
  Softmax         without an axis, on more than vectors: tfjs uses axis 1, Keras the last axis
  hard_sigmoid    differs: relu6(x + 3) / 6 in Keras 3, clip(0.2 x + 0.5, 0, 1) in Keras 2 and tfjs
  dropout, noise  are random; test/unit/engines/tfjsNoise.test.ts and others test them
"""

import base64
import json
import math
import os
import sys

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
keras.config.set_floatx("float64")
keras.utils.set_random_seed(1)

# --------------------------------------------------------------------------------------------------------------- the cases


class Graph:
    """A list of layers. A layer follows the previous one, or the layers that it names."""

    def __init__(self):
        self.layers = []

    def add(self, kind, *inputs, **options):
        last = self.layers[-1][1] if self.layers else "input"
        name = f"layer{len(self.layers)}" if self.layers else "entry"
        self.layers.append([kind, name, options, list(inputs) or [last]])
        return name


def case(name, shape, make, *, inputs=None, bias=True, **more):
    """
    `shape` is the output shape of the entry. `make` adds layers to a graph. `inputs` is the last axis of the model's input. `bias` says whether
    the entry has a bias. It has none before a BatchNormalization, because the gradient of the bias would be only a rounding error.
    """
    graph = Graph()
    width = {} if bias else {"use_bias": False}
    width |= {"trainable": False} if more.pop("frozenEntry", False) else {}
    if len(shape) == 3:
        graph.add("Conv2D", filters=shape[-1], kernel_size=1, **width)
    else:
        graph.add("Dense", units=shape[-1], **width)
    make(graph)
    columns = inputs or (2 if len(shape) > 1 else 3)
    return {"name": name, "input": [*shape[:-1], columns], "rows": [5, 3, 1], "inputScale": 1, **more, "layers": graph.layers}


def one(kind, **options):
    return lambda graph: graph.add(kind, **options)


def chain(*layers):
    return lambda graph: [graph.add(kind, **options) for kind, options in layers]


L1L2 = {"class_name": "L1L2", "config": {"l1": 0.03, "l2": 0.02}}
L1 = {"class_name": "L1L2", "config": {"l1": 0.05, "l2": 0.0}}
L2 = {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.04}}
SINGLE = [1, 1]  # batches of one row


def dense_cases():
    yield case("dense", [7], one("Dense", units=5))
    yield case("dense, 25 to 9 with relu", [25], one("Dense", units=9, activation="relu"))
    yield case("dense without a bias, over the last of two axes", [3, 6], one("Dense", units=5, use_bias=False))
    yield case("dense over the last of three axes", [2, 3, 5], one("Dense", units=3))
    yield case("dense of one number", [1], one("Dense", units=1))
    yield case("dense, batches of one", [13], one("Dense", units=3, activation="tanh"), rows=SINGLE)


ACTIVATIONS = [
    "elu",
    "gelu",
    "linear",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]


def activation_cases():
    for name in ACTIVATIONS:
        scale = {"inputScale": 4}
        layers = chain(
            ("Conv2D", {"filters": 3, "kernel_size": [1, 2], "activation": name}),
            ("Flatten", {}),
            ("Dense", {"units": 3, "activation": name}),
        )
        yield case(f"conv2d and dense with {name}", [2, 3, 2], layers, **scale)
        yield case(f"an activation layer, {name}", [11], one("Activation", activation=name), **scale)
    scale = {"inputScale": 10}
    yield case("a layer ReLU", [3, 3], one("ReLU"))
    yield case("a layer ReLU that ends at 6", [11], one("ReLU", max_value=6), **scale)
    yield case("a layer LeakyReLU", [3, 3], one("LeakyReLU", alpha=0.2))
    yield case("a layer LeakyReLU, by default", [11], one("LeakyReLU"))
    yield case("a layer ELU", [3, 3], one("ELU"))
    for width in 2, 3, 25:
        yield case(f"a layer Softmax over {width} numbers", [width], one("Softmax"), inputScale=4)
    yield case("a layer Softmax over the last of three axes", [2, 2, 5], one("Softmax", axis=-1), rows=SINGLE)
    yield case("activations in between", [9], chain(("LeakyReLU", {"alpha": 0.1}), ("Dense", {"units": 3}), ("Softmax", {})))


def convolution_cases():
    def conv(name, shape, filters, size, **options):
        more = {key: options.pop(key) for key in ("rows",) if key in options}
        return case(f"conv2d {name}", shape, one("Conv2D", filters=filters, kernel_size=size, **options), **more)

    yield conv("3x3 same on 1 channel, 8 filters", [2, 4, 1], 8, 3, padding="same", activation="relu")
    yield conv("3x3 same on 1 channel, 3 filters", [4, 3, 1], 3, 3, padding="same")
    yield conv("3x3 valid on 1 channel, 8 filters", [3, 6, 1], 8, 3)
    yield conv("3x3 valid on 3 channels", [4, 6, 3], 3, 3)
    yield conv("2x2 same, 25 to 2", [3, 3, 25], 2, 2, padding="same")
    yield conv("1x3 valid, 3 to 25", [1, 4, 3], 25, [1, 3])
    yield conv("3x1 same, 3 to 3", [4, 3, 3], 3, [3, 1], padding="same", rows=SINGLE)
    yield conv("2x4, strides 2 and 1, same", [5, 6, 3], 2, [2, 4], strides=[2, 1], padding="same")
    yield conv("2x4, strides 2 and 3, valid", [7, 9, 3], 2, [2, 4], strides=[2, 3], activation="softplus")
    yield conv("5x5, stride 2, same", [5, 6, 2], 2, 5, strides=2, padding="same")
    yield conv("4x4, same", [3, 5, 2], 2, 4, padding="same", use_bias=False)
    yield conv("5x4, same, larger than the image", [2, 3, 2], 3, [5, 4], padding="same")
    yield conv("1x1", [2, 3, 25], 3, 1, activation="relu")
    yield conv("1x1, stride 2", [5, 6, 3], 5, 1, strides=2)
    yield conv("1x2, stride 3, valid", [4, 8, 3], 2, [1, 2], strides=3)
    yield conv("3x2, dilation 2, valid", [7, 5, 3], 2, [3, 2], dilation_rate=2)
    yield conv("3x3, dilations 2 and 3, same", [4, 5, 1], 2, 3, dilation_rate=[2, 3], padding="same")
    yield conv("2x3, dilations 1 and 2, same", [4, 5, 3], 2, [2, 3], dilation_rate=[1, 2], padding="same", activation="tanh")

    def conv1(name, shape, filters, size, **options):
        return case(f"conv1d {name}", shape, one("Conv1D", filters=filters, kernel_size=size, **options))

    yield conv1("of 3, same", [7, 3], 5, 3, padding="same", activation="relu")
    yield conv1("of 4, stride 2, valid, on 1 channel", [9, 1], 3, 4, strides=2)
    yield conv1("of 2, stride 3, same", [8, 3], 2, 2, strides=3, padding="same", use_bias=False)
    yield conv1("of 3, dilation 2, 25 to 1", [7, 25], 1, 3, dilation_rate=2)
    yield conv1("of 3, dilation 3, same", [5, 3], 3, 3, dilation_rate=3, padding="same", activation="sigmoid")


def pooling_cases():
    for name, kind in ("maxPooling", "MaxPooling"), ("averagePooling", "AveragePooling"):
        yield case(f"{name}2d of 2", [4, 6, 3], one(f"{kind}2D", pool_size=2))
        yield case(f"{name}2d of 2 on odd sizes", [5, 3, 1], one(f"{kind}2D", pool_size=2), rows=SINGLE)
        yield case(f"{name}2d of overlapping windows", [5, 6, 3], one(f"{kind}2D", pool_size=[3, 2], strides=[2, 1]))
        yield case(f"{name}2d of 25 channels", [2, 3, 25], one(f"{kind}2D", pool_size=[2, 1], strides=[1, 2]))
        yield case(f"{name}2d with gaps between windows", [7, 8, 3], one(f"{kind}2D", pool_size=2, strides=[3, 4]))
        yield case(f"{name}2d of overlapping windows, same", [5, 6, 3], one(f"{kind}2D", pool_size=3, strides=2, padding="same"))
        yield case(f"{name}2d of 2, same", [5, 3, 5], one(f"{kind}2D", pool_size=2, padding="same"))
        yield case(f"{name}1d of 2", [7, 5], one(f"{kind}1D", pool_size=2))
        yield case(f"{name}1d of 3, stride 2", [9, 3], one(f"{kind}1D", pool_size=3, strides=2))
        yield case(f"{name}1d of 4, stride 3, same", [8, 3], one(f"{kind}1D", pool_size=4, strides=3, padding="same"))
        for channels in 1, 3, 25:
            yield case(f"global {name}2d of {channels} channels", [3, 5, channels], one(f"Global{kind}2D"))
        for channels in 1, 3:
            yield case(f"global {name}1d of {channels} channels", [7, channels], one(f"Global{kind}1D"))

    def joined(conv, pool):
        return chain(("Conv2D", {"padding": "valid", **conv}), ("MaxPooling2D", pool))

    yield case(
        "conv2d and maxPooling2d as one, 1 channel to 25",
        [2, 4, 1],
        joined({"filters": 25, "kernel_size": 3, "padding": "same", "activation": "relu"}, {"pool_size": 2}),
    )
    yield case(
        "conv2d and overlapping maxPooling2d as one",
        [7, 6, 3],
        joined({"filters": 3, "kernel_size": 3}, {"pool_size": 3, "strides": 2, "padding": "same"}),
    )
    yield case(
        "conv2d with strides and maxPooling2d on odd sizes as one",
        [9, 7, 3],
        joined({"filters": 5, "kernel_size": [3, 2], "strides": [2, 1], "activation": "relu"}, {"pool_size": [2, 3]}),
    )
    yield case(
        "conv2d with dilation and maxPooling2d as one",
        [6, 7, 2],
        joined({"filters": 3, "kernel_size": 2, "dilation_rate": 2, "activation": "relu"}, {"pool_size": 2}),
        rows=SINGLE,
    )
    yield case(
        "conv2d with tanh before maxPooling2d",
        [4, 5, 3],
        joined({"filters": 3, "kernel_size": 2, "activation": "tanh"}, {"pool_size": [3, 2]}),
    )


def shape_cases():
    yield case("flatten", [2, 3, 3], chain(("Flatten", {}), ("Dense", {"units": 3})))
    yield case("reshape", [2, 6, 1], chain(("Reshape", {"target_shape": [4, 3]}), ("Dense", {"units": 2})))
    yield case("permute of two dimensions", [3, 5], chain(("Permute", {"dims": [2, 1]}), ("Dense", {"units": 3})))
    for dims in [3, 1, 2], [2, 1, 3], [3, 2, 1]:
        yield case(f"permute to {dims}", [2, 3, 4], chain(("Permute", {"dims": dims}), ("Conv2D", {"filters": 2, "kernel_size": 1})))
    for channels in 1, 3, 25:
        conv = ("Conv2D", {"filters": 1, "kernel_size": [1, 2] if channels == 25 else 2, "strides": 2})
        pads = {"padding": [[1, 2], [0, 3]]}
        yield case(f"zeroPadding2d of {channels} channels", [3, 5, channels], chain(("ZeroPadding2D", pads), conv))
        yield case(f"upSampling2d of {channels} channels", [2, 3, channels], chain(("UpSampling2D", {"size": [3, 2]}), conv))
    yield case("zeroPadding2d by 1", [2, 3, 3], one("ZeroPadding2D"), rows=SINGLE)
    yield case("upSampling2d by 2", [2, 3, 3], one("UpSampling2D"), rows=SINGLE)


def normalization_cases():
    def batch(name, shape, *after, rows=(5, 3, 1), **options):
        return case(f"batchNormalization {name}", shape, chain(("BatchNormalization", options), *after), bias=False, rows=list(rows))

    dense = ("Dense", {"units": 3})
    conv = ("Conv2D", {"filters": 2, "kernel_size": 2})
    yield batch("of 25 numbers", [25], ("Dense", {"units": 1}))
    yield batch("of one number", [1], momentum=0.5)
    yield batch("of 3 numbers, with a weight that comes after", [3], ("Dense", {"units": 2, "activation": "tanh"}))
    for channels in 1, 3, 8, 25:
        after = ("Conv2D", {"filters": 1, "kernel_size": [1, 3]}) if channels == 25 else conv
        yield batch(f"of {channels} channels", [2, 4, channels], after, momentum=0.8, epsilon=0.01)
    yield batch("of sequences", [5, 3], ("Flatten", {}))
    yield batch("of images, batches of one", [3, 4, 3], conv, rows=SINGLE)
    yield batch("without scale", [3, 3, 3], conv, scale=False)
    yield batch("without center", [3, 3, 5], conv, center=False)
    yield batch("without both", [9], dense, scale=False, center=False)
    yield batch("with regularizers", [3, 3, 3], gamma_regularizer=L1L2, beta_regularizer=L2)
    frozen = chain(("BatchNormalization", {"trainable": False}), conv)
    yield case("batchNormalization that is not trained", [3, 3, 3], frozen)
    twice = chain(("BatchNormalization", {}), ("ReLU", {}), ("Conv2D", {"filters": 3, "kernel_size": 2, "use_bias": False}), ("BatchNormalization", {}))
    yield case("batchNormalization, twice", [3, 4, 2], twice, bias=False)

    def layer(name, shape, *after, **options):
        return case(f"layerNormalization {name}", shape, chain(("LayerNormalization", options), *after))

    for width in 3, 8, 25:
        yield layer(f"of {width} numbers", [width], ("Dense", {"units": 25 // width}))
    yield layer("over the last of three axes", [2, 3, 5], conv, epsilon=0.01)
    yield layer("over the last of two axes", [5, 3], gamma_regularizer=L1L2, beta_regularizer=L1)
    yield layer("over the last two axes", [2, 3, 5], conv, axis=[-2, -1])
    yield layer("without scale", [7], dense, scale=False)
    yield layer("without center", [7], dense, center=False)
    yield case("layerNormalization, batches of one", [13], one("LayerNormalization"), rows=SINGLE)


def depthwise_cases():
    def depthwise(name, shape, size, **options):
        more = {key: options.pop(key) for key in ("rows",) if key in options}
        return case(f"depthwiseConv2d {name}", shape, one("DepthwiseConv2D", kernel_size=size, **options), **more)

    for channels in 1, 3:
        yield depthwise(f"3x3 same on {channels} channels", [3, 5, channels], 3, padding="same", activation="relu")
    yield depthwise("2x3 valid on 25 channels", [2, 3, 25], [2, 3])
    yield depthwise("3x2 valid, 2 filters a channel", [4, 3, 3], [3, 2], depth_multiplier=2)
    yield depthwise("3x3 same, 3 filters a channel", [3, 4, 1], 3, padding="same", depth_multiplier=3, activation="softplus")
    yield depthwise("5x5, stride 2, same", [5, 6, 3], 5, padding="same", strides=2)
    yield depthwise("4x4, stride 3, valid", [7, 8, 2], 4, strides=3, use_bias=False, rows=SINGLE)
    yield depthwise("2x2 with regularizers", [3, 4, 3], 2, depthwise_regularizer=L1L2, bias_regularizer=L2)

    def separable(name, shape, filters, size, **options):
        return case(f"separableConv2d {name}", shape, one("SeparableConv2D", filters=filters, kernel_size=size, **options))

    yield separable("3x3 same", [3, 4, 3], 3, 3, padding="same", activation="relu")
    regularized = {"depthwise_regularizer": L1L2, "pointwise_regularizer": L2, "bias_regularizer": L1}
    yield separable("2x3, stride 2, with regularizers", [5, 6, 3], 3, [2, 3], strides=2, **regularized)
    yield separable("2x2 on 25 channels", [3, 3, 25], 2, 2, use_bias=False)
    yield separable("3x3 same on 1 channel", [3, 4, 1], 2, 3, padding="same", activation="tanh")
    yield separable("2x3, 2 filters a channel", [3, 5, 3], 4, [2, 3], depth_multiplier=2)
    yield separable("3x2, dilation 2", [6, 4, 3], 4, [3, 2], dilation_rate=2)


MERGES = ["Add", "Average", "Multiply", "Maximum", "Minimum"]


def merge_cases():
    conv = {"filters": 3, "kernel_size": 1}
    for kind in MERGES:

        def three(g, kind=kind):
            a, b = g.add("Conv2D", "entry", **conv), g.add("Conv2D", "entry", **{**conv, "kernel_size": [2, 1]}, padding="same")
            g.add(kind, "entry", a, b)

        def twice(g, kind=kind):
            g.add(kind, "entry", "entry")

        def with_input(g, kind=kind):
            g.add(kind, "input", "entry", g.add("ReLU", "entry"))

        name = kind.lower()
        yield case(f"{name} of three", [2, 3, 3], three)
        yield case(f"{name} of twice the same", [9], twice)
        yield case(f"{name} with the model's input", [7], with_input, inputs=7)

    for axis in 1, 2, 3, -1:

        def concatenated(g, axis=axis):
            b = g.add("Conv2D", "entry", filters=3 if axis in (1, 2) else 5, kernel_size=1)
            b = g.add("ZeroPadding2D", b, padding=[[1, 1], [0, 0]]) if axis == 1 else b
            g.add("Concatenate", "entry", b, "entry", axis=axis)
            g.add("Conv2D", filters=2, kernel_size=1)

        yield case(f"concatenate along axis {axis}", [2, 3, 3], concatenated)
    for channels in 1, 25:
        yield case(
            f"concatenate of {channels} channels",
            [1, 2, channels],
            lambda g: g.add("Concatenate", "entry", g.add("Conv2D", "entry", filters=1, kernel_size=1)),
        )
    yield case("concatenate of vectors", [5], lambda g: g.add("Concatenate", "entry", g.add("Dense", "entry", units=6)))
    yield case("concatenate of sequences", [3, 2], lambda g: g.add("Concatenate", "entry", g.add("ReLU", "entry"), axis=1), rows=SINGLE)

    def residual(g):
        first = g.add("Conv2D", "entry", filters=3, kernel_size=3, padding="same", activation="relu")
        first = g.add("Add", "entry", g.add("Conv2D", first, filters=3, kernel_size=3, padding="same"))
        pooled = g.add("AveragePooling2D", first, pool_size=2)
        g.add("Add", pooled, g.add("Conv2D", first, filters=3, kernel_size=1, strides=2), pooled)
        g.add("GlobalAveragePooling2D")

    yield case("residual connections", [6, 4, 3], residual)

    def residual_norm(g):
        x = "entry"
        for _ in range(2):
            y = g.add("BatchNormalization", g.add("Conv2D", x, filters=2, kernel_size=3, padding="same", use_bias=False))
            y = g.add("Conv2D", g.add("ReLU", y), filters=2, kernel_size=3, padding="same", use_bias=False)
            x = g.add("ReLU", g.add("Add", x, g.add("BatchNormalization", y)))
        g.add("Dense", g.add("GlobalAveragePooling2D", x), units=3, activation="softmax")

    yield case("residual connections with batchNormalization", [4, 5, 2], residual_norm)

    def several_uses(g):
        conv = g.add("Conv2D", "entry", filters=1, kernel_size=2)
        some = g.add("UpSampling2D", g.add("AveragePooling2D", "entry", pool_size=4), size=[4, 4])
        most = g.add("UpSampling2D", g.add("MaxPooling2D", "entry", pool_size=2), size=[2, 2])
        g.add("Concatenate", conv, some, most, axis=1)

    yield case("a tensor that is used three times, by poolings that leave some of it out", [5, 5, 1], several_uses)

    def shared_conv(g):
        conv = g.add("Conv2D", "entry", filters=3, kernel_size=3, padding="same", activation="relu")
        pooled = g.add("MaxPooling2D", conv, pool_size=2)
        g.add("Add", pooled, g.add("AveragePooling2D", conv, pool_size=2))

    yield case("conv2d and maxPooling2d with another use of the convolution", [4, 4, 2], shared_conv)

    def gate(g):
        squeezed = g.add("Dense", g.add("GlobalAveragePooling1D", "entry"), units=5, activation="sigmoid")
        g.add("Multiply", g.add("GlobalMaxPooling1D", "entry"), squeezed)

    yield case("a gate", [6, 5], gate)


def training_cases():
    regularized = {"kernel_regularizer": L1L2, "bias_regularizer": L1L2}
    yield case("regularizers of dense layers", [5], one("Dense", units=3, **regularized))
    yield case("regularizers of conv2d", [3, 3, 3], one("Conv2D", filters=2, kernel_size=2, kernel_regularizer=L2, bias_regularizer=L1))
    yield case("regularizers of conv1d", [4, 3], one("Conv1D", filters=2, kernel_size=2, kernel_regularizer=L1), rows=SINGLE)
    dense = ("Dense", {"units": 3, "activation": "tanh"})
    frozen = ("Dense", {"units": 5, "trainable": False, **regularized})
    yield case("a dense layer that is not trained, in between", [5], chain(frozen, dense))
    conv = ("Conv2D", {"filters": 3, "kernel_size": 2, "trainable": False, "activation": "relu"})
    pool = ("MaxPooling2D", {"pool_size": 2})
    yield case("a conv2d that is not trained, in between", [4, 5, 2], chain(conv, ("Flatten", {}), dense))
    yield case("a conv2d that is not trained and maxPooling2d as one", [5, 5, 2], chain(conv, pool, ("Flatten", {}), dense))
    yield case("a first layer that is not trained", [3, 4, 3], chain(("Conv2D", {"filters": 2, "kernel_size": 2}), pool), frozenEntry=True)
    normalized = chain(("DepthwiseConv2D", {"kernel_size": 2, "trainable": False}), ("LayerNormalization", {"trainable": False}), ("Flatten", {}), dense)
    yield case("layers of other kinds that are not trained", [3, 3, 3], normalized)


FAMILIES = [
    dense_cases,
    activation_cases,
    convolution_cases,
    pooling_cases,
    shape_cases,
    normalization_cases,
    depthwise_cases,
    merge_cases,
    training_cases,
]

# ------------------------------------------------------------------------------------------------------------- data and rules


def random(shape, seed):
    """mulberry32"""
    mask, state, numbers = 0xFFFFFFFF, seed, []
    for _ in range(math.prod(shape)):
        state = (state + 0x6D2B79F5) & mask
        t = ((state ^ (state >> 15)) * (1 | state)) & mask
        t = ((t + (((t ^ (t >> 7)) * (61 | t)) & mask)) & mask) ^ t
        numbers.append((t ^ (t >> 14)) / 0x80000000 - 1)
    return np.array(numbers, np.float32).astype(np.float64).reshape(shape)


def single(values):
    """float32 numbers, as float64."""
    return np.asarray(values).astype(np.float32).astype(np.float64)


def initial_weight(name, shape, seed):
    scale = math.sqrt(2 * shape[-1] / math.prod(shape)) if len(shape) > 1 else 0.3
    least = 1 if name.endswith(("/gamma", "/moving_variance")) else 0
    return single(least + scale * random(shape, seed))


def encoded(arrays):
    return base64.b64encode(b"".join(np.asarray(a).astype("<f4").tobytes() for a in arrays)).decode()


# --------------------------------------------------------------------------------------------------------------------- Keras

# Names of Keras 2 that differ in Keras 3.
OPTIONS = {"LeakyReLU": {"alpha": "negative_slope"}}
WEIGHTS = {"DepthwiseConv2D": {"kernel": "depthwise_kernel"}}


def build(case):
    """The model, and its weights by their names in Keras 2."""
    tensors = {"input": keras.Input(case["input"], name="input")}
    weights = {}
    for kind, name, options, inputs in case["layers"]:
        renamed = {OPTIONS.get(kind, {}).get(key, key): value for key, value in options.items()}
        layer = getattr(keras.layers, kind)(name=name, **{key: tupled(value) for key, value in renamed.items()})
        given = [tensors[i] for i in inputs]
        tensors[name] = layer(given if len(given) > 1 else given[0])
        for weight in layer.weights:
            weights[f"{name}/{WEIGHTS.get(kind, {}).get(weight.name, weight.name)}"] = weight
    return keras.Model(tensors["input"], tensors[case["layers"][-1][1]]), weights


def tupled(value):
    return tuple(tupled(item) for item in value) if isinstance(value, list) else value


def record(case, seed):
    rows = case["rows"]
    keras.backend.clear_session()
    model, weights = build(case)
    x = single(case["inputScale"] * random((rows[0], *case["input"]), 1000 * seed))
    dy = random((rows[0], *model.output_shape[1:]), 1000 * seed + 1)
    initial = [initial_weight(name, tuple(w.shape), 1000 * seed + 2 + i) for i, (name, w) in enumerate(weights.items())]

    def reset():
        for weight, value in zip(weights.values(), initial):
            weight.assign(value)

    def step(optimizer, count):
        with tf.GradientTape() as tape:
            y = model(x[:count], training=True)
            penalty = sum(model.losses, tf.constant(0.0, tf.float64))
            loss = tf.reduce_sum(y * dy[:count]) + penalty
        variables = model.trainable_variables
        gradients = tape.gradient(loss, [v.value for v in variables])
        optimizer.apply(gradients, variables)
        return y, penalty, {id(v): g for v, g in zip(variables, gradients)}

    reset()
    sgd = keras.optimizers.SGD(0.1)
    steps = [step(sgd, count) for count in rows]
    _, penalty, first = steps[0]
    after_sgd = [w.numpy() for w in weights.values()]
    inference = model(x[: rows[-1]], training=False)
    reset()
    step(keras.optimizers.Adam(0.1, beta_1=0.875, beta_2=0.984375, epsilon=0.01), rows[0])

    trained = {id(v) for v in model.trainable_variables}
    return {
        **case,
        "seed": seed,
        "weights": [[name, list(w.shape), id(w) in trained] for name, w in weights.items()],
        "outputs": encoded(y for y, _, _ in steps),
        "gradients": encoded(first[id(w)] for w in weights.values() if id(w) in trained),
        "regularization": float(np.float32(penalty)),
        "sgd": encoded(after_sgd),
        "inference": encoded([inference]),
        "adam": encoded(w.numpy() for w in weights.values()),
    }


def main():
    cases = [case for family in FAMILIES for case in family()]
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), "a name is there twice"
    recorded = [json.dumps(record(case, seed), separators=(",", ":")) for seed, case in enumerate(cases, 1)]
    versions = f'"keras":"{keras.__version__}","tensorflow":"{tf.__version__}"'
    sys.stdout.write(f'{{{versions},"cases":[\n' + ",\n".join(recorded) + "\n]}\n")


if __name__ == "__main__":
    main()
