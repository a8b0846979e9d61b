import Diagnostics
import Testing

@testable import Plans

/// What a script says otherwise than when a backup was written.
@Suite struct FitChangeTests {
  private static let script = """
    model m {
        Input((8,))
        Dense(16, activation="relu", name="wide")
        Dropout(0.3)
        Dense(2, name="last")
        compile { optimizer = Adam(3e-3); loss = "mse"; metrics = ["mae"] }
    }
    callback Count(step=1) {
        batches = 0
        on train_batch_end(batch, logs) { batches += step }
    }
    fit m on (zeros((64, 8)), zeros((64, 2))) {
        epochs = 9
        callbacks = [EarlyStopping(monitor="loss", patience=3), Count(), BackupAndRestore("b")]
    }
    """

  private func fit(_ text: String) throws -> FitPlan {
    let checked = check(Source(name: "a.train", text: text))
    let fits = checked.plan.steps.compactMap { if case .fit(let fit) = $0.step { fit } else { nil } }
    return try #require(fits.last, "\(checked.findings)")
  }

  private func changes(_ pairs: [(String, String)], isInEpoch: Bool = false) throws -> [FitChange] {
    var text = Self.script
    for (old, new) in pairs {
      #expect(text.contains(old))
      text = text.replacing(old, with: new)
    }
    return try fit(Self.script).meaning.changes(to: try fit(text).meaning, isInEpoch: isInEpoch)
  }

  @Test(
    "what does no harm is no change",
    arguments: [
      [], [("epochs = 9", "epochs = 12; verbose = 2  # longer")], [("patience=3", "verbose=1, patience=3")],
      [("Dense(16, activation=\"relu\", name=\"wide\")", "Dense(units=16, name=\"wide\", activation=\"relu\")")],
      [("fit m on", "print(\"hello\")\nfit m on")],
      [("Adam(3e-3)", "Adam(learning_rate=0.003)")], [("model m {", "settings { precision = \"float32\" }\nmodel m {")],
    ])
  func harmless(_ pairs: [(String, String)]) throws {
    #expect(try changes(pairs, isInEpoch: true) == [])
  }

  @Test(
    "what a training can go on with is told",
    arguments: [
      (["Adam(3e-3)": "Adam(1e-3)"], ["`learning_rate`: `0.003` → `0.001`"]),
      (["Adam(3e-3)": "Adam(3e-3, clipnorm=1.0)"], nil),
      (
        ["patience=3": "patience=5"],
        ["`EarlyStopping(monitor='loss', patience=3)` → `EarlyStopping(monitor='loss', patience=5)`"]
      ),
      (
        ["Count(), ": ""], ["`Count(step=1) { batches = 0; on train_batch_end(batch, logs) { batches += step } }`, which is gone"]
      ),
      (["Count(), ": "Count(), CSVLogger(\"log.csv\"), "], ["`CSVLogger(filename='log.csv')`, which is new"]),
      (["Dropout(0.3)": "Dropout(0.5)"], ["`dropout`: `Dropout(rate=0.3) -> 16` → `Dropout(rate=0.5) -> 16`"]),
      (
        ["metrics = [\"mae\"]": "metrics = [\"mse\"]"],
        ["`mse`: `MeanSquaredError`, which is new", "`mae`: `MeanAbsoluteError`, which is gone"]
      ),
      (["epochs = 9": "epochs = 9; batch_size = 8"], ["`batch_size`: `8`, which is new"]),
      (["epochs = 9": "epochs = 9; initial_epoch = 2"], ["`initial_epoch`: `2`, which is new"]),
      (
        ["model m {": "settings { precision = \"mixed_bfloat16\" }\nmodel m {"],
        ["`precision`: `mixed_bfloat16`, which is new"]
      ),
      (["(64, ": "(32, "], nil),
    ] as [([String: String], [String]?)])
  func legal(_ pairs: [String: String], _ texts: [String]?) throws {
    let changes = try changes(pairs.map { ($0.key, $0.value) })
    #expect(!changes.isEmpty && changes.allSatisfy { $0.obstacle == nil }, "\(changes)")
    if let texts { #expect(changes.map(\.text) == texts) }
  }

  @Test(
    "what it cannot go on with has its reason and its place",
    arguments: [
      (
        "Dense(16,", "Dense(32,", false, "`wide` has other weights: kernel 8×16, bias 16 in the backup, kernel 8×32, bias 32 now",
        3
      ),
      (
        "8", "4", false,
        "`wide` has other weights: kernel 8×16, bias 16 in the backup, kernel 4×16, bias 16 now", 2
      ),
      ("name=\"last\"", "name=\"end\"", false, "the backup has no weights of `end` (kernel 16×2, bias 2)", 5),
      ("Adam(3e-3)", "SGD(3e-3)", false, "the backup has what `Adam` remembers of each weight, not `SGD`", 6),
      ("\"mae\"", "\"mse\"", true, "the backup was written within an epoch", 6),
      ("epochs = 9", "epochs = 9; batch_size = 8", true, "the backup was written within an epoch", 13),
      ("epochs = 9", "epochs = 9; class_weight = {0: 2.0}", true, "the backup was written within an epoch", 13),
      ("(64, ", "(32, ", true, "the backup was written within an epoch", 12),
    ])
  func impossible(_ old: String, _ new: String, _ isInEpoch: Bool, _ reason: String, _ line: Int) throws {
    let changes = try changes([(old, new)], isInEpoch: isInEpoch)
    let first = try #require(changes.first)
    #expect(first.obstacle == reason)
    let now = try fit(Self.script.replacing(old, with: new))
    let range = try #require(first.place.flatMap { now.placedParts[$0].range })
    #expect(range.source.line(at: range.start) == line)
  }

  @Test("what a callback reads from outside is a part of it")
  func outerNames() throws {
    let script = """
      limit = 0.5
      def half(x) = x * limit
      model m {
          Input((8,))
          Dense(2)
          compile { optimizer = "sgd"; loss = "mse" }
      }
      callback Stop { on epoch_end(epoch, logs) { if logs.loss < limit { model.stop_training = True } } }
      fit m on (zeros((64, 8)), zeros((64, 2))) {
          callbacks = [Stop(), LearningRateScheduler(lambda epoch, lr: half(lr))]
      }
      """
    let meaning = try fit(script).meaning
    #expect(try fit(script.replacing("limit = 0.5", with: "limit = 0.25 * 2")).meaning == meaning)
    let values = meaning.changes(to: try fit(script.replacing("limit = 0.5", with: "limit = 0.7")).meaning, isInEpoch: false)
    #expect(values.count == 2 && values.allSatisfy { $0.obstacle == nil && $0.text.contains("limit = 0.7") }, "\(values)")
    let bodies = meaning.changes(to: try fit(script.replacing("x * limit", with: "x * limit * 2")).meaning, isInEpoch: false)
    #expect(bodies.map(\.text.description).contains { $0.hasSuffix("half = lambda x: x * limit * 2, limit = 0.5`") }, "\(bodies)")
  }

  @Test("lists and texts too long to be listed are told apart by what is in them", arguments: ["limits", "note"])
  func longOuterValues(_ name: String) throws {
    let script = """
      limits = [float(i) for i in range(300)]
      note = "loss " * 1000
      model m {
          Input((8,))
          Dense(2)
          compile { optimizer = "sgd"; loss = "mse" }
      }
      fit m on (zeros((64, 8)), zeros((64, 2))) {
          callbacks = [LambdaCallback(on_epoch_end=lambda epoch, logs: print(note, limits[epoch]))]
      }
      """
    let meaning = try fit(script).meaning
    #expect(try fit(script.replacing("float(i)", with: "1.0 * i")).meaning == meaning)
    let other =
      name == "limits" ? script.replacing("range(300)", with: "range(1, 301)") : script.replacing("\"loss \"", with: "\"lost \"")
    let changes = meaning.changes(to: try fit(other).meaning, isInEpoch: false)
    #expect(changes.count == 1 && changes.allSatisfy { $0.obstacle == nil && $0.text.contains("\(name) = ") }, "\(changes)")
  }

  @Test func aCallbackIsFoundByItsClassAndNumber() {
    #expect(FitMeaning.places(of: ["B", "A", "C", "A"], in: ["A", "A", "B"]) == [2, 0, nil, 1])
  }
}
