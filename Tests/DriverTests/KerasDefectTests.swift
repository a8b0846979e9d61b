import Foundation
import Testing

/// What Keras gets wrong in whole runs; what it gets wrong in single callbacks is held against it in `KerasCallbackTests`.
@Suite struct KerasDefectTests {
  private static let model = """
    settings { seed = 7 }
    x = np.linspace(0, 1, 32).reshape(16, 2)
    y = x[:, :1]
    model net {
        Input((2,))
        Dense(1)
        compile { optimizer = "lamb"; loss = "mse"; metrics = ["mae"] }
    }

    """

  struct Defect: CustomTestStringConvertible {
    /// What Keras does.
    let testDescription: String
    let script: String
    /// What is printed here, or part of what is told.
    let says: String
    let status: Int32
    init(_ keras: String, _ script: String, _ says: String, status: Int32 = 0) {
      testDescription = keras
      self.script = script
      self.says = says
      self.status = status
    }
  }

  static let defects = [
    Defect(
      "the first epoch of a resumed training stays with the model",
      """
      fit net on (x, y) { epochs = 3; callbacks = [BackupAndRestore("backup")] }
      h = fit net on (x, y) { epochs = 3 }
      print(h.epoch)
      """, "[0, 1, 2]\n"),
    Defect(
      "a History that stands before other callbacks misses what they add",
      """
      h = History()
      fit net on (x, y) { epochs = 2; callbacks = [h, ProgbarLogger(), LearningRateScheduler(lambda epoch: 0.1)] }
      print(h.history["learning_rate"])
      """, "[0.10000000149011612, 0.10000000149011612]\n"),
    Defect(
      "`save_freq=False` saves after every batch", "fit net on (x, y) { callbacks = [BackupAndRestore(\"b\", save_freq=False)] }",
      "`save_freq` of `BackupAndRestore` must be", status: 2),
    Defect(
      "a TypeError in a schedule is taken for a wish for fewer arguments",
      """
      def rate(epoch, lr) = lr + [1, "a"][epoch]
      fit net on (x, y) { epochs = 3; callbacks = [LearningRateScheduler(rate)] }
      """, "`LearningRateScheduler` cannot go on in epoch 2: TypeError: unsupported operand", status: 1),
    Defect(
      "`predict` leaves the averages in the model",
      """
      compile net { optimizer = SGD(0.1, use_ema=True, ema_momentum=0.5); loss = "mse" }
      fit net on (x, y) { epochs = 2 }
      before = net.get_weights()[0].sum()
      predict net on x { callbacks = [SwapEMAWeights()] }
      print(before == net.get_weights()[0].sum())
      """, "True\n"),
    Defect(
      "`mode=\"auto\"` does not know names that begin with an output's",
      """
      i = Input((2,))
      two = Model(i, [Dense(1, name="a")(i), Dense(1, name="b")(i)])
      two.compile(optimizer="adam", loss=["mse", "mse"], metrics=[["mae"], ["mae"]])
      watchers = [EarlyStopping(monitor="val_a_mae"), EarlyStopping(monitor="val_b_loss", patience=1)]
      h = two.fit(x, [y, y], epochs=3, validation_split=0.25, callbacks=[watchers, CSVLogger("log.csv")])
      print(len(h.epoch))
      """, "3\n"),
    Defect(
      "`class_weight` of a class that there is not is ignored", "fit net on (x, y) { class_weight = {7: 1.0} }",
      "`class_weight` names a class 7", status: 2),
    Defect(
      "`evaluate` gives a list whose order `metrics_names` does not tell",
      """
      scores = evaluate net on (x, y)
      loss, mae = scores
      print(loss == scores.loss and mae == scores["mae"])
      """, "True\n"),
    Defect(
      "a training that goes on shuffles as its first epoch did, whatever its seed",
      """
      callback Order {
          sums = [[]]
          on epoch_begin(epoch) { sums = sums + [[]] }
          on train_batch_end(batch, logs) { sums = sums[:-1] + [sums[-1] + [round(logs["loss"] * (batch + 1), 5)]] }
      }
      order = Order()
      compile net { optimizer = SGD(0.0); loss = "mse" }
      fit net on (x, y) { epochs = 2; batch_size = 1; callbacks = [order] }
      first, second = order.sums[1:]
      print(len(first), abs(first[-1] - second[-1]) < 1e-3, first == second)
      """, "16 True False\n"),
    Defect(
      "`\"lamb\"` is no name of an optimizer", "compile net { optimizer = \"lamb\"; loss = \"mse\" }\nprint(\"compiled\")",
      "compiled\n"),
    Defect(
      "a loss is saved without its arguments",
      """
      compile net { optimizer = "sgd"; loss = Huber(delta=0.25) }
      fit net on (x, y)
      save net to "net.keras"
      far = (np.zeros((1, 2)), np.ones((1, 1)) * 100.0)
      again = load_model("net.keras")
      print(again.evaluate(far[0], far[1])[0] == net.evaluate(far[0], far[1])[0] < 30)
      """, "True\n"),
    Defect(
      "a negative patience is taken", "fit net on (x, y) { callbacks = [EarlyStopping(monitor=\"loss\", patience=-1)] }",
      "`patience` of `EarlyStopping` must be", status: 2),
    Defect(
      "a monitor that will never come is a warning an epoch",
      "fit net on (x, y) { callbacks = [EarlyStopping(monitor=\"val_mea\")] }", "`EarlyStopping` would watch `val_mea`", status: 2
    ),
  ]

  @Test(arguments: defects) func areMended(defect: Defect) throws {
    let folder = Program.Folder()
    try folder.write(Self.model + defect.script, to: "a.train")
    let ending = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(ending.status == defect.status, "\(ending.errors)")
    #expect(defect.status == 0 ? ending.output.hasSuffix(defect.says) : ending.errors.contains(defect.says), "\(ending)")
  }

  /// Keras's ProgbarLogger writes its line when its turn in the list comes, so without what later callbacks add.
  @Test(arguments: ["ProgbarLogger(), SCHEDULE", "SCHEDULE, ProgbarLogger()", "SCHEDULE"])
  func theProgressLineHoldsAll(callbacks: String) throws {
    let folder = Program.Folder()
    let schedule = "LearningRateScheduler(lambda epoch: 0.1, verbose=1)"
    let list = callbacks.replacingOccurrences(of: "SCHEDULE", with: schedule)
    try folder.write(Self.model + "fit net on (x, y) { epochs = 2; verbose = 2; callbacks = [\(list)] }\n", to: "a.train")
    let lines = try Program.run(["a.train"], in: folder).output.split(separator: "\n")
    #expect(lines.count == 6)
    for (epoch, line) in [0, 3].enumerated() {
      #expect(lines[line] == "Epoch \(epoch + 1): LearningRateScheduler setting learning rate to 0.1.")
      #expect(lines[line + 1] == "Epoch \(epoch + 1)/2")
      #expect(lines[line + 2].hasPrefix("1/1 - ") && lines[line + 2].hasSuffix(" - learning_rate: 0.1000"))
    }
  }

  /// A file that cannot be written, known only when its name is: the run fails and names callback, epoch and reason; the backup stays,
  /// and the run goes on from it when the obstacle is gone.
  @Test func aFileThatCannotBeWrittenLosesNothing() throws {
    let folder = Program.Folder()
    let fit = """
      h = fit net on (x, y) {
          epochs = 4
          callbacks = [CSVLogger("log.csv"), ModelCheckpoint("m{epoch}.keras"), BackupAndRestore("backup"), \
              LearningRateScheduler(lambda epoch, lr: RATE)]
      }
      print(h.epoch)
      """
    try folder.write(Self.model + fit.replacingOccurrences(of: "RATE", with: "lr * 0.5"), to: "a.train")
    try FileManager.default.createDirectory(atPath: folder.path + "/m3.keras", withIntermediateDirectories: true)
    let failed = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(failed.status == 1)
    #expect(failed.errors.contains("`ModelCheckpoint` cannot go on in epoch 3: cannot write `m3.keras`: it is a folder"))
    #expect(folder.has("backup") && folder.has("m2.keras"))
    #expect(
      String(decoding: folder.contents(of: "a.decisions.jsonl") ?? Data(), as: UTF8.self).contains("the training has failed"))
    try FileManager.default.removeItem(atPath: folder.path + "/m3.keras")
    let whole = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(whole.status == 0)
    #expect(whole.output.hasSuffix("[0, 1, 2, 3]\n"))
    #expect(folder.has("m4.keras") && !folder.has("backup"))
    let epochs = String(decoding: folder.contents(of: "log.csv") ?? Data(), as: UTF8.self).split(separator: "\r\n").map {
      $0.prefix(1)
    }
    #expect(epochs == ["e", "0", "1", "2", "3"])
  }

  /// An end hook that asks is told whose failure it was.
  @Test func aFailureIsToldWithItsCallback() throws {
    let folder = Program.Folder()
    let script = """
      callback Failing { on epoch_end(epoch) { raise ValueError("it had to") } }
      callback Asking { on train_end(logs, end) { print(end.reason, end.by) } }
      fit net on (x, y) { callbacks = [Failing(), Asking()] }
      """
    try folder.write(Self.model + script, to: "a.train")
    let ending = try Program.run(["a.train", "--quiet"], in: folder)
    #expect(ending.status == 1 && ending.output.hasSuffix("failed Failing\n"), "\(ending)")
  }

  /// What Keras 2 called otherwise is told with what it is now.
  @Test func periodsAreFrequenciesNow() throws {
    let folder = Program.Folder()
    try folder.write(Self.model + "fit net on (x, y) { callbacks = [ModelCheckpoint(\"m.keras\", period=5)] }", to: "a.train")
    let ending = try Program.run(["check", "a.train"], in: folder)
    #expect(ending.status == 2 && ending.errors.contains("write `save_freq=\"5 epochs\"`"), "\(ending.errors)")
  }

  /// The same for a schedule that gives no rate.
  @Test func aScheduleThatGivesNoRateLosesNothing() throws {
    for (rate, told) in [("float(\"nan\") if epoch == 2 else lr", "nan"), ("lr - 0.0004", "-0.00019")] {
      let folder = Program.Folder()
      let fit = """
        fit net on (x, y) {
            epochs = 4
            callbacks = [ModelCheckpoint("last.keras"), BackupAndRestore("backup"), LearningRateScheduler(lambda epoch, lr: \(rate))]
        }
        """
      try folder.write(Self.model + fit, to: "a.train")
      let failed = try Program.run(["a.train", "--quiet"], in: folder)
      #expect(failed.status == 1)
      #expect(
        failed.errors.contains(
          "`LearningRateScheduler` cannot go on in epoch 3: its schedule should give a rate of 0 or more, but gave \(told)"))
      #expect(folder.has("backup") && folder.has("last.keras"))
    }
  }
}
