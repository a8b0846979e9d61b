import Diagnostics
import Plans
import Syntax
import Testing

@testable import Driver

/// What is said of models that a machine's memory cannot hold, on machines of several sizes.
@Suite struct MemoryForecastTests {
  /// Of weights alone: 2001 · 1000 + 1001 numbers, some 8 MB; Adam keeps twice as much, and their gradient is as large.
  private static let wide = """
    model net {
      Input((2000,))
      Dense(1000, name="wide")
      Dense(1)
    }
    compile net { optimizer = "adam"; loss = "mse" }
    fit net on (zeros((64, 2000)), zeros((64, 1)))
    """
  /// Few weights and large batches: 512 × 512 × 16 numbers an example after the convolution.
  private static let grid = """
    model net {
      Input((512, 512, 1))
      Conv2D(16, 3, padding="same", activation="relu", name="features")
      GlobalAveragePooling2D()
      Dense(1)
    }
    compile net { optimizer = "sgd"; loss = "mse" }
    fit net on (zeros((64, 512, 512, 1)), zeros((64, 1)))
    """

  private static func findings(_ text: String, machine: Int, areFree: @escaping (Int) -> Bool = { _ in true }) -> [Finding] {
    let reading = parse(Source(name: "memory.train", text: text))
    let checked = Interpreter(catalog: standardCatalog).check(reading.script)
    #expect(!checked.hasErrors)
    return MemoryForecast(machineBytes: machine, areFree: areFree).findings(of: checked.plan)
  }

  @Test func nothingIsSaidOfWhatFits() {
    #expect(Self.findings(Self.wide, machine: 1 << 30).isEmpty)
    #expect(Self.findings(Self.grid, machine: 16 << 30).isEmpty)
    let used = Self.wide.split(separator: "\n").prefix { !$0.hasPrefix("fit") }.joined(separator: "\n")
    #expect(Self.findings(used, machine: 7 << 20).isEmpty, "a model that nobody uses has no weights")
    #expect(Self.findings(used + "\npredict net on zeros((4, 2000))", machine: 7 << 20).count == 1)
  }

  @Test func weightsAreToldAlone() throws {
    let findings = Self.findings(Self.wide, machine: 7 << 20)
    try #require(findings.map(\.severity) == [.error])
    #expect(
      findings[0].message == "`net` takes 8.01 MB of memory for its weights, more than this machine has, most of it for `wide`.")
  }

  /// Weights and two slots are 24 MB.
  @Test func trainingTakesMoreThanWeights() throws {
    let findings = Self.findings(Self.wide, machine: 20_000_000)
    try #require(findings.map(\.severity) == [.error])
    #expect(findings[0].message.contains("to be trained, more than this machine has, most of it for `wide`"))
    #expect(Self.findings(Self.wide, machine: 36_000_000).isEmpty)
  }

  @Test func largeBatchesNameTheirLayer() throws {
    let findings = Self.findings(Self.grid, machine: 1 << 28)
    try #require(findings.map(\.severity) == [.error])
    #expect(findings[0].message.hasSuffix("most of it for `features`."))
    #expect(findings[0].hint == "make batches smaller: `batch_size`.")
  }

  @Test func modelsWithinCount() throws {
    let nested = """
      model features {
        Input((512, 512, 1))
        Conv2D(16, 3, padding="same")
        GlobalAveragePooling2D()
      }
      model net {
        Input((512, 512, 1))
        features
        Dense(1)
      }
      compile net { optimizer = "sgd"; loss = "mse" }
      fit net on (zeros((64, 512, 512, 1)), zeros((64, 1)))
      """
    let findings = Self.findings(nested, machine: 1 << 28)
    try #require(findings.map(\.severity) == [.error])
    #expect(findings[0].message.hasSuffix("most of it for `features`."))
  }

  /// Sizes at which not even the number of elements could be counted.
  @Test(arguments: [
    "RepeatVector(2000000000)\n  LSTM(4, return_sequences=True, go_backwards=True)",
    "RepeatVector(2000000000)\n  Conv1D(64, 3)",
  ])
  func whatCannotBeCountedIsTold(layers: String) throws {
    let text = """
      model net {
        Input((2,))
        \(layers)
        GlobalAveragePooling1D()
        Dense(1)
      }
      compile net { optimizer = "sgd"; loss = "mse" }
      fit net on (zeros((4, 2)), zeros((4, 1)))
      """
    let checked = Interpreter(catalog: standardCatalog).check(parse(Source(name: "huge.train", text: text)).script)
    try #require(!checked.hasErrors)
    #expect(MemoryForecast(machineBytes: 1 << 34, areFree: { _ in true }).findings(of: checked.plan).map(\.severity) == [.error])
  }

  @Test func whatIsNotFreeNowIsAWarning() throws {
    let findings = Self.findings(Self.wide, machine: 100_000_000) { $0 < 20_000_000 }
    try #require(findings.map(\.severity) == [.warning])
    #expect(findings[0].message.contains("more than is free now"))
  }
}
