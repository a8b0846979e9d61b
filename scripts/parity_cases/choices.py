"""What a random case is made of: losses, metrics, optimizers, schedules, regularizers, constraints, initializers, activations.

Every list is gone through in turns, each round in another order, so that whole rounds of cases use all of it.
"""
import random

import keras
from keras import constraints, initializers, losses, metrics, optimizers, regularizers
from keras.optimizers import schedules


def turn(items, number, salt):
    """What is due at a number: every item once a round, each round in an order of its own."""
    items = list(items)
    block, place = divmod(number, len(items))
    return random.Random(f"{salt} {block}").sample(items, len(items))[place]


# What an output gives and its targets are:
#   real      any numbers                        positive  numbers above 0
#   bit       one number that stands for 0 or 1  bits      several such
#   sign      one number that stands for ±1      onehot    a share for each class
#   logit, logits, classlogits: the same before the sigmoid or softmax
#   classes   shares, the target being a class   points    unit vectors, the target being a class
LOSSES = [
    ("real", lambda r: losses.MeanSquaredError()),
    ("real", lambda r: losses.MeanAbsoluteError(reduction=r.choice(["sum_over_batch_size", "mean"]))),
    ("real", lambda r: losses.Huber()),
    ("real", lambda r: losses.LogCosh()),
    ("real", lambda r: losses.CosineSimilarity()),
    ("real", lambda r: losses.MeanSquaredError(reduction=r.choice(["sum", "mean_with_sample_weight"]))),
    ("positive", lambda r: losses.MeanAbsolutePercentageError()),
    ("positive", lambda r: losses.MeanSquaredLogarithmicError()),
    ("positive", lambda r: losses.Poisson()),
    ("bit", lambda r: losses.BinaryCrossentropy(label_smoothing=r.choice([0.0, 0.1]))),
    ("bit", lambda r: losses.BinaryFocalCrossentropy(apply_class_balancing=r.random() < 0.5, alpha=0.4, gamma=1.5)),
    ("logit", lambda r: losses.BinaryCrossentropy(from_logits=True, label_smoothing=r.choice([0.0, 0.2]))),
    ("logit", lambda r: losses.BinaryFocalCrossentropy(from_logits=True, label_smoothing=r.choice([0.0, 0.1]))),
    ("sign", lambda r: losses.Hinge()),
    ("sign", lambda r: losses.SquaredHinge()),
    ("bits", lambda r: losses.BinaryCrossentropy()),
    ("bits", lambda r: losses.Dice(axis=r.choice([None, -1]))),
    ("bits", lambda r: losses.Tversky(alpha=0.3, beta=0.7, axis=r.choice([None, -1]))),
    ("logits", lambda r: losses.BinaryCrossentropy(from_logits=True)),
    ("onehot", lambda r: losses.CategoricalCrossentropy(label_smoothing=r.choice([0.0, 0.1]))),
    ("onehot", lambda r: losses.CategoricalFocalCrossentropy(alpha=0.5, gamma=1.0, label_smoothing=r.choice([0.0, 0.1]))),
    ("onehot", lambda r: losses.CategoricalHinge()),
    ("onehot", lambda r: losses.KLDivergence()),
    ("onehotlogits", lambda r: losses.CategoricalCrossentropy(from_logits=True, label_smoothing=r.choice([0.0, 0.1]))),
    ("onehotlogits", lambda r: losses.CategoricalFocalCrossentropy(from_logits=True)),
    ("classes", lambda r: losses.SparseCategoricalCrossentropy(ignore_class=r.choice([None, 0]))),
    ("classes", lambda r: losses.CategoricalGeneralizedCrossEntropy(q=0.7)),
    ("classlogits", lambda r: losses.SparseCategoricalCrossentropy(from_logits=True)),
    ("points", lambda r: losses.Circle(gamma=4.0, margin=0.3)),
    # By name, as scripts mostly do.
    ("real", lambda r: r.choice(["mse", "mae", "mean_squared_error", "log_cosh", "huber"])),
    ("bit", lambda r: "binary_crossentropy"),
    ("onehot", lambda r: "categorical_crossentropy"),
    ("classes", lambda r: "sparse_categorical_crossentropy"),
]
# The losses that make a kind of output with fewer conditions: for a second output, or one at every position.
PLAIN = {"real": "mse", "bit": "binary_crossentropy", "onehot": "categorical_crossentropy", "classes": "sparse_categorical_crossentropy"}

REAL_METRICS = [
    lambda r: "mse", lambda r: "mae", lambda r: metrics.RootMeanSquaredError(), lambda r: metrics.MeanAbsoluteError(),
    lambda r: metrics.MeanSquaredError(), lambda r: metrics.LogCoshError(), lambda r: metrics.CosineSimilarity(),
    lambda r: metrics.R2Score(class_aggregation=r.choice(["uniform_average", "variance_weighted_average", None])),
    lambda r: metrics.PearsonCorrelation(), lambda r: metrics.ConcordanceCorrelation(),
]
# Few thresholds where there are some: a prediction that rounding carries over one changes such a metric by a whole example.
BIT_METRICS = [
    lambda r: "accuracy", lambda r: metrics.BinaryAccuracy(threshold=0.4), lambda r: metrics.BinaryCrossentropy(label_smoothing=0.1),
    lambda r: metrics.AUC(num_thresholds=r.choice([10, 20]), curve=r.choice(["ROC", "PR"]),
                          summation_method=r.choice(["interpolation", "minoring", "majoring"])),
    lambda r: metrics.Precision(), lambda r: metrics.Precision(thresholds=[0.3, 0.6]), lambda r: metrics.Recall(thresholds=0.4),
    lambda r: metrics.TruePositives(), lambda r: metrics.TrueNegatives(thresholds=[0.3, 0.5]), lambda r: metrics.FalsePositives(),
    lambda r: metrics.FalseNegatives(), lambda r: metrics.PrecisionAtRecall(0.6, num_thresholds=15), lambda r: metrics.RecallAtPrecision(0.6, num_thresholds=15),
    lambda r: metrics.SensitivityAtSpecificity(0.5, num_thresholds=15), lambda r: metrics.SpecificityAtSensitivity(0.5, num_thresholds=15),
    lambda r: metrics.BinaryIoU(target_class_ids=r.choice([[0, 1], [1]]), threshold=0.45), lambda r: "mse",
]
SIGN_METRICS = [lambda r: metrics.Hinge(), lambda r: metrics.SquaredHinge(), lambda r: "hinge", lambda r: metrics.BinaryAccuracy(threshold=0.0)]
MANY_METRICS = [
    lambda r: metrics.F1Score(average=r.choice([None, "micro", "macro", "weighted"]), threshold=r.choice([None, 0.4])),
    lambda r: metrics.FBetaScore(average=r.choice([None, "macro"]), beta=2.0, threshold=0.5), lambda r: metrics.Precision(class_id=1),
    lambda r: metrics.Recall(top_k=2), lambda r: metrics.AUC(multi_label=True, num_thresholds=12), lambda r: metrics.AUC(num_thresholds=15),
]
# Metrics of overlap count in whole numbers unless told otherwise, and Keras rounds shares to whole numbers before it looks for the largest.
METRICS = {
    "real": REAL_METRICS,
    "positive": REAL_METRICS[:6] + [lambda r: metrics.MeanAbsolutePercentageError(), lambda r: metrics.MeanSquaredLogarithmicError(),
                                    lambda r: metrics.Poisson()],
    "bit": BIT_METRICS,
    "logit": [lambda r: metrics.BinaryAccuracy(threshold=0.0), lambda r: metrics.BinaryCrossentropy(from_logits=True),
              lambda r: metrics.AUC(from_logits=True, num_thresholds=12), lambda r: metrics.MeanSquaredError()],
    "sign": SIGN_METRICS,
    "bits": MANY_METRICS + [lambda r: "binary_accuracy", lambda r: metrics.BinaryCrossentropy(), lambda r: "accuracy"],
    "logits": [lambda r: metrics.BinaryCrossentropy(from_logits=True), lambda r: metrics.BinaryAccuracy(threshold=0.0)],
    "onehot": MANY_METRICS + [
        lambda r: "accuracy", lambda r: "categorical_accuracy", lambda r: metrics.TopKCategoricalAccuracy(k=2),
        lambda r: metrics.CategoricalCrossentropy(label_smoothing=0.1), lambda r: metrics.KLDivergence(), lambda r: metrics.CategoricalHinge(),
        lambda r: metrics.OneHotIoU(num_classes=3, target_class_ids=[0, 2], dtype="float32"), lambda r: metrics.OneHotMeanIoU(num_classes=3, dtype="float32")],
    "onehotlogits": [lambda r: "acc", lambda r: metrics.CategoricalCrossentropy(from_logits=True), lambda r: metrics.TopKCategoricalAccuracy(k=2)],
    "classes": [
        lambda r: "accuracy", lambda r: "sparse_categorical_accuracy", lambda r: metrics.SparseTopKCategoricalAccuracy(k=2),
        lambda r: metrics.SparseCategoricalCrossentropy(), lambda r: metrics.MeanIoU(num_classes=3, sparse_y_pred=False, dtype="float32"),
        lambda r: metrics.IoU(num_classes=3, target_class_ids=[1, 2], sparse_y_pred=False, dtype="float32")],
    "classlogits": [lambda r: "accuracy", lambda r: metrics.SparseCategoricalCrossentropy(from_logits=True),
                    lambda r: metrics.SparseTopKCategoricalAccuracy(k=2)],
    "points": [],
}
# Metrics that can be asked of an output at every position.
SEQUENCE_METRICS = {"real": REAL_METRICS[:7], "bits": [lambda r: "binary_accuracy"], "onehot": [lambda r: "accuracy"],
                    "classes": [lambda r: "accuracy", lambda r: metrics.SparseCategoricalCrossentropy()]}


SCHEDULES = [
    lambda rate: schedules.ExponentialDecay(rate, 6, 0.7, staircase=True), lambda rate: schedules.ExponentialDecay(rate, 5, 0.8),
    lambda rate: schedules.PiecewiseConstantDecay([5, 11], [rate, rate / 2, rate / 5]),
    lambda rate: schedules.PolynomialDecay(rate, 8, rate / 10, power=2.0, cycle=True), lambda rate: schedules.PolynomialDecay(rate, 12, rate / 10),
    lambda rate: schedules.InverseTimeDecay(rate, 4, 0.5), lambda rate: schedules.InverseTimeDecay(rate, 4, 0.5, staircase=True),
    lambda rate: schedules.CosineDecay(rate / 5, 10, alpha=0.1, warmup_target=rate, warmup_steps=4), lambda rate: schedules.CosineDecay(rate, 15),
    lambda rate: schedules.CosineDecayRestarts(rate, 4, t_mul=1.5, m_mul=0.9, alpha=0.05),
]

# A rate that learns something in five epochs, and what else may be set.
OPTIMIZERS = {
    "SGD": (0.05, [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}]),
    "RMSprop": (0.01, [{}, {"momentum": 0.5}, {"centered": True, "rho": 0.8}]),
    "Adam": (0.01, [{}, {"amsgrad": True}, {"beta_1": 0.8, "epsilon": 1e-5}]),
    "AdamW": (0.01, [{}, {"weight_decay": 0.05}, {"amsgrad": True}]),
    "Adadelta": (1.0, [{}, {"rho": 0.9, "epsilon": 1e-5}]),
    "Adagrad": (0.05, [{}, {"initial_accumulator_value": 0.5}]),
    "Adamax": (0.01, [{}, {"beta_2": 0.99}]),
    "Nadam": (0.01, [{}, {"beta_1": 0.8}]),
    "Ftrl": (0.1, [{}, {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02}, {"beta": 0.2, "l2_shrinkage_regularization_strength": 0.01},
                   {"learning_rate_power": -0.4}]),
    "Lion": (0.002, [{}, {"beta_1": 0.8}]),
    "Lamb": (0.01, [{}, {"beta_2": 0.99}]),
    "Muon": (0.01, [{}, {"nesterov": False}, {"rms_rate": None}, {"exclude_layers": ["dense_1"]}]),
    "Adafactor": (0.02, [{}, {"relative_step": False}, {"clip_threshold": 0.5}]),
    "ScheduleFreeAdamW": (0.01, [{}, {"warmup_steps": 4}]),
    "LossScaleOptimizer": (0.01, [{}, {"initial_scale": 64.0, "dynamic_growth_steps": 4}]),
}
OPTIONS = [
    {}, {"clipnorm": 0.3}, {}, {"clipvalue": 0.05}, {}, {"global_clipnorm": 0.5}, {}, {"weight_decay": 0.02}, {},
    {"use_ema": True, "ema_momentum": 0.8}, {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 4},
    {}, {"gradient_accumulation_steps": 2}, {}, {"gradient_accumulation_steps": 3, "clipnorm": 0.5}, {"loss_scale_factor": 8.0},
]


def make_optimizer(number, r, scale):
    """The optimizer due at a number, its rate scaled; and whether a callback may set the rate."""
    name = turn(OPTIMIZERS, number, "optimizers")
    rate, variants = OPTIMIZERS[name]
    rate *= scale
    settings = r.choice(variants)
    if name == "LossScaleOptimizer":
        return optimizers.LossScaleOptimizer(optimizers.Adam(rate), **settings), True
    options = turn(OPTIONS, number, "options")
    if name in ("AdamW", "Muon"):
        options = {key: value for key, value in options.items() if key != "weight_decay"}
    scheduled = r.random() < 0.3
    if scheduled:
        rate = turn(SCHEDULES, number // 3, "schedules")(rate)
    return getattr(optimizers, name)(rate, **settings, **options), not scheduled


REGULARIZERS = [
    lambda: regularizers.L1(0.005), lambda: regularizers.L2(0.01), lambda: regularizers.L1L2(0.002, 0.01), lambda: "l2", lambda: "l1",
    lambda: regularizers.OrthogonalRegularizer(0.01, "rows"), lambda: regularizers.OrthogonalRegularizer(0.01, "columns"),
]
CONSTRAINTS = [
    lambda: constraints.MaxNorm(1.0), lambda: constraints.NonNeg(), lambda: constraints.UnitNorm(), lambda: constraints.MinMaxNorm(0.3, 1.0, 0.8),
    lambda: "max_norm", lambda: constraints.MaxNorm(0.9, axis=[0, 1]), lambda: constraints.UnitNorm(axis=1),
]
INITIALIZERS = [
    lambda: initializers.GlorotNormal(), lambda: initializers.GlorotUniform(seed=1), lambda: initializers.HeNormal(), lambda: initializers.HeUniform(),
    lambda: initializers.LecunNormal(), lambda: initializers.LecunUniform(), lambda: initializers.Orthogonal(gain=0.8), lambda: initializers.RandomNormal(stddev=0.4),
    lambda: initializers.RandomUniform(-0.6, 0.6), lambda: initializers.TruncatedNormal(stddev=0.4), lambda: initializers.VarianceScaling(1.5, "fan_out", "uniform"),
    lambda: "he_normal", lambda: initializers.Identity(0.7), lambda: "glorot_normal",
]
# Without `glu`, after which no layer can follow (Keras takes its output to be as wide as its input), `threshold`, which has no name
# that means a whole function, `hard_shrink`, which jumps, so that rounding decides, and `sparsemax`, which in Keras 3.15 is wrong where more than one value is in the support.
ACTIVATIONS = [
    "celu", "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax",
    "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "squareplus", "tanh", "tanh_shrink",
]
# What a callback sets the rate to; the same text is an expression of Python and of a script.
RATES = ["lr * 0.8", "lr if epoch < 2 else lr / 2", "0.01 / (1 + epoch)", "lr * 0.5 ** epoch"]
