import Foundation
import Testing

/// `train explain`: each script with what is said of it beside it; `UPDATE_GOLDEN=1` writes that anew.
@Suite struct ExplainTests {
  private static let folder = Program.root + "/Tests/DriverTests/explained"

  @Test(arguments: ["schedules", "hooks", "callbacks"]) func saysWhatAScriptWillDo(name: String) throws {
    let golden = "\(Self.folder)/\(name).txt"
    let empty = Program.Folder()
    let ending = try Program.run(["explain", "\(Self.folder)/\(name).train"], in: empty)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(empty.names.filter { !$0.hasPrefix(".") }.isEmpty, "nothing is run")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      return try Data(ending.output.utf8).write(to: URL(fileURLWithPath: golden))
    }
    #expect(ending.output == (try? String(contentsOfFile: golden, encoding: .utf8)))
  }

  @Test func mistakesAreToldInstead() throws {
    let folder = Program.Folder()
    try folder.write("model net { Input((4,)); Dense(-1) }\n", to: "net.train")
    let ending = try Program.run(["explain", "net.train"], in: folder)
    #expect(ending.status == 2 && ending.output.isEmpty && ending.errors.contains("-1"))
  }

  @Test func aModelThatNoMachineHoldsIsExplained() throws {
    let folder = Program.Folder()
    try folder.write("model net { Input((1000000,)); Dense(1000000); Dense(1) }\n", to: "net.train")
    let ending = try Program.run(["explain", "net.train"], in: folder)
    #expect(ending.status == 0 && ending.output.contains("1,000,001,000,000"), "\(ending.output)\(ending.errors)")
  }

  /// A function that is costly to ask, in a training of many epochs: what is shown ends where it was asked last.
  @Test(arguments: [
    (
      "LearningRateScheduler(lambda epoch: sum([1 / (i + 1) for i in range(100000)]) + epoch)", "0.1",
      ", as far as the function was asked"
    ),
    ("LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))", "0.1", "in epoch 100000, as far as the function was asked"),
    (
      "LearningRateScheduler(lambda epoch: sum([1 for i in range(10000000)]) / 1e9)", "0.1",
      "the function takes too many steps to be asked"
    ),
    ("History()", "lambda step: 1 / (1 + step) + 0 * sum([1 for i in range(100000)])", "as far as the function was asked"),
  ])
  func aCostlyScheduleIsAskedWithinLimits(callback: String, rate: String, expected: String) throws {
    let folder = Program.Folder()
    try folder.write(
      """
      model net {
          Input((4,))
          Dense(1)
          compile { optimizer = SGD(\(rate)); loss = "mse" }
      }
      fit net on (ones((8, 4)), ones((8, 1))) { epochs = 2_000_000; callbacks = [\(callback)] }

      """, to: "net.train")
    let began = Date()
    let ending = try Program.run(["explain", "net.train"], in: folder)
    #expect(ending.status == 0 && ending.output.contains(expected), "\(ending.output)\(ending.errors)")
    #expect(Date().timeIntervalSince(began) < 30)
  }
}
