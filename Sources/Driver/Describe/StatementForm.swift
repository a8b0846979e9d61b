/// The statements whose blocks hold no settings, as `:help` tells of them.
struct StatementForm {
  let word: String
  let form: String
  /// A sentence.
  let summary: String

  static let all = [
    StatementForm(
      word: "model", form: "model NAME { … }",
      summary: "A network, a layer a line; with parameters, `model NAME(width=32) { … }`, a class of networks."),
    StatementForm(
      word: "callback", form: "callback NAME(p=1) { … }",
      summary: "A callback of your own: state, and hooks such as `on epoch_end(epoch, logs) { … }`."),
    StatementForm(
      word: "callbacks", form: "callbacks { … }",
      summary: "In the block of a `fit`: callbacks one a line, with hooks of their own among them."),
    StatementForm(
      word: "on", form: "on HOOK(…) { … }",
      summary: "A hook of a callback: `train_begin`, `epoch_end`, `train_batch_end` and their kin."),
    StatementForm(
      word: "def", form: "def NAME(a, b=2) = EXPR", summary: "A function; a longer one is `def NAME(…) { … return VALUE }`."),
    StatementForm(
      word: "save", form: "save MODEL to \"PATH\"",
      summary:
        "Writes a model (`.keras`, or `.h5` as Keras did before) or its weights (`.weights.h5`) into a file that Keras opens."),
    StatementForm(word: "expect", form: "expect CONDITION, \"MESSAGE\"", summary: "Fails the run unless the condition holds."),
    StatementForm(
      word: "include", form: "include \"FILE.train\"",
      summary: "Takes in the models, callbacks, functions and values of another script."),
    StatementForm(
      word: "if", form: "if CONDITION { … } elif CONDITION { … } else { … }", summary: "Chooses, in blocks of models too."),
    StatementForm(word: "for", form: "for NAME in VALUES { … }", summary: "Repeats, in blocks of models too."),
  ]
}
