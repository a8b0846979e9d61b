import Foundation
import Testing

/// `train why`: what a run's callbacks decided, as it is told afterwards.
@Suite struct WhyTests {
  private static let model = """
    settings { seed = 7 }
    x = np.linspace(0, 1, 16).reshape(16, 1)
    model line {
        Input((1,))
        Dense(1, kernel_initializer="zeros")
        compile { optimizer = SGD(0.2); loss = "mse" }
    }

    """
  private static let script =
    model + """
      fit line on (x, 2 * x) {
          epochs = 6
          verbose = 0
          shuffle = False
          callbacks {
              LearningRateScheduler(lambda epoch, lr: 0.1 if epoch == 2 else lr)
              ModelCheckpoint("m.keras", monitor="loss", save_best_only=True)
              on epoch_end(epoch) { if epoch == 3 { model.stop_training = True } }
          }
      }
      """

  private func run(_ arguments: [String], in folder: Program.Folder) throws -> Program.Ending {
    try Program.run(["why"] + arguments, in: folder)
  }

  @Test func tellsOfTheLastRun() throws {
    let folder = Program.Folder()
    try folder.write(Self.script, to: "line.train")
    #expect(try run(["line.train"], in: folder).errors.contains("no run of `line.train` has decided anything yet"))
    for _ in 0..<2 { #expect(try Program.run(["line.train"], in: folder).status == 0) }
    let told = try run(["line.train"], in: folder)
    #expect(told.status == 0)
    let lines = told.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "Training 1, of `line`")
    #expect(lines.contains("  epoch 3  LearningRateScheduler  learning rate 0.2 → 0.1: the schedule gives it for epoch 3"))
    #expect(lines.contains("  epoch 4  callbacks              the training is to stop: it sets `model.stop_training`"))
    #expect(
      lines.last?.hasSuffix("the training is over after epoch 4: callbacks stopped it: it sets `model.stop_training`") == true)
    #expect(lines.count { $0.contains("saved `m.keras`") } == 4)
    #expect(try run(["line.decisions.jsonl"], in: folder).output == told.output)
  }

  @Test func tellsWhereARunBeganAndWentOn() throws {
    let folder = Program.Folder()
    let checkpoint = "ModelCheckpoint(\"m{epoch}.keras\", monitor=\"loss\", save_best_only=True, remember_best=True)"
    try folder.write(
      Self.model + "fit line on (x, 2 * x) { epochs = 4; callbacks = [\(checkpoint), BackupAndRestore(\"backup\")] }\n",
      to: "line.train")
    try FileManager.default.createDirectory(atPath: folder.path + "/m3.keras", withIntermediateDirectories: true)
    #expect(try Program.run(["line.train", "--quiet"], in: folder).status == 1)
    try FileManager.default.removeItem(atPath: folder.path + "/m3.keras")
    #expect(try Program.run(["line.train", "--quiet"], in: folder).status == 0)
    let reason = "the backup in `backup` is of a training that had not ended"
    #expect(
      try run(["line.train"], in: folder).output.contains(
        "\n  epoch 3  BackupAndRestore  the training goes on at epoch 3: \(reason)\n"))
    #expect(try Program.run(["line.train", "--quiet"], in: folder).status == 0)
    #expect(try run(["line.train"], in: folder).output.contains("\n  begin  ModelCheckpoint  only what is better than `loss`"))
  }

  @Test func tellsOfAPart() throws {
    let folder = Program.Folder()
    try folder.write(Self.script, to: "line.train")
    #expect(try Program.run(["line.train"], in: folder).status == 0)
    let lines = { (ending: Program.Ending) in ending.output.split(separator: "\n").count }
    #expect(lines(try run(["line.train", "--callback", "learn"], in: folder)) == 2)
    #expect(lines(try run(["line.train", "--epoch", "4"], in: folder)) == 3)
    #expect(try run(["line.train", "--epoch", "9"], in: folder).output == "nothing was decided there\n")
    let wrong = try run(["line.train", "--callback", "ModelCheckpiont"], in: folder)
    #expect(wrong.status == 1 && wrong.errors.contains("did you mean `ModelCheckpoint`?"))
    #expect(try run(["line.train", "--epoch", "7-3"], in: folder).status == 64)
    #expect(try run(["other.train"], in: folder).errors.contains("there is no `other.train`"))
    try folder.write("what\n", to: "odd.jsonl")
    #expect(try run(["odd.jsonl"], in: folder).status == 1)
    try folder.write("what\nelse\n", to: "odd.jsonl")
    #expect(try run(["odd.jsonl"], in: folder).errors.contains("tell no decision"))
  }
}
