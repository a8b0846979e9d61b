import Arrays
import Artifacts
import Lambdas
import Networks
import Plans
import Testing

@testable import Training

/// A run that `scripts/fixtures/keras_progress.py` gave to real Keras, and what Keras showed of it.
private struct ProgressCase: CustomTestStringConvertible, Sendable {
  let name: String
  let task: String
  let epochs: Int
  let batches: Int
  let testBatches: Int
  /// Of a batch.
  let seconds: Double
  let testSeconds: Double
  /// By name: of each epoch, of each batch.
  let scores: [String: [[Double]]]
  let tests: [String: [[Double]]]
  /// After how many batches the first epoch is stopped.
  let stop: Int?
  let isUnknown: Bool
  /// At verbose 1, on a terminal of any width, and at verbose 2.
  let bar: String
  let lines: String
  var testDescription: String { name }

  init(_ json: JSON) {
    func number(_ name: String) -> Double { json[name]?.doubleValue ?? 0 }
    func series(_ name: String) -> [String: [[Double]]] {
      let pairs = (json[name]?.objectValue?.entries ?? []).map { key, value in
        (key, (value.arrayValue ?? []).map { ($0.arrayValue ?? []).map { $0.doubleValue ?? Double($0.stringValue ?? "") ?? 0 } })
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    name = json["name"]?.stringValue ?? ""
    task = json["task"]?.stringValue ?? ""
    (epochs, batches, testBatches) = (Int(number("epochs")), Int(number("batches")), Int(number("test_batches")))
    (seconds, testSeconds) = (number("seconds"), number("test_seconds"))
    (scores, tests) = (series("scores"), series("tests"))
    stop = json["stop"]?.integerValue
    isUnknown = json["unknown"]?.boolValue ?? false
    bar = json["bar"]?.stringValue ?? ""
    lines = (json["mended"] ?? json["lines"])?.stringValue ?? ""
  }

  static let all: [ProgressCase] = {
    let path = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Fixtures/progress.json"
    guard let bytes = try? readFile(path), let json = try? JSON.parse(bytes) else { return [] }
    return (json["cases"]?.arrayValue ?? []).map(ProgressCase.init)
  }()
}

/// A model whose steps give the next scores and move the clock.
private final class ClockedTrainee: Trainee {
  var averagesStay = false
  private let script: ProgressCase
  private let screen: Screen
  private var epoch = -1
  private var batch = 0
  private var phase = Phase.train
  private(set) var scores: [Score] = []
  let scoreNames: [String]

  init(_ script: ProgressCase, on screen: Screen) {
    self.script = script
    self.screen = screen
    scoreNames = (script.scores.isEmpty ? script.tests : script.scores).keys.sorted()
    scores = scoreNames.map { _ in .number(0) }
  }

  func begin(_ phase: Phase) {
    (self.phase, batch) = (phase, 0)
    if phase == .train { epoch += 1 }
  }

  func trainBatch(_ rows: UnsafeBufferPointer<Int32>, inPass pass: Int) { step(script.scores, taking: script.seconds) }
  func testBatch(_ rows: UnsafeBufferPointer<Int32>) { step(script.tests, taking: script.testSeconds) }
  func predictBatch(_ rows: UnsafeBufferPointer<Int32>) { screen.time += script.seconds }

  private func step(_ series: [String: [[Double]]], taking seconds: Double) {
    screen.time += seconds
    scores = scoreNames.map { .number(series[$0]?[max(epoch, 0)][batch] ?? 0) }
    batch += 1
  }

  var rates = [OptimizerRate(0.1)]
  func setLearningRate(_ rate: Double, of optimizer: Int) {}
  let weights: [NDArray] = []
  func setWeights(_ weights: [NDArray]) {}
  let modelName = "clocked"
  let optimizerName = "sgd"
  let iterations = 0
  let layers: [TraineeLayer] = []
  let predictions: [NDArray] = []
  func saving(to path: String, weightsOnly: Bool) -> FileWriter.Job { {} }
  func saveState() -> RunRecord.Part { RunRecord.Part() }
  func restore(_ state: RunRecord.Part, withSums: Bool) {}
}

/// Stops the training after a batch.
private struct StopAfter: Callback {
  let name = "StopAfter"
  let hooks: Set<Hook> = [.trainBatchEnd]
  let batches: Int
  func onBatchEnd(_ batch: BatchReport) -> [Request] {
    batch.batch + 1 == batches ? [.stop(because: "the test says so")] : []
  }
}

@Suite("Progress against Keras") struct KerasProgressTests {
  @Test("all cases are there") func cases() { #expect(ProgressCase.all.count == 19) }

  @Test("a terminal shows Keras's bytes", arguments: ProgressCase.all)
  fileprivate func terminal(_ run: ProgressCase) throws {
    #expect(try shown(run, verbose: 1, columns: 1000) == run.bar)
    #expect(try shown(run, verbose: 1, columns: nil) == run.bar)
    #expect(narrowed(run.bar, columns: 1000) == run.bar, "Keras's text is taken apart and put together again")
  }

  /// Keras draws a line that does not fit all the same, and each drawing then begins a new one. Here a line that will be drawn over shows as many
  /// scores as fit; all else is the same.
  @Test("a narrow one those that fit", arguments: [80, 40], ProgressCase.all)
  fileprivate func narrow(columns: Int, _ run: ProgressCase) throws {
    #expect(try shown(run, verbose: 1, columns: columns) == narrowed(run.bar, columns: columns))
  }

  @Test("verbose 2, and whatever is no terminal, has Keras's lines", arguments: ProgressCase.all)
  fileprivate func summaries(_ run: ProgressCase) throws {
    #expect(try shown(run, verbose: 2, columns: 80) == run.lines)
    #expect(try shown(run, verbose: 2, columns: nil, isTerminal: false) == run.lines)
    #expect(try shown(run, verbose: 1, columns: nil, isTerminal: false) == run.lines)
    #expect(try shown(run, verbose: 0, columns: 80) == "")
  }

  private func shown(_ run: ProgressCase, verbose: Int, columns: Int?, isTerminal: Bool = true) throws -> String {
    let screen = Screen(isTerminal: isTerminal, columns: columns)
    screen.time = 1000
    if run.isUnknown {
      showUnknown(run, verbose: verbose, on: screen)
      return screen.text
    }
    let trainee = ClockedTrainee(run, on: screen)
    let testing = TestData(exampleCount: run.testBatches, batchSize: 1)
    switch run.task {
    case "evaluate": _ = try Evaluation(of: trainee, on: testing, verbose: verbose, console: screen.console).evaluate()
    case "predict":
      let data = TestData(exampleCount: run.batches, batchSize: 1)
      _ = try Evaluation(of: trainee, on: data, verbose: verbose, console: screen.console).predict()
    default:
      var settings = FitSettings(epochs: run.epochs, exampleCount: run.batches, batchSize: 1)
      settings.verbose = verbose
      if !run.tests.isEmpty { settings.validation = .init(frequency: .every(1), data: testing) }
      let trainer = Trainer(
        trainee, settings, callbacks: run.stop.map { [StopAfter(batches: $0)] } ?? [],
        identity: .init(model: "clocked", fit: 1, loopRounds: [], seed: 1, callbacks: []), clock: RunClock(now: { 0 }),
        console: screen.console)
      _ = try trainer.fit()
    }
    return screen.text
  }

  /// Keras learns how many batches a generator gives; the data of scripts are counted.
  private func showUnknown(_ run: ProgressCase, verbose: Int, on screen: Screen) {
    var progress = ProgressLogger(verbose: verbose, epochs: run.epochs, steps: nil, on: screen.console)
    progress.epochBegins(0)
    var logs = Logs()
    for batch in 0..<run.batches {
      screen.time += run.seconds
      for name in run.scores.keys.sorted() { logs[name] = .float(run.scores[name]?[0][batch] ?? 0) }
      progress.batchIsDone(batch, RunningLogs(logs))
    }
    progress.end(logs)
  }

  /// What Keras wrote, with the lines that are drawn over made to fit: scores that do not are left out.
  private func narrowed(_ text: String, columns: Int) -> String {
    let parts = text.split(separator: "\r", omittingEmptySubsequences: false)
    var result = String(parts[0].filter { $0 != "\u{8}" })
    var previous = 0
    for part in parts.dropFirst() {
      let drawing = part.prefix { $0 != "\u{8}" && $0 != "\n" }
      let rest = part.dropFirst(drawing.count).filter { $0 != "\u{8}" }
      let isLast = rest.hasPrefix("\n")
      let pieces = String(drawing).trimmingTrailingSpaces.split(separator: " - ")
      var line = String(pieces[0])
      for piece in pieces.dropFirst() {
        if !isLast, line.visibleWidth + piece.count + 3 >= columns { break }
        line += " - " + piece
      }
      let width = line.visibleWidth
      result +=
        String(repeating: "\u{8}", count: previous) + "\r" + line + String(repeating: " ", count: max(0, previous - width))
      result += rest
      previous = isLast ? 0 : width
    }
    return result
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }

  /// How many columns it takes: escape sequences take none.
  fileprivate var visibleWidth: Int {
    var (width, isEscape) = (0, false)
    for character in self {
      if character == "\u{1B}" { isEscape = true } else if !isEscape { width += 1 } else if character == "m" { isEscape = false }
    }
    return width
  }
}
