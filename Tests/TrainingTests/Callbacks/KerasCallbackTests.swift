import Artifacts
import Lambdas
import Plans
import Testing

@testable import Training

/// What scripts/fixtures/keras_callbacks.py mends in Keras, so that we agree with what is left.
private let mends = [
  "nan_is_never_best": "Keras takes a first NaN for the best value, which nothing ever beats",
  "cooldown_is_whole": "Keras counts the epoch at which a cooldown ends, so that `cooldown=1` is none",
  "direction_is_known_at_once": "Keras fails at the second look with `save_best_only` and a number of batches",
  "missing_score_saves_nothing": "Keras saves with `save_best_only` where the score is missing, or fails to fill in the path",
  "columns_are_those_that_can_be":
    "Keras takes a CSV file's columns from the first epoch, and makes up a `val_` column for each without validation",
  "appended_columns_must_fit": "Keras appends values under columns of other names",
  "early_stop_keeps_averages": "Keras ends with the raw weights where a training with `swap_on_epoch` is stopped",
  "lists_in_lists_are_one": "Keras on JAX and PyTorch fails where a list of callbacks stands in a list",
  "scores_that_cannot_be_are_refused": "Keras warns, epoch by epoch, of a monitor that never comes",
  "arguments_must_make_sense": "Keras swallows unknown arguments of ReduceLROnPlateau, and takes any patience and factor below 1",
  "rates_must_be_rates": "Keras trains on with a learning rate that is NaN, infinite or negative",
]

private let path = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Fixtures/callbacks.json"
private let cases: [JSON] = {
  guard let bytes = try? readFile(path), let cases = try? JSON.parse(String(decoding: bytes, as: UTF8.self)).arrayValue else {
    return []
  }
  return cases
}()

/// Our callbacks against what real Keras did with the same text and the same scores.
@Suite struct KerasCallbackTests {
  private func number(_ json: JSON) -> Double { json.doubleValue ?? json.stringValue.flatMap(Double.init) ?? .nan }

  private func json(_ number: Double) -> JSON { number.isFinite ? .float(number) : .string(number.pythonDescription) }

  /// `names` → epochs → batches, as a trainee has them: epochs → batches → names.
  private func scores(_ series: JSON?, _ names: [String]) -> [[[Double]]] {
    let columns = names.map { name in (series?[name]?.arrayValue ?? []).map { ($0.arrayValue ?? [$0]).map(number) } }
    guard let first = columns.first else { return [] }
    return first.indices.map { epoch in first[epoch].indices.map { batch in columns.map { $0[epoch][batch] } } }
  }

  private func outcome(of record: JSON) throws -> JSON {
    let folder = TemporaryFolder()
    for (name, text) in record["files"]?.objectValue?.entries ?? [] {
      try writeDurably(text.stringValue ?? "", to: "\(folder.path)/\(name)")
    }
    let names = record["train"]?.objectValue?.keys ?? []
    let tests = scores(record["test"], names).map { $0[0] }
    let trainee = ScriptedTrainee(
      scoreNames: names, training: scores(record["train"], names), tests: tests, rate: number(record["rate"] ?? .null),
      keepsAverages: record["ema"]?.boolValue ?? false)
    let world = ScriptedWorld(trainee)
    if run(script(for: record, names: names, validates: !tests.isEmpty, in: folder.path), in: world) != nil {
      return ["error": true]
    }

    var files = JSON.Object()
    if let text = try? folder.text("log.csv") { files["log.csv"] = .string(text) }
    var lengths = JSON.Object()
    for (name, values) in world.history.series.sorted(by: { $0.key < $1.key }) { lengths[name] = .integer(values.count) }
    return [
      "printed": .string(world.screen.text), "epochs": .integer(trainee.epochRates.count),
      "rates": .array(trainee.epochRates.map(json)), "rate": json(trainee.learningRate), "weight": json(Double(trainee.weight)),
      "saves": .array(trainee.saves.map { [.string($0.path), json(Double($0.weight)), json($0.rate)] }),
      "history": .object(lengths), "files": .object(files),
    ]
  }

  private func script(for record: JSON, names: [String], validates: Bool, in folder: String) -> String {
    let settings = [
      "epochs = \(record["epochs"]?.integerValue ?? 0)", "initial_epoch = \(record["initial_epoch"]?.integerValue ?? 0)",
      "validation_freq = \(record["validation_freq"]?.text ?? "1")", "batch_size = 1",
      "callbacks = \((record["callbacks"]?.stringValue ?? "").replacing("log.csv", with: folder + "/log.csv"))",
      validates ? "validation_data = (x[:1], x[:1])" : "",
    ]
    return """
      model scripted {
          Input((1,))
          Dense(1, use_bias=False, kernel_initializer="zeros")
          compile {
              optimizer = SGD(\(record["rate"]?.text ?? "0.1"), use_ema=\(record["ema"]?.boolValue == true ? "True" : "False"))
              loss = "mse"
              metrics = [\(names.filter { $0 != "loss" }.map { "\"\($0)\"" }.joined(separator: ", "))]
          }
      }
      x = zeros((\(record["steps"]?.integerValue ?? 1), 1))
      fit scripted on (x, x) {
          \(settings.joined(separator: "\n    "))
      }
      """
  }

  @Test func agreeWithKeras() throws {
    #expect(cases.count > 400)
    for record in cases {
      let name = record["name"]?.stringValue ?? ""
      let ours = try outcome(of: record)
      let expected = record["mended"] ?? record["keras"]
      for (key, value) in expected?.objectValue?.entries ?? [] where key != "because" {
        let own = ours[key] ?? .null
        #expect(normal(own) == normal(value), "\(name), \(key): \(own.text) instead of \(value.text)")
      }
      if let error = ours["error"] { #expect(expected?["error"] == error, "\(name) fails") }
    }
  }

  /// Whole floats are written as either kind of number.
  private func normal(_ json: JSON) -> JSON {
    switch json {
    case .integer(let number): .float(Double(number))
    case .array(let elements): .array(elements.map(normal))
    case .object(let object): .object(JSON.Object(object.entries.map { ($0.key, normal($0.value)) }))
    default: json
    }
  }

  @Test func differFromKerasOnlyWhereItIsMended() {
    let used = cases.flatMap { ($0["mended"]?["because"]?.arrayValue ?? []).compactMap(\.stringValue) }
    #expect(Set(used) == Set(mends.keys))
    for record in cases {
      guard let mended = record["mended"] else { continue }
      let keras = record["keras"]
      #expect(["printed", "rates", "saves", "weight", "files", "error", "history"].contains { mended[$0] != keras?[$0] })
    }
  }
}
