import Arrays
import Artifacts
import Foundation
import Glibc
import Lambdas
import Testing

@testable import Training

/// A folder of its own for a test, gone afterwards.
final class TemporaryFolder {
  let path: String
  init() {
    var template = Array("/tmp/training-tests-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
  }
  deinit {
    removeTree(path)
  }
  func text(_ name: String) throws -> String { String(decoding: try readFile(path + "/" + name), as: UTF8.self) }
}

/// Removes a folder with all that is in it, if it is there.
func removeTree(_ path: String) {
  guard let folder = opendir(path) else { return }
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name == "." || name == ".." { continue }
    if entry.pointee.d_type == UInt8(DT_DIR) { removeTree(path + "/" + name) } else { unlink(path + "/" + name) }
  }
  closedir(folder)
  rmdir(path)
}

@Suite struct CSVLoggerTests {
  private let run = RunReport(epochs: 2, steps: 1)
  private let rows: [[String: Double]] = [
    ["loss": 0.44509798288345337, "mae": 0.6134099960327148, "val_loss": 0.365327388048172, "val_mae": 0.49046507477760315],
    ["loss": 0.2649849057197571, "mae": 0.44430017471313477, "val_loss": 0.267365038394928, "val_mae": 0.3749150037765503],
  ]
  private let columns = ["loss", "mae", "val_loss", "val_mae"]
  private let expected =
    "epoch,loss,mae,val_loss,val_mae\r\n0,0.44509798288345337,0.6134099960327148,0.365327388048172,0.49046507477760315\r\n"
    + "1,0.2649849057197571,0.44430017471313477,0.267365038394928,0.3749150037765503\r\n"

  private func log(_ callback: inout CSVLogger, _ rows: [[String: Double]], from epoch: Int = 0) throws {
    _ = try callback.onTrainBegin(run)
    for (index, row) in rows.enumerated() { _ = try callback.onEpochEnd(report(epoch + index, row)) }
    _ = try callback.onTrainEnd(EndReport(reason: .completed))
  }

  @Test func writesKerasBytes() throws {
    let folder = TemporaryFolder()
    var callback = CSVLogger(folder.path + "/x.csv", columns: columns)
    try log(&callback, rows)
    #expect(try folder.text("x.csv") == expected)
    try log(&callback, [rows[1]])
    #expect(try folder.text("x.csv").hasPrefix("epoch,loss,mae,val_loss,val_mae\r\n0,0.2649849057197571,"))
  }

  @Test func appends() throws {
    let folder = TemporaryFolder()
    var first = CSVLogger(folder.path + "/x.csv", columns: columns)
    try log(&first, [rows[0]])
    var second = CSVLogger(folder.path + "/x.csv", appends: true, columns: columns)
    try log(&second, [rows[1]], from: 1)
    #expect(try folder.text("x.csv") == expected)
    var third = CSVLogger(folder.path + "/x.csv", appends: true, columns: ["loss", "mae"])
    #expect(throws: CallbackFailure.self) { try third.onTrainBegin(run) }
    #expect(try folder.text("x.csv") == expected)
  }

  /// Keras's transcript of `validation_freq=2` with `;`.
  @Test func marksWhatAnEpochDoesNotGive() throws {
    let folder = TemporaryFolder()
    var callback = CSVLogger(folder.path + "/x.csv", separator: ";", columns: columns)
    try log(
      &callback,
      [
        ["loss": 0.14632710814476013, "mae": 0.2722865343093872],
        [
          "loss": 0.1415843814611435, "mae": 0.26752758026123047, "val_loss": 0.151749387383461, "val_mae": 0.26442214846611023,
        ], ["loss": 0.13704532384872437, "mae": 0.2629714608192444],
      ])
    #expect(
      try folder.text("x.csv")
        == "epoch;loss;mae;val_loss;val_mae\r\n0;0.14632710814476013;0.2722865343093872;NA;NA\r\n"
        + "1;0.1415843814611435;0.26752758026123047;0.151749387383461;0.26442214846611023\r\n"
        + "2;0.13704532384872437;0.2629714608192444;NA;NA\r\n")
  }

  @Test func spellsNumbersLikePython() throws {
    let folder = TemporaryFolder()
    var callback = CSVLogger(folder.path + "/x.csv", columns: ["a", "b", "c", "d"])
    try log(&callback, [["a": .nan, "b": .infinity, "c": 1e-05, "d": 3]])
    #expect(try folder.text("x.csv") == "epoch,a,b,c,d\r\n0,nan,inf,1e-05,3.0\r\n")
  }

  @Test func isCutBackToItsBackup() throws {
    let folder = TemporaryFolder()
    var callback = CSVLogger(folder.path + "/x.csv", columns: columns)
    _ = try callback.onTrainBegin(run)
    _ = try callback.onEpochEnd(report(0, rows[0]))
    let state = callback.saveState()
    _ = try callback.onEpochEnd(report(1, ["loss": 9, "mae": 9]))
    var resumed = CSVLogger(folder.path + "/x.csv", columns: columns)
    try resumed.resume(from: state, run)
    _ = try resumed.onEpochEnd(report(1, rows[1]))
    #expect(try folder.text("x.csv") == expected)
  }

  /// A script that has got another metric since its backup: also where a run was killed before it could back up what it made of the file,
  /// and where the metric has gone again.
  @Test func getsColumnsForScoresThatAreNew() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/x.csv"
    var callback = CSVLogger(path, columns: ["loss", "val_loss"])
    _ = try callback.onTrainBegin(run)
    _ = try callback.onEpochEnd(report(0, rows[0]))
    let state = callback.saveState()
    _ = try callback.onEpochEnd(report(1, rows[0]))
    func resumed(_ columns: [String], from state: JSON) throws -> CSVLogger {
      var logger = CSVLogger(path, columns: columns)
      try logger.resume(from: state, RunReport(epochs: 3, steps: 1, initialEpoch: 1))
      return logger
    }
    let wider = "epoch,loss,val_loss,mae\r\n0,0.44509798288345337,0.365327388048172,NA\r\n"
    // Those of the list are killed before their backups.
    for columns in [["loss", "mae", "val_loss"], ["loss", "mae", "val_loss"], ["loss", "val_loss"]] {
      _ = try resumed(columns, from: state)
      #expect(try folder.text("x.csv") == wider)
    }
    var logger = try resumed(["loss", "mae", "val_loss"], from: state)
    let next = logger.saveState()
    _ = try logger.onEpochEnd(report(1, rows[1]))
    let row = "1,0.2649849057197571,0.267365038394928,"
    #expect(try folder.text("x.csv") == "\(wider)\(row)0.44430017471313477\r\n")
    var narrower = try resumed(["loss", "val_loss"], from: next)
    _ = try narrower.onEpochEnd(report(1, rows[1].filter { $0.key != "mae" }))
    #expect(try folder.text("x.csv") == "\(wider)\(row)NA\r\n")
  }

  /// The file of a backup after two epochs of three, as someone has left it, and what becomes of it.
  @Test(arguments: [
    (nil, "epoch,loss\r\n2,0.25\r\n", "it is gone; it goes on with no rows"),
    ("", "epoch,loss\r\n2,0.25\r\n", "it has 0 bytes where 26 were written before; it goes on with no rows"),
    ("epo", "epoch,loss\r\n2,0.25\r\n", "it has 3 bytes where 26 were written before; it goes on with no rows"),
    ("epoch,loss\r\n0,1.0", "epoch,loss\r\n2,0.25\r\n", "it has 17 bytes where 26 were written before; it goes on with no rows"),
    (
      "epoch,loss\r\n1,0.5\r\n", "epoch,loss\r\n1,0.5\r\n2,0.25\r\n",
      "it has 19 bytes where 26 were written before; it goes on with 1 row"
    ),
    ("loss\r\n2.0\r\n", "epoch,loss\r\n2,0.25\r\n", "it has 11 bytes where 26 were written before; it goes on with no rows"),
  ])
  func goesOnWhereTheFileWasChanged(_ left: String?, _ expected: String, _ loss: String) throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/logs/x.csv"
    var callback = CSVLogger(path, columns: ["loss"])
    _ = try callback.onTrainBegin(RunReport(epochs: 3, steps: 1))
    _ = try callback.onEpochEnd(report(0, ["loss": 1]))
    _ = try callback.onEpochEnd(report(1, ["loss": 0.5]))
    try deleteFile(path)
    if let left { try writeDurably(left, to: path) } else { removeTree(folder.path + "/logs") }
    var resumed = CSVLogger(path, columns: ["loss"])
    try resumed.resume(from: callback.saveState(), RunReport(epochs: 3, steps: 1, initialEpoch: 2))
    #expect(resumed.losses == ["`\(path)` is not as the backup knows it: \(loss) before epoch 3"])
    _ = try resumed.onEpochEnd(report(2, ["loss": 0.25]))
    #expect(try folder.text("logs/x.csv") == expected)
    // A second resumption finds what it knows.
    var again = CSVLogger(path, columns: ["loss"])
    try again.resume(from: resumed.saveState(), RunReport(epochs: 3, steps: 1, initialEpoch: 3))
    #expect(again.losses == [])
    #expect(try folder.text("logs/x.csv") == expected)
  }

  /// A run that was complete, and is started again with more epochs.
  @Test func goesOnAfterTheEnd() throws {
    let folder = TemporaryFolder()
    var callback = CSVLogger(folder.path + "/x.csv", columns: columns)
    try log(&callback, [rows[0]])
    var longer = CSVLogger(folder.path + "/x.csv", columns: columns)
    try longer.resume(from: callback.saveState(), run)
    _ = try longer.onEpochEnd(report(1, rows[1]))
    #expect(try folder.text("x.csv") == expected)
  }

  /// A run that was complete, and whose file a later one has gone on with.
  @Test func leavesTheFileWhenAllIsDone() throws {
    let folder = TemporaryFolder()
    var first = CSVLogger(folder.path + "/x.csv", columns: columns)
    try log(&first, [rows[0]])
    var second = CSVLogger(folder.path + "/x.csv", appends: true, columns: columns)
    try log(&second, [rows[1]], from: 1)
    var again = CSVLogger(folder.path + "/x.csv", columns: columns)
    var over = run
    over.isOver = true
    try again.resume(from: first.saveState(), over)
    #expect(try folder.text("x.csv") == expected)
  }

  @Test func saysWhyItCannotWrite() {
    let arguments = bound(CSVLogger.entry, ["filename": .string("/dev/null/x.csv")])
    #expect(throws: CallbackFailure("it cannot write `/dev/null/x.csv`: `/dev/null` is not a folder")) {
      try CSVLogger(arguments, in: FitOutline(batchNames: ["loss"], hasValidation: false))
    }
  }

  @Test func goesOnWithAFileOfOtherColumns() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/log.csv"
    try writeDurably(
      "epoch,loss,note\r\n0,1.0,\"a, \"\"b\"\"\"\r\n1,0.5,x\r\n2,0.25,y\r\nodd\r\n3,0.1", to: path)
    var logger = CSVLogger(path, appends: true, merges: true, columns: ["accuracy", "loss"])
    let begin = try logger.onTrainBegin(RunReport(epochs: 4, steps: 1, initialEpoch: 2))
    let decisions = begin.compactMap { if case .decide(let decision) = $0 { decision } else { nil } }
    let reason = "epochs are trained again from 3 on"
    #expect(decisions == [Decision(.deleted, "deleted 2 rows of `\(path)`", because: reason)])
    _ = try logger.onEpochEnd(report(2, ["loss": 0.75, "accuracy": 0.5]))
    let text = "epoch,loss,note,accuracy\r\n0,1.0,\"a, \"\"b\"\"\",NA\r\n1,0.5,x,NA\r\n2,0.75,NA,0.5\r\n"
    #expect(try folder.text("log.csv") == text)

    // A resumed run knows the columns of the merged file.
    let state = logger.saveState()
    var resumed = CSVLogger(path, appends: true, merges: true, columns: ["accuracy", "loss"])
    try resumed.resume(from: state, RunReport(epochs: 4, steps: 1))
    _ = try resumed.onEpochEnd(report(3, ["loss": 1, "accuracy": 2]))
    #expect(try folder.text("log.csv") == text + "3,1.0,NA,2.0\r\n")

    try writeDurably("a,b\r\n1,2\r\n", to: path)
    var other = CSVLogger(path, appends: true, merges: true, columns: ["loss"])
    #expect(throws: CallbackFailure.self) { try other.onTrainBegin(RunReport(epochs: 1, steps: 1)) }
  }

  /// A file that something else has written or cut, what is said of it, and what is left of it.
  @Test(arguments: [
    (
      "epoch,loss\r\n0,1.0\r\n1,0.5", "note: the last row of `PATH` had no line end, and stays.\n",
      "epoch,loss\r\n0,1.0\r\n1,0.5\r\n"
    ),
    ("epoch,loss", "note: the last row of `PATH` had no line end, and stays.\n", "epoch,loss\r\n"),
    ("epoch,loss\r\n0,1.0\r\n1", "warning: the last row of `PATH` is cut short and goes: `1`.\n", "epoch,loss\r\n0,1.0\r\n"),
    ("\n", "", "epoch,loss\r\n"), ("", "", "epoch,loss\r\n"),
  ]) func goesOnAfterALastRow(_ text: String, _ said: String, _ left: String) throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/log.csv"
    try writeDurably(text, to: path)
    var logger = CSVLogger(path, appends: true, columns: ["loss"])
    #expect(try logger.onTrainBegin(run).printed == said.replacing("PATH", with: path))
    _ = try logger.onEpochEnd(report(2, ["loss": 0.25]))
    #expect(try folder.text("log.csv") == left + "2,0.25\r\n")
  }

  @Test func columnsThatOnlyHooksKnowAreThoseOfTheFirstEpoch() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/log.csv"
    var logger = CSVLogger(path, columns: ["loss"], hasOtherColumns: true)
    _ = try logger.onTrainBegin(run)
    _ = try logger.onEpochEnd(report(0, ["loss": 0.5, "f1": 0.25]))
    _ = try logger.onEpochEnd(report(1, ["loss": 0.5]))
    #expect(try folder.text("log.csv") == "epoch,f1,loss\r\n0,0.25,0.5\r\n1,NA,0.5\r\n")
    var next = CSVLogger(path, appends: true, columns: ["loss"], hasOtherColumns: true)
    _ = try next.onTrainBegin(run)
    _ = try next.onEpochEnd(report(2, ["loss": 0.5, "f1": 0.75]))
    #expect(try folder.text("log.csv").hasSuffix("2,0.75,0.5\r\n"))
    let said = "warning: `\(path)` has no column for `late`: its first line was written before.\n"
    for told in [said, ""] {
      #expect(try next.onEpochEnd(report(3, ["loss": 0.5, "f1": 0.5, "late": 1])).printed == told)
    }
    #expect(try folder.text("log.csv").hasSuffix("3,0.5,0.5\r\n"))
  }

  @Test func numbersOfSinglePrecisionHaveTheirOwnDigits() {
    let scores = NDArray(doubles: [0.49999994, 1], shape: [2]).converted(to: .float32)
    #expect(CSVValue(Value.array(scores)) == .list([.float(0.49999994), .float(1)]))
  }
}
