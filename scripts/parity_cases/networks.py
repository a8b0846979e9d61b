"""Random networks: layers that fit what reaches them, chained, branched, shared and nested."""
import keras
import numpy as np
from keras import layers as L

from choices import ACTIVATIONS, CONSTRAINTS, INITIALIZERS, REGULARIZERS, turn


def begins_on_kink(initializer, regularizer):
    """Whether a kernel begins where its regularizer has no slope, so that rounding, or how a backend takes |0|, decides."""
    regularizer = keras.regularizers.get(regularizer)
    if isinstance(initializer, keras.initializers.Identity):
        return isinstance(regularizer, (keras.regularizers.L1, keras.regularizers.L1L2, keras.regularizers.OrthogonalRegularizer))
    return isinstance(initializer, keras.initializers.Orthogonal) and isinstance(regularizer, keras.regularizers.OrthogonalRegularizer)


class Network:
    """One random network in the making; `number` decides what is due, `r` the rest."""

    def __init__(self, number, r):
        self.number, self.r = number, r
        self.activations = 0

    def activation(self):
        """The activation that is due next."""
        self.activations += 1
        name = turn(ACTIVATIONS, 2 * self.number + self.activations, "activations")
        # A share over features in the middle of a network leaves little to learn from, so they are rarer.
        return name if name not in ("softmax", "log_softmax", "exponential") or self.r.random() < 0.4 else "tanh"

    def rules(self, **parts):
        """Regularizers, constraints and initializers for some of a layer's weights.

        Each is a `matrix`, a `column` (a matrix of one) or a `vector`. None begins at 0, nor is held to it: there |w| has no slope,
        and JAX takes it to be 1, other backends 0.
        """
        r, given = self.r, {}
        for part, form in parts.items():
            if r.random() < 0.35:
                given[f"{part}_regularizer"] = r.choice(REGULARIZERS if form == "matrix" else REGULARIZERS[:5])()
            if r.random() < 0.2:
                constraint = r.choice(CONSTRAINTS if form == "matrix" else CONSTRAINTS[:5])()
                if isinstance(constraint, keras.constraints.NonNeg) and f"{part}_regularizer" in given:
                    constraint = "unit_norm"
                given[f"{part}_constraint"] = constraint
            if form == "vector":
                given[f"{part}_initializer"] = keras.initializers.RandomUniform(0.05, 0.3)
            elif r.random() < 0.5:
                initializer = r.choice(INITIALIZERS)()
                given[f"{part}_initializer"] = "glorot_normal" if begins_on_kink(initializer, given.get(f"{part}_regularizer")) else initializer
        return given

    def dense(self, units=None, activation="due", **given):
        r = self.r
        options = self.rules(kernel="column" if units == 1 else "matrix", bias="vector")
        if r.random() < 0.12:
            options["activity_regularizer"] = r.choice([keras.regularizers.L2(0.01), keras.regularizers.L1(0.005)])
        if r.random() < 0.15:
            options = {key: value for key, value in options.items() if not key.startswith("bias")} | {"use_bias": False}
        return L.Dense(units or r.randint(4, 9), activation=self.activation() if activation == "due" else activation, **(options | given))

    # MARK: one layer after another

    def to_rank(self, x, rank):
        """Brings [batch, …] to a rank of one or more without the batch."""
        found = len(x.shape) - 1
        if found == rank:
            return x
        if found != 1:
            x = L.Flatten()(x)
        if rank == 1:
            return x
        width = x.shape[-1]
        if rank == 2:
            if width % 2 == 0 and self.r.random() < 0.5:
                return L.Reshape((width // 2, 2))(x)
            return L.RepeatVector(3)(x)
        return L.Reshape((2, 2, -1))(L.Dense(12, activation="tanh")(x))

    def add(self, x, name):
        """Applies the layer of a name to x, brought to a rank that it takes."""
        r = self.r
        rank = {name: 2 for name in ATTENTION_LAYERS + RECURRENT_LAYERS + STEPPED_MODELS}.get(name) or {"Permute": 2, "SpatialDropout1D": 2, "SpatialDropout2D": 3, "RepeatVector": 1, "EinsumDense": r.choice([1, 2]),
                "GroupNormalization": r.choice([1, 2]), "Flatten": r.choice([2, 3])}.get(name)
        if rank:
            x = self.to_rank(x, rank)
        rank, width = len(x.shape) - 1, x.shape[-1]
        match name:
            case "Dense": return self.dense()(x)
            case "EinsumDense":
                options = self.rules(kernel="matrix") if rank == 1 else {}
                if rank == 1: return L.EinsumDense("ab,bc->ac", output_shape=6, bias_axes="c", activation=self.activation(), **options)(x)
                return r.choice([
                    L.EinsumDense("abc,cd->abd", output_shape=(x.shape[1], 5), bias_axes="d", activation="relu"),
                    L.EinsumDense("...x,xy->...y", output_shape=4), L.EinsumDense("abc,cde->abde", output_shape=(x.shape[1], 2, 3), bias_axes="de"),
                    L.EinsumDense("abc,bcd->abd", output_shape=(x.shape[1], 3), bias_axes="bd"), L.EinsumDense("abc,bd->ad", output_shape=5)])(x)
            case "Activation": return L.Activation(self.activation())(x)
            case "ReLU": return L.ReLU(**r.choice([{}, {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.05}]))(x)
            case "LeakyReLU": return L.LeakyReLU(negative_slope=r.choice([0.3, 0.1]))(x)
            case "PReLU":
                options = self.rules(alpha="vector")
                return L.PReLU(shared_axes=[1] if rank > 1 and r.random() < 0.5 else None, **options)(x)
            case "ELU": return L.ELU(alpha=r.choice([1.0, 0.6]))(x)
            case "Softmax": return L.Softmax(axis=1 if rank > 1 and r.random() < 0.5 else -1)(x)
            case "Identity": return L.Identity()(x)
            case "Rescaling": return L.Rescaling(1.5, offset=r.choice([0.0, -0.2]))(x)
            case "Normalization": return L.Normalization(mean=[0.1 * i for i in range(width)], variance=[1.0 + 0.2 * i for i in range(width)])(x)
            case "BatchNormalization":
                options = self.rules(gamma="vector", beta="vector") if r.random() < 0.4 else {}
                return L.BatchNormalization(momentum=r.choice([0.9, 0.8, 0.99]), axis=1 if rank == 2 and r.random() < 0.3 else -1,
                                            scale=r.random() < 0.8, center=r.random() < 0.8, **options)(x)
            case "LayerNormalization": return L.LayerNormalization(axis=[1, 2] if rank == 2 and r.random() < 0.3 else -1, scale=r.random() < 0.8)(x)
            case "GroupNormalization":
                # Features in as many groups as divide them; one alone in its group would be lost.
                groups = next((count for count in (2, 3) if width % count == 0 and width > count), 1)
                return L.GroupNormalization(groups=groups, axis=-1)(x)
            case "RMSNormalization": return L.RMSNormalization()(x)
            case "UnitNormalization": return L.UnitNormalization()(x)
            case "ActivityRegularization": return L.ActivityRegularization(l1=0.001, l2=0.01)(x)
            # At a rate of 0 nothing is drawn: training and inference are the same numbers in every program.
            case "Dropout": return L.Dropout(0.0)(x)
            case "GaussianNoise": return L.GaussianNoise(0.0)(x)
            case "GaussianDropout": return L.GaussianDropout(0.0)(x)
            case "AlphaDropout": return L.AlphaDropout(0.0)(x)
            case "SpatialDropout1D": return L.SpatialDropout1D(0.0)(x)
            case "SpatialDropout2D": return L.SpatialDropout2D(0.0)(x)
            case "SpatialDropout3D":
                x = self.to_rank(x, 3)
                return L.SpatialDropout3D(0.0)(L.Reshape((1, *x.shape[1:]))(x))
            case "MaxPooling1D": return L.MaxPooling1D(2, strides=r.choice([None, 1]), padding=r.choice(["valid", "same"]))(self.to_rank(x, 2))
            case "AveragePooling1D": return L.AveragePooling1D(3, strides=r.choice([1, 2]), padding="same")(self.to_rank(x, 2))
            case "MaxPooling2D": return L.MaxPooling2D(2, strides=r.choice([None, 1]), padding=r.choice(["valid", "same"]))(self.to_rank(x, 3))
            case "AveragePooling2D": return L.AveragePooling2D((2, 1), padding="same")(self.to_rank(x, 3))
            case "AdaptiveAveragePooling1D": return L.AdaptiveAveragePooling1D(2)(self.to_rank(x, 2))
            case "GlobalAveragePooling1D": return L.GlobalAveragePooling1D(keepdims=r.random() < 0.5)(self.to_rank(x, 2))
            case "GlobalMaxPooling2D": return L.GlobalMaxPooling2D(keepdims=r.random() < 0.5)(self.to_rank(x, 3))
            case "ZeroPadding2D": return L.Cropping2D(((0, 1), (1, 0)))(L.ZeroPadding2D(r.choice([1, (1, 2), ((0, 2), (1, 1))]))(self.to_rank(x, 3)))
            case "UpSampling2D": return L.UpSampling2D((2, 1), interpolation=r.choice(["nearest", "bilinear", "bicubic"]))(self.to_rank(x, 3))
            case "Resizing": return L.Resizing(3, 2, interpolation=r.choice(["bilinear", "nearest", "lanczos3"]))(self.to_rank(x, 3))
            case "Conv1D":
                padding = r.choice(["valid", "same", "causal"])
                way = r.choice([{"strides": 2}, {"dilation_rate": 2}, {}]) if padding != "valid" else {}
                options = self.rules(kernel="vector", bias="vector") if r.random() < 0.4 else {}
                return L.Conv1D(r.randint(2, 5), 2, padding=padding, activation=self.activation(), **way, **options)(self.to_rank(x, 2))
            case "Conv2D":
                way = r.choice([{"strides": (2, 1)}, {"dilation_rate": (1, 2)}, {"padding": "same"}])
                return L.Conv2D(r.randint(2, 5), (2, 1), activation=self.activation(), use_bias=r.random() < 0.8, **way)(self.to_rank(x, 3))
            case "Conv3D": return L.Conv3D(3, (1, 2, 2), padding=r.choice(["valid", "same"]))(L.Reshape((2, 2, 2, 2))(self.dense(16)(self.to_rank(x, 1))))
            case "DepthwiseConv2D": return L.DepthwiseConv2D(2, depth_multiplier=r.choice([1, 2]), padding="same", activation=self.activation())(self.to_rank(x, 3))
            case "SeparableConv1D": return L.SeparableConv1D(4, 2, depth_multiplier=r.choice([1, 2]), strides=r.choice([1, 2]), padding="same")(self.to_rank(x, 2))
            case "Conv1DTranspose": return L.Conv1DTranspose(3, r.choice([2, 3]), strides=r.choice([1, 2]), padding=r.choice(["valid", "same"]))(self.to_rank(x, 2))
            case "Conv2DTranspose": return L.Conv2DTranspose(3, 3, strides=2, padding="same", activation=self.activation())(self.to_rank(x, 3))
            case "Flatten": return L.Flatten()(x)
            case "Reshape": return L.Reshape((-1, 2))(self.dense(8)(self.to_rank(x, 1)))
            case "Permute": return L.Permute((2, 1))(x)
            case "RepeatVector": return L.RepeatVector(r.randint(2, 3))(x)
            case "Add" | "Subtract" | "Multiply" | "Average" | "Maximum" | "Minimum":
                count = 2 if name == "Subtract" else r.choice([2, 3])
                units = r.randint(4, 7)
                return getattr(L, name)()([self.dense(units)(x) for _ in range(count)])
            case "Concatenate": return L.Concatenate(axis=1 if rank == 2 and r.random() < 0.4 else -1)([x, self.dense(width)(x), self.dense(width)(x)])
            case "Dot":
                if rank == 1: return L.Concatenate()([x, L.Dot(axes=1, normalize=r.random() < 0.5)([self.dense(5)(x), self.dense(5)(x)])])
                x = self.to_rank(x, 2)
                return L.Dot(axes=(2, 2), normalize=r.random() < 0.5)([self.dense(4)(x), self.dense(4)(x)])
            case "SimpleRNN" | "LSTM" | "GRU":
                options = self.rules(kernel="matrix", recurrent="matrix", bias="vector") if r.random() < 0.4 else {}
                if name != "SimpleRNN": options |= r.choice([{}, {"recurrent_activation": "hard_sigmoid"}])
                if name == "GRU": options |= r.choice([{}, {"reset_after": False}])
                options |= r.choice([{}, {"activation": "softsign"}, {"use_bias": False}, {"go_backwards": True}, {"unroll": True}])
                return getattr(L, name)(r.randint(2, 6), return_sequences=r.random() < 0.5, **options)(x)
            case "RNN":
                cells = [L.SimpleRNNCell(3), L.LSTMCell(4), L.GRUCell(3), L.GRUCell(2, reset_after=False)]
                chosen = r.sample(cells, r.randint(1, 3))
                # A stack of one cell is what Keras on JAX cannot run.
                return L.RNN(chosen if len(chosen) > 1 else chosen[0], return_sequences=r.random() < 0.5)(x)
            case "Bidirectional":
                layer = r.choice([L.SimpleRNN, L.LSTM, L.GRU])(r.randint(2, 4), return_sequences=r.random() < 0.5)
                return L.Bidirectional(layer, merge_mode=r.choice(["concat", "sum", "mul", "ave"]))(x)
            case "ConvLSTM1D" | "ConvLSTM2D" | "ConvLSTM3D":
                # What there is, as lines, images or volumes of three steps each.
                grid = {"ConvLSTM1D": (4, 2), "ConvLSTM2D": (3, 2, 2), "ConvLSTM3D": (2, 2, 2, 1)}[name]
                x = L.Reshape((3, *grid))(self.dense(3 * int(np.prod(grid)))(self.to_rank(x, 1)))
                options = self.rules(kernel="vector", bias="vector") if r.random() < 0.4 else {}
                options |= r.choice([{}, {"activation": "softsign"}, {"recurrent_activation": "hard_sigmoid"}, {"go_backwards": True}])
                options |= r.choice([{"padding": "same"}, {"padding": "same", "strides": 2}, {"padding": "same", "dilation_rate": 2}, {}])
                return getattr(L, name)(r.randint(2, 4), 2, return_sequences=r.random() < 0.5, **options)(x)
            case "TimeDistributed": return L.TimeDistributed(r.choice([L.Dense(3, activation="tanh"), L.LayerNormalization()]))(x)
            case "steps of a model":
                stack = [L.Dense(3, activation="tanh"), *r.choice([[], [L.BatchNormalization()], [L.Dense(2, kernel_regularizer="l2")], [L.Reshape((3, 1)), L.LSTM(2)]])]
                return L.TimeDistributed(keras.Sequential(stack, name="encoder"))(x)
            case "states":
                first, *last = r.choice([L.LSTM, L.GRU])(4, return_state=True, return_sequences=True)(x)
                return L.Concatenate()([first, (L.LSTM if len(last) == 2 else L.GRU)(4, return_sequences=True)(first, initial_state=last)])
            case "MultiHeadAttention":
                options = r.choice([{}, {"use_bias": False}, {"use_gate": True}, {"sliding_window": 2}, {"output_shape": 5}, {"kernel_regularizer": "l2"}])
                query = self.dense(4)(x) if r.random() < 0.4 else x
                made = L.MultiHeadAttention(r.choice([1, 2, 3]), r.randint(2, 4), **options)(query, x, use_causal_mask=r.random() < 0.4)
                return L.LayerNormalization()(made)
            case "GroupQueryAttention":
                layer = L.GroupQueryAttention(r.randint(2, 3), *r.choice([(2, 1), (4, 2), (2, 2)]), use_gate=r.random() < 0.3)
                return L.Add()([x, layer(x, x, use_causal_mask=r.random() < 0.4)])
            case "Attention":
                layer = L.Attention(use_scale=r.random() < 0.5, score_mode=r.choice(["dot", "concat"]))
                return layer([self.dense(4)(x), self.dense(4)(x), self.dense(4)(x)][:r.choice([2, 3])], use_causal_mask=r.random() < 0.3)
            case "AdditiveAttention":
                output, shares = L.AdditiveAttention(use_scale=r.random() < 0.7)([self.dense(5)(x), self.dense(5)(x)], return_attention_scores=True)
                return L.Concatenate()([output, shares])
            # Of a layer that is called twice JAX counts the activity of the last call alone, so shared ones have no such regularizer.
            case "shared":
                layer = self.dense(width, activity_regularizer=None)
                return layer(layer(x))
            case "shared branches":
                layer = self.dense(6, activity_regularizer=None)
                return L.Add()([layer(x), layer(L.Activation("tanh")(x))])
            case "nested":
                inner = keras.Sequential([L.Input(x.shape[1:]), self.dense(6), *([L.BatchNormalization()] if r.random() < 0.5 else []), self.dense(5)], name="inner")
                return inner(x)
            case "nested twice":
                entry = L.Input(x.shape[1:])
                core = keras.Sequential([L.Input(x.shape[1:]), self.dense(width, activity_regularizer=None)], name="core")
                inner = keras.Model(entry, L.Add()([entry, core(core(entry))]), name="residual")
                return inner(inner(x))
            case "frozen":
                layer = self.dense(7)
                layer.trainable = False
                return layer(x)
            case "frozen norm":
                layer = L.BatchNormalization()
                layer.trainable = False
                return layer(x)
        raise KeyError(name)

    # MARK: from the inputs

    def entry(self, kind):
        """(the network's input, what comes out of the first layers, what the input's data are) for a kind of data."""
        r = self.r
        match kind:
            case "vector":
                x = L.Input((r.randint(3, 7),))
                return x, x, "real"
            case "matrix":
                x = L.Input((r.randint(2, 4), r.randint(2, 4)))
                return x, x, "real"
            case "cube":
                x = L.Input((2, r.randint(2, 3), 2))
                return x, x, "real"
            case "masked":
                x = L.Input((r.randint(3, 5), r.randint(2, 3)))
                return x, L.Masking()(x), "gaps"
            case "tokens" | "masked tokens":
                x = L.Input((r.randint(3, 5),), dtype="int32")
                options = self.rules(embeddings="matrix")
                options.pop("embeddings_initializer", None)
                if isinstance(options.get("embeddings_regularizer"), keras.regularizers.OrthogonalRegularizer):
                    options.pop("embeddings_regularizer")
                return x, L.Embedding(8, r.randint(3, 5), mask_zero=kind != "tokens", embeddings_initializer=keras.initializers.RandomNormal(stddev=0.5), **options)(x), 8
            case "categories":
                mode = r.choice(["one_hot", "multi_hot", "count"])
                x = L.Input((1,) if mode == "one_hot" else (3,), dtype="int32")
                return x, L.CategoryEncoding(num_tokens=6, output_mode=mode)(x), 6
            case "bins":
                x = L.Input((3,))
                if r.random() < 0.5:
                    return x, L.Discretization(bin_boundaries=[-0.6, 0.0, 0.7], output_mode=r.choice(["multi_hot", "count"]))(x), "real"
                return x, L.Embedding(4, 3)(L.Discretization(bin_boundaries=[-0.6, 0.0, 0.7])(x)), "real"
            case "normalised":
                x = L.Input((4,))
                layer = L.Normalization()
                layer.adapt(np.random.default_rng(self.number).normal(1.0, 2.0, size=(50, 4)).astype("float32"))
                return x, layer(x), "real"
        raise KeyError(kind)


# Hashing, IntegerLookup and StringLookup are not among them: Keras computes those with TensorFlow, and cannot in a step on JAX.
ENTRIES = ["vector", "matrix", "vector", "masked tokens", "vector", "masked", "cube", "categories", "vector", "normalised", "tokens", "bins", "matrix"]
LAYERS = [
    "Dense", "EinsumDense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Identity", "Rescaling", "Normalization",
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization", "ActivityRegularization", "Dropout",
    "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Flatten", "Reshape", "Permute",
    "RepeatVector", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "shared", "shared branches", "nested",
    "nested twice", "frozen", "frozen norm", "BatchNormalization", "EinsumDense",
]
ATTENTION_LAYERS = ["MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention", "MultiHeadAttention"]
CONVOLUTION_LAYERS = ["Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv1D", "Conv1DTranspose", "Conv2DTranspose"]
RECURRENT_LAYERS = ["SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "TimeDistributed", "states"]
GRID_LAYERS = [
    "MaxPooling1D", "AveragePooling1D", "MaxPooling2D", "AveragePooling2D", "AdaptiveAveragePooling1D", "GlobalAveragePooling1D",
    "GlobalMaxPooling2D", "ZeroPadding2D", "UpSampling2D", "Resizing",
]
RECURRENT_GRID_LAYERS = ["ConvLSTM2D", "ConvLSTM1D", "ConvLSTM3D"]
STEPPED_MODELS = ["steps of a model"]
# What is due from a number on, so that the cases before stay what they are.
LATER_LAYERS = [(200, ATTENTION_LAYERS), (225, CONVOLUTION_LAYERS), (250, RECURRENT_LAYERS), (275, GRID_LAYERS), (310, RECURRENT_GRID_LAYERS), (317, STEPPED_MODELS)]


def due_layer(number):
    """The layer that a case is for."""
    for first, layers in reversed(LATER_LAYERS):
        if number >= first:
            return turn(layers, number - first, "later layers")
    return turn(LAYERS, number, "layers")


# Layers that leave a mask as it is: what may stand between a masked input and an output at every position.
MASK_KEEPING = ["Dense", "Activation", "LayerNormalization", "Dropout", "ELU", "BatchNormalization", "Add", "Maximum", "Multiply", "ActivityRegularization", "PReLU"]
