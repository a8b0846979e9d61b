import Foundation
import Glibc
import Testing

/// Whole runs of the program.
@Suite struct RunTests {
  static let digits = Program.root + "/examples/digits.train"

  @Test func theDigitsAreLearnt() throws {
    let folder = Program.Folder()
    let ending = try Program.run(["run", Self.digits], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    for name in ["best.keras", "log.csv", "curves.svg"] { #expect(folder.has(name)) }
    #expect(!folder.has("backup"), "the script ended well, so its backup is gone")
    let log = String(decoding: try #require(folder.contents(of: "log.csv")), as: UTF8.self)
    #expect(log.hasPrefix("epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\r\n"))
  }

  @Test func aHistoryMayBeAmongTheCallbacks() throws {
    let folder = Program.Folder()
    let script = """
      h = History()
      model net {
          Input((1,))
          Dense(1)
          compile { optimizer = "sgd"; loss = "mse" }
      }
      given = fit net on (zeros((4, 1)), zeros((4, 1))) { epochs = 3; verbose = 0; callbacks = [h] }
      print(h.epoch, list(h.history), h.history == given.history, h.params["epochs"])
      """
    try folder.write(script, to: "a.train")
    let ending = try Program.run(["a.train", "--seed", "1"], in: folder)
    #expect(ending.output == "[0, 1, 2] ['loss'] True 3\n", "\(ending.errors)")
  }

  /// Everything a run leaves that is not a time of day.
  private func results(in folder: Program.Folder) -> [String: Data] {
    var results: [String: Data] = [:]
    for name in folder.names where name.hasSuffix(".csv") || name.hasSuffix(".npy") { results[name] = folder.contents(of: name) }
    return results
  }

  @Test func threadsDoNotChangeABit() throws {
    var logs: [Data?] = []
    for threads in ["1", "2", "3"] {
      let folder = Program.Folder()
      #expect(try Program.run([Self.digits, "--threads", threads, "--quiet"], in: folder).status == 0)
      logs.append(folder.contents(of: "log.csv"))
    }
    #expect(logs[0] != nil && logs[0] == logs[1] && logs[1] == logs[2])
  }

  /// The check foretells it where it knows how large batches are; else the run does, before the first epoch.
  @Test(arguments: [(rows: "1_000_000", status: 2), (rows: "1_000_000 + int(wide.get_weights()[0][0, 0] * 0)", status: 1)])
  func aStepThatMemoryCannotHoldIsToldBeforeTraining(_ batch: (rows: String, status: Int32)) throws {
    let folder = Program.Folder()
    let script = """
      model wide {
          Input((1,))
          Dense(2_000_000, activation="relu", name="broad")
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      rows = \(batch.rows)
      fit wide on (zeros((rows, 1)), zeros((rows, 1))) { batch_size = rows; callbacks = [CSVLogger("log.csv")] }
      """
    try folder.write(script, to: "wide.train")
    let ending = try Program.run(["run", "wide.train"], in: folder)
    #expect(ending.status == batch.status)
    let says = batch.status == 2 ? ["`wide` takes 8.00 TB", "for `broad`"] : ["`wide` cannot be trained here", "`broad`'s"]
    #expect(says.allSatisfy(ending.errors.contains), "\(ending.errors)")
    #expect(!ending.output.contains("Epoch") && !folder.has("log.csv"))
  }

  /// Half a point of accuracy, in the mean of five seeds: from seed to seed the two differ by 0.3 points (one picture in 360), so their
  /// mean by 0.13, while the accuracy itself moves by 0.8. `scripts/precision` does the same with 60,000 pictures of 28×28.
  @Test func mixedPrecisionTrainsAsWell() throws {
    func run(seed: Int, _ precision: String) throws -> (accuracy: Double, log: Data?) {
      let folder = Program.Folder()
      let script = """
        settings { precision = "\(precision)" }
        digits = load_digits()
        model m {
            Input((8, 8))
            Rescaling(1 / 16)
            Reshape((8, 8, 1))
            UpSampling2D(3)
            Conv2D(16, 3, activation="relu")
            MaxPooling2D()
            Conv2D(32, 3, activation="relu")
            MaxPooling2D()
            Flatten()
            Dropout(0.5)
            Dense(10, activation="softmax")
            compile { optimizer = Adam(3e-3); loss = "sparse_categorical_crossentropy"; metrics = ["accuracy"] }
        }
        fit m on digits.train { epochs = 6; batch_size = 64; callbacks = [CSVLogger("log.csv")] }
        print("accuracy", m.evaluate(digits.test, verbose=0)[1])
        """
      try folder.write(script, to: "m.train")
      let ending = try Program.run(["run", "--quiet", "--seed", "\(seed)", "m.train"], in: folder)
      #expect(ending.status == 0, "\(ending.errors)")
      let line = ending.output.split(separator: "\n").first { $0.hasPrefix("accuracy ") }
      return (100 * (try #require(line.flatMap { Double($0.dropFirst(9)) })), folder.contents(of: "log.csv"))
    }
    var differences: [Double] = []
    for seed in 1...5 {
      let (single, mixed) = (try run(seed: seed, "float32"), try run(seed: seed, "mixed_bfloat16"))
      #expect(single.accuracy > 93)
      if hasBFloat16 { #expect(single.log != mixed.log, "operands are rounded") }
      differences.append(mixed.accuracy - single.accuracy)
    }
    #expect(abs(differences.reduce(0, +) / 5) <= 0.5, "\(differences)")
  }

  /// Whether the processor multiplies bfloat16, as Linux tells.
  private var hasBFloat16: Bool {
    ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "").contains("avx512_bf16")
  }

  @Test func aProfileTellsLayersRatesAndCallbacks() throws {
    let folder = Program.Folder()
    let ending = try Program.run(["run", "--profile", "--quiet", Self.digits], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    let lines = (ending.output + ending.errors).split(separator: "\n")
    let heads = lines.map { $0.split(separator: " ").first ?? "" }
    for name in ["layer", "dense", "loss", "all", "callback", "CSVLogger"] { #expect(heads.contains { $0 == name }, "\(name)") }
    // The parts are the whole: lines of layers add up to `all`, in µs a batch.
    let table = lines.drop { !$0.hasPrefix("layer") }.dropFirst().prefix { !$0.hasPrefix("callback") }
    func microseconds(_ line: Substring) -> Double {
      let words = line.split(separator: " ")
      return words.firstIndex(of: "%").flatMap { Double(words[$0 + 1]) } ?? 0
    }
    let layers = table.filter { !$0.hasPrefix(" ") && !$0.hasPrefix("all") }.reduce(0) { $0 + microseconds($1) }
    let all = table.first { $0.hasPrefix("all") }.map(microseconds) ?? 0
    #expect(all > 0 && abs(layers - all) < 0.05 * all + 1, "\(layers) of \(all)")
    #expect(lines.contains { $0.hasPrefix("These threads reach ") && $0.contains("GFLOP/s") })
  }

  @Test func aKilledRunGoesOnToTheSameEnd() throws {
    let whole = Program.Folder()
    #expect(try Program.run([Self.digits, "--quiet"], in: whole).status == 0)
    let folder = Program.Folder()
    for milliseconds in [60, 250, 400, 700] {
      let running = try Program.start([Self.digits, "--quiet"], in: folder)
      Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
      kill(running.process.processIdentifier, SIGKILL)
      _ = running.wait()
    }
    let ending = try Program.run([Self.digits, "--quiet"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(folder.contents(of: "log.csv") == whole.contents(of: "log.csv"))
    #expect(results(in: folder) == results(in: whole))
  }

  /// What recurrent layers carry from batch to batch is in a backup, too, in the middle of an epoch.
  @Test func aKilledRunGoesOnWithTheStatesOfItsLayers() throws {
    let script = """
      settings { seed = 7 }
      digits = load_digits()
      (x, y) = (digits.train.x[:1280] / 16, digits.train.y[:1280])
      model m {
          Input((8, 8))
          LSTM(12, stateful=True, return_sequences=True, dropout=0.1)
          Bidirectional(GRU(6, stateful=True))
          Dense(10, activation="softmax")
          compile { optimizer = Adam(3e-3); loss = "sparse_categorical_crossentropy" }
      }
      h = fit m on (x, y) {
          epochs = 4; batch_size = 16; shuffle = False; validation_split = 0.2; verbose = 0
          callbacks = [BackupAndRestore("backup", save_freq=9), CSVLogger("log.csv")]
      }
      expect h.epoch == [0, 1, 2, 3]
      p = predict m on x[:32] { batch_size = 16; verbose = 0 }
      print(p.sum(axis=0).tolist())
      """
    let (whole, folder) = (Program.Folder(), Program.Folder())
    for folder in [whole, folder] { try folder.write(script, to: "script.train") }
    let expected = try Program.run(["script.train"], in: whole)
    #expect(expected.status == 0, "\(expected.errors)")
    var kills = 0
    for _ in 0..<3 {
      let known = backups(in: folder)
      let running = try Program.start(["script.train"], in: folder)
      // It dies a little after it has written a backup.
      while running.process.isRunning, backups(in: folder) == known {
        Thread.sleep(forTimeInterval: 0.005)
      }
      if running.process.isRunning { kills += 1 }
      kill(running.process.processIdentifier, SIGKILL)
      _ = running.wait()
      if folder.has("log.csv"), !folder.has("backup") { break }
    }
    let ending = try Program.run(["script.train"], in: folder)
    #expect(kills > 0 && ending.status == 0, "\(ending.errors)")
    #expect(ending.output.split(separator: "\n").last == expected.output.split(separator: "\n").last)
    #expect(folder.contents(of: "log.csv") == whole.contents(of: "log.csv"))
  }

  private func backups(in folder: Program.Folder) -> Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")) ?? [])
  }

  /// Two processes: the second is refused, whatever it calls the folder, and harms nothing; a dead one holds nothing.
  @Test func aSecondRunInABackupFolderIsRefused() throws {
    let folder = Program.Folder()
    func script(_ backup: String) -> String {
      """
      settings { seed = 3 }
      n = 1_000_000
      print("its data is read")
      model m {
          Input((1,))
          Dense(1)
          compile { optimizer = "sgd"; loss = "mse" }
      }
      h = fit m on (ones((8, 1)), zeros((8, 1))) {
          epochs = n; batch_size = 1; verbose = 0; callbacks = [BackupAndRestore("\(backup)"), CSVLogger("log.csv")]
      }
      """
    }
    let other = folder.path + "/other"
    try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: folder.path + "/backup")
    for (name, backup) in [("a", "backup"), ("b", other)] { try folder.write(script(backup), to: name + ".train") }
    let first = try Program.start(["a.train"], in: folder)
    let pid = first.process.processIdentifier
    let deadline = Date(timeIntervalSinceNow: 30)
    while first.process.isRunning, Date() < deadline, (folder.contents(of: "log.csv")?.count ?? 0) < 400 {
      Thread.sleep(forTimeInterval: 0.01)
    }
    for (name, backup) in [("a", "backup"), ("b", other)] {
      let elsewhere = Program.Folder()
      let second = try Program.run([folder.path + "/\(name).train", "--set", "n=2"], in: name == "a" ? folder : elsewhere)
      #expect(second.status == 1)
      #expect(second.errors.contains("`\(backup)`: another run (process \(pid)) is using it"), "\(second.errors)")
      #expect(second.errors.contains("BackupAndRestore("), "its place is shown")
      #expect(second.output.isEmpty, "it is told before anything is done")
    }
    #expect(first.process.isRunning)
    kill(pid, SIGKILL)
    #expect(first.wait().status == -SIGKILL)
    let rows = String(decoding: try #require(folder.contents(of: "log.csv")), as: UTF8.self).split(separator: "\r\n").dropFirst()
    #expect(rows.prefix(9).map { $0.prefix(2) } == (0..<9).map { "\($0)," }, "the second has written nothing into its table")
    let again = try Program.run(["a.train", "--set", "n=\(rows.count + 2)"], in: folder)
    #expect(again.status == 0 && again.output.contains("Going on from the backup"), "\(again.errors)")
  }

  /// Between the beginning and the first save a log has grown: it is cut back, though another run's rows stand before.
  @Test func aRunKilledBeforeItsFirstSaveLeavesNothingTwice() throws {
    let folder = Program.Folder()
    let script = """
      settings { seed = 3 }
      n = 3
      model m {
          Input((4,))
          Dense(3, activation="relu")
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      fit m on (ones((64, 4)), zeros((64,))) {
          epochs = n; verbose = 0
          callbacks = [BackupAndRestore("backup", save_freq="10 minutes"), CSVLogger("log.csv", append=True), TensorBoard("logs")]
      }
      """
    try folder.write(script, to: "script.train")
    let running = try Program.start(["script.train", "--set", "n=1000000"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    while running.process.isRunning, Date() < deadline, (folder.contents(of: "log.csv")?.count ?? 0) < 400 {
      Thread.sleep(forTimeInterval: 0.01)
    }
    kill(running.process.processIdentifier, SIGKILL)
    #expect(running.wait().status == -SIGKILL)
    let ending = try Program.run(["script.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    let rows = String(decoding: folder.contents(of: "log.csv") ?? Data(), as: UTF8.self).split(separator: "\r\n")
    #expect(rows.map { $0.prefix(2) } == ["ep", "0,", "1,", "2,"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/logs/train").count == 1)
  }

  @Test func aRunThatGoesOnKeepsTheSeedItDrew() throws {
    let folder = Program.Folder()
    let script = """
      d = load_digits()
      model m {
          Input((8, 8))
          Flatten()
          Dense(10, activation="softmax")
          compile { optimizer = "adam"; loss = "sparse_categorical_crossentropy" }
      }
      h = fit m on d.train { epochs = 3; verbose = 0; callbacks = [BackupAndRestore("backup"), CSVLogger("log.csv")] }
      print(f"END {h.params['seed']} {h.history}")
      expect 1 > 2, "the backup stays"

      """
    try folder.write(script, to: "script.train")
    let first = try Program.run(["script.train"], in: folder)
    let second = try Program.run(["script.train"], in: folder)
    #expect(first.status == 1 && second.status == 1, "\(second.errors)")
    func end(_ ending: Program.Ending) -> Substring? { ending.output.split(separator: "\n").first { $0.hasPrefix("END") } }
    #expect(end(first) != nil && end(first) == end(second), "\(second.errors)")
  }

  /// An epoch of more examples than before goes through all of them.
  @Test func otherExamplesAreAllTrained() throws {
    let folder = Program.Folder()
    func run(epochs: Int, split: Double) throws -> String {
      try folder.write(
        """
        settings { seed = 3 }
        x = np.arange(400).reshape(100, 4) / 400
        model m { Input((4,)); Dense(1); compile { optimizer = "sgd"; loss = "mse" } }
        callback Count {
            batches = 0
            on epoch_begin(epoch) { batches = 0 }
            on train_batch_end(batch, logs) { batches += 1 }
            on epoch_end(epoch, logs) { print(f"BATCHES {batches}") }
        }
        fit m on (x, x[:, :1]) {
            epochs = \(epochs)
            verbose = 0
            batch_size = 10
            validation_split = \(split)
            callbacks = [Count(), BackupAndRestore("b")]
        }
        expect 1 > 2
        """, to: "script.train")
      return try Program.run(["script.train"], in: folder).output
    }
    #expect(try run(epochs: 1, split: 0.2) == "BATCHES 8\n")
    let more = try run(epochs: 3, split: 0.1)
    #expect(more.contains("\n  `validation_split`: `0.2` → `0.1`\n") && more.hasSuffix("BATCHES 9\nBATCHES 9\n"), "\(more)")
  }

  @Test func aRunIsVerifiedByItsResult() throws {
    let folder = Program.Folder()
    func write(units: Int = 16, scale: Double = 1) throws {
      try folder.write(
        """
        d = load_digits()
        model m {
            Input((8, 8))
            Rescaling(\(scale))
            Flatten()
            Dense(\(units), activation="relu")
            Dropout(0.2)
            Dense(10, activation="softmax")
            compile { optimizer = Adam(3e-3); loss = "sparse_categorical_crossentropy" }
        }
        h = fit m on d.train { epochs = 2; verbose = 0; callbacks = [CSVLogger("log.csv"), BackupAndRestore("b")] }
        print(h.history)
        """, to: "script.train")
    }
    try write()
    let run = try Program.run(["script.train", "--seed", "5"], in: folder)
    #expect(run.status == 0 && !run.output.contains("sha256"))
    #expect(run.errors.hasPrefix("result sha256:") && run.errors.contains(" (seed 5, kernels "), "\(run.errors)")
    #expect(try Program.run(["script.train", "--seed", "5", "--quiet"], in: folder).errors.isEmpty)
    try folder.write("epoch 1 …\n\(run.errors)", to: "run.log")
    for (result, threads) in [(run.errors, "1"), ("run.log", "2")] {
      let same = try Program.run(["verify", "script.train", result, "--threads", threads], in: folder)
      #expect(same.status == 0 && same.output.hasPrefix("the same: sha256:") && same.errors.isEmpty, "\(same)")
    }
    // Another seed gives other weights and so another history; the plan and the data stay.
    let otherSeed = run.errors.replacingOccurrences(of: "seed 5", with: "seed 6")
    let other = try Program.run(["verify", "script.train", otherSeed], in: folder)
    #expect(other.status == 1 && other.output == "not the same: weights, history differ\n", "\(other)")
    try write(scale: 0.5)
    let changed = try Program.run(["verify", "script.train", "run.log"], in: folder)
    #expect(changed.output.hasPrefix("not the same: plan, weights, history differ\nnote: the script means something else"))
    let nothing = try Program.run(["verify", "script.train", "nothing"], in: folder)
    #expect(nothing.errors.contains("`nothing` is no line `result sha256:…`"))
    // A run that is not over is not disturbed.
    try folder.write(
      String(decoding: try #require(folder.contents(of: "script.train")), as: UTF8.self) + "\nexpect 1 > 2\n", to: "script.train")
    #expect(try Program.run(["script.train", "--seed", "5"], in: folder).status == 1)
    #expect(
      try Program.run(["verify", "script.train", "run.log"], in: folder).errors.contains("the backup in `b` is of a training"))
    #expect(folder.has("b"))
  }

  @Test func aScriptThatHasChangedGoesOnWhereItCan() throws {
    let folder = Program.Folder()
    func run(
      epochs: Int = 2, units: Int = 16, rate: String = "3e-3", callbacks: String = "", log: String = "log",
      command: String = "run"
    ) throws
      -> Program.Ending
    {
      try folder.write(
        """
        settings { seed = 7 }
        d = load_digits()
        model m {
            Input((8, 8))
            Flatten()
            Dense(\(units), activation="relu", name="wide")
            Dense(10, activation="softmax")
            compile { optimizer = Adam(\(rate)); loss = "sparse_categorical_crossentropy" }
        }
        h = fit m on d.train { epochs = \(epochs); verbose = 0; callbacks = [\(callbacks)CSVLogger("\(log).csv"), BackupAndRestore("b")] }
        print(f"END {h.epoch} {m.optimizer.learning_rate:.4f}")
        expect 1 > 2, "the backup stays"
        """, to: "script.train")
      return try Program.run([command, "script.train"], in: folder)
    }
    #expect(try run().output == "END [0, 1] 0.0030\n")
    // More epochs are no change.
    #expect(try run(epochs: 3).output == "Going on from the backup in `b`, at epoch 3.\nEND [0, 1, 2] 0.0030\n")
    let faster = try run(epochs: 4, rate: "1e-3", callbacks: "EarlyStopping(monitor=\"loss\"), ")
    #expect(
      faster.output == """
        Going on from the backup in `b`, at epoch 4.
        The script has changed since it was written:
          `learning_rate`: `0.003` → `0.001`
          `EarlyStopping(monitor='loss')`, which is new
        END [0, 1, 2, 3] 0.0010

        """, "\(faster.errors)")
    #expect(
      try run(epochs: 4, rate: "2e-3").output == """
        The backup in `b` is complete: nothing is left to train.
        warning: what the script has changed since has no effect; delete the folder to train anew.
          `learning_rate`: `0.001` → `0.002`
          `EarlyStopping(monitor='loss')`, which is gone
        END [0, 1, 2, 3] 0.0010

        """)
    let list = try Program.run(["backups", "b"], in: folder)
    #expect(list.status == 0)
    #expect(list.output.contains("\n  `m`, complete after epoch 4, seed 7\n  last epoch: loss 0."))
    let kept = try Program.run(["backups", "b", "--script"], in: folder).output
    #expect(kept.hasPrefix("settings { seed = 7 }") && kept.contains("epochs = 4"))
    // What is known of one table says nothing of another.
    let table = folder.contents(of: "log.csv")
    let renamed = try run(epochs: 5, rate: "1e-3", log: "other")
    #expect(renamed.output.contains("\n  `CSVLogger(filename='other.csv')`, which is new\n"), "\(renamed.output)")
    #expect(renamed.output.contains("\n  `CSVLogger(filename='log.csv')`, which is gone\n"))
    #expect(folder.contents(of: "log.csv") == table)
    #expect(String(decoding: try #require(folder.contents(of: "other.csv")), as: UTF8.self).hasPrefix("epoch,loss\r\n4,"))
    // Other weights are a mistake, told by the check at their line; the backup is not touched.
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/b").sorted()
    for command in ["check", "run"] {
      let wider = try run(epochs: 6, units: 32, command: command)
      #expect(wider.status == 2)
      #expect(wider.errors.contains("`wide` has other weights: kernel 64×16, bias 16 in the backup, kernel 64×32, bias 32 now."))
      #expect(wider.errors.contains("script.train:6:5"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/b").sorted() == before)
    try folder.write("what", to: "b/99999999.backup")
    let damaged = try Program.run(["backups", "b"], in: folder)
    #expect(damaged.status == 1)
    #expect(damaged.output.hasPrefix("b/99999999.backup  4 bytes  20"))
    #expect(damaged.output.contains("damaged\n  it is not a backup\nb/"))
    #expect(try Program.run(["backups", "none"], in: folder).errors.contains("there is no such folder"))
  }

  @Test func whatAKilledRunLeftHalfWrittenIsRemoved() throws {
    let folder = Program.Folder()
    // No process has this number: it is above the largest that Linux gives.
    try folder.write("half", to: ".m.keras.99999999-1.partial")
    try folder.write("half", to: ".other.keras.99999999-1.partial")
    try folder.write(BadInputTests.network + "save m to \"m.keras\"\n", to: "script.train")
    #expect(try Program.run(["script.train", "--seed", "1"], in: folder).status == 0)
    #expect(folder.has("m.keras") && !folder.has(".m.keras.99999999-1.partial"))
    #expect(folder.has(".other.keras.99999999-1.partial"), "only what is written anew is tidied")
  }

  /// A validation that takes a minute, of one example a batch, stands for a batch that does.
  @Test(arguments: [SIGTERM, SIGHUP])
  func aPoliteSignalIsHeededWithinTenSeconds(signal: Int32) throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      model m {
          Input((4,))
          Dense(1024)
          Dense(1024)
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      fit m on (ones((64, 4)), zeros((64,))) {
          epochs = 2
          verbose = 0
          validation_data = (ones((2_000_000, 4)), zeros((2_000_000,)))
          validation_batch_size = 1
          validation_freq = 2
          callbacks = [BackupAndRestore("b"), CSVLogger("log.csv")]
      }
      """, to: "slow.train")
    let running = try Program.start(["slow.train"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    while running.process.isRunning, Date() < deadline,
      (folder.contents(of: "log.csv").map { $0.count { $0 == UInt8(ascii: "\n") } } ?? 0) < 2
    {
      Thread.sleep(forTimeInterval: 0.01)
    }
    let began = Date()
    kill(running.process.processIdentifier, signal)
    let ending = running.wait()
    #expect(ending.status == 130, "\(ending.errors)")
    #expect(Date().timeIntervalSince(began) < 13)
    #expect(folder.has("b"))
  }

  @Test func anInterruptedRunSaysHowToGoOn() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      n = 1000000
      model m {
          Input((4,))
          Dense(3, activation="relu")
          Dense(1)
          compile { optimizer = "adam"; loss = "mse" }
      }
      fit m on (ones((64, 4)), zeros((64,))) { epochs = n; verbose = 0; callbacks = [BackupAndRestore("backup"), CSVLogger("log.csv")] }
      """, to: "long.train")
    let running = try Program.start(["long.train"], in: folder)
    // Only a run that has logged an epoch is sure to be training; a run that never does is stopped by the deadline.
    let deadline = Date(timeIntervalSinceNow: 30)
    while running.process.isRunning, Date() < deadline, (folder.contents(of: "log.csv")?.count ?? 0) < 60 {
      Thread.sleep(forTimeInterval: 0.01)
    }
    running.process.interrupt()
    let ending = running.wait()
    #expect(ending.status == 130, "\(ending.errors)")
    #expect(ending.errors.contains("started again, it goes on from the backup in `backup`"), "\(ending.errors)")
    let again = try Program.run(["long.train", "--set", "n=1"], in: folder)
    #expect(again.status == 0, "\(again.errors)")
    #expect(!folder.has("backup"))
  }

  /// Ctrl-C when nothing is left to train, while the training's last hook runs: what has become of it is told, be it good or bad.
  @Test(arguments: [
    (
      "", 130,
      "train: interrupted after the training of line 7 (all epochs are done): everything that it saves is on the disk; "
        + "started again, the script goes on from there by the backup in `backup`\n"
    ), ("int(\"x\")", 1, "ValueError: invalid literal for int()"),
  ])
  func anInterruptionAfterTheLastEpochSaysWhatIsSaved(last: String, status: Int32, errors: String) throws {
    let folder = Program.Folder()
    let script = """
      settings { seed = 1 }
      model m {
          Input((4,))
          Dense(1)
          compile { optimizer = "sgd"; loss = "mse" }
      }
      fit m on (ones((64, 4)), zeros((64,))) {
          epochs = 2
          verbose = 0
          callbacks {
              BackupAndRestore("backup")
              CSVLogger("log.csv")
              ModelCheckpoint("m.keras")
              on train_end() {
                  print("at the end")
                  began = time()
                  for round in range(1_000_000) { if time() > began + SECONDS { break } }
                  LAST
              }
          }
      }
      print("goes on")

      """
    func write(seconds: Int, last: String) throws {
      try folder.write(script.replacing("SECONDS", with: "\(seconds)").replacing("LAST", with: last), to: "m.train")
    }
    try write(seconds: 3, last: last)
    let running = try Program.start(["m.train"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    while running.process.isRunning, Date() < deadline, folder.contents(of: ".output").map({ $0.isEmpty }) ?? true {
      Thread.sleep(forTimeInterval: 0.01)
    }
    running.process.interrupt()
    let ending = running.wait()
    #expect(ending.status == status && ending.output == "at the end\n" && ending.errors.contains(errors), "\(ending.errors)")
    #expect(folder.has("m.keras"))
    try write(seconds: 0, last: "")
    let again = try Program.run(["m.train"], in: folder)
    #expect(again.status == 0 && again.output.hasSuffix("goes on\n"), "\(again.output)\(again.errors)")
  }

  @Test(arguments: [
    ("1 + 1", "2\n"), ("[x * x for x in range(4)]", "[0, 1, 4, 9]\n"), ("f\"{3.14159:>8.3f}\"", "'   3.142'\n"),
    ("0.1 + 0.2", "0.30000000000000004\n"),
    ("{'a': (1,), 'b': None}", "{'a': (1,), 'b': None}\n"), ("1e-5", "1e-05\n"), ("7 // -2, 7 % -2, 2 ** -1", "(-4, -1, 0.5)\n"),
  ])
  func evalPrintsPythonsRepr(expression: String, value: String) throws {
    let ending = try Program.run(["eval", expression], in: Program.Folder())
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output == value)
  }

  @Test func whatAHookSavesBeforeItFailsStands() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      x = np.linspace(-1, 1, 24).reshape(12, 2).astype("float32")
      model net {
          Input((2,))
          Dense(1)
          compile { optimizer = SGD(0.1); loss = "mse" }
      }
      callback Rescue {
          on train_batch_end(batch, logs) {
              model.save("last.keras")
              raise ValueError("the loss explodes")
          }
      }
      fit net on (x, x[:, :1]) { callbacks = [Rescue()] }
      """, to: "a.train")
    let ending = try Program.run(["a.train", "--seed", "1"], in: folder)
    #expect(ending.status == 1)
    #expect(ending.errors.contains("`Rescue` cannot go on in epoch 1: ValueError: the loss explodes"))
    try folder.write("load_model(\"last.keras\").summary()\n", to: "b.train")
    #expect(try Program.run(["b.train"], in: folder).output.contains("dense"))
  }

  @Test func randomNumbersFollowFromTheSeed() throws {
    let folder = Program.Folder()
    try folder.write("print(np.random.rand(2))\nprint(np.random.normal(size=2))\n", to: "random.train")
    func output(_ options: String...) throws -> String { try Program.run(["random.train"] + options, in: folder).output }
    #expect(try output("--seed", "3") == output("--seed", "3"))
    #expect(try output("--seed", "3") != output("--seed", "4"))
    #expect(try output() != output(), "without a seed one is drawn")
  }

  /// What only a run can know is told before anything is trained, and `--strict` ends it there; in a loop, too.
  @Test(arguments: [false, true]) func whatOnlyARunFindsCountsWithStrict(_ isInLoop: Bool) throws {
    let fit = """
      fit m on (ones((8, 4)), ones((8, 1))) {
          epochs = 2
          verbose = 0
          callbacks = [EarlyStopping(monitor="loss", patience=n), CSVLogger("log.csv")]
      }
      """
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 1 }
      n = int(np.random.randint(50, 51))
      model m {
          Input((4,))
          Dense(1)
          compile { optimizer = "sgd"; loss = "mse" }
      }
      print("before")
      \(isInLoop ? "for i in range(1) {\n\(fit)\n}" : fit)
      print("after")

      """, to: "s.train")
    #expect(try Program.run(["check", "--strict", "s.train"], in: folder).status == 0, "the check cannot know it")
    let strict = try Program.run(["run", "--strict", "s.train"], in: folder)
    #expect(strict.status == 2 && strict.output == "before\n", "\(strict)")
    let warning = "warning: `EarlyStopping` can never stop the training here"
    #expect(strict.errors.components(separatedBy: warning).count == 2, "\(strict.errors)")
    #expect(folder.contents(of: "log.csv") == nil)
    let plain = try Program.run(["run", "s.train"], in: folder)
    #expect(plain.status == 0 && plain.output == "before\nafter\n" && folder.contents(of: "log.csv") != nil)
    #expect(plain.errors.components(separatedBy: warning).count == 2, "\(plain.errors)")
    // Silenced, it is none.
    let text = String(decoding: try #require(folder.contents(of: "s.train")), as: UTF8.self)
    try folder.write(text.replacing("\"log.csv\")]", with: "\"log.csv\")]  # allow: never-acts"), to: "s.train")
    #expect(try Program.run(["run", "--strict", "s.train"], in: folder).status == 0)
  }

  @Test func checkReadsNoData() throws {
    let folder = Program.Folder()
    let ending = try Program.run(["check", Self.digits, "--strict"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(folder.names.allSatisfy { $0.hasPrefix(".") })
  }

  @Test func planShowsWhatIsMeant() throws {
    let ending = try Program.run(["plan", Self.digits], in: Program.Folder())
    #expect(ending.status == 0, "\(ending.errors)")
    for word in ["model classifier", "Dense", "8×8", "EarlyStopping", "epochs"] {
      #expect(ending.output.contains(word), "\(word)")
    }
  }

  @Test func describeTellsOfEntries() throws {
    let folder = Program.Folder()
    let dense = try Program.run(["describe", "Dense"], in: folder)
    #expect(dense.status == 0 && dense.output.contains("units") && dense.output.contains("kernel_initializer"))
    let misspelt = try Program.run(["describe", "Dens"], in: folder)
    #expect(misspelt.status == 1 && misspelt.errors.contains("`Dense`"))
    #expect(try Program.run(["describe", "fit"], in: folder).output.contains("validation_split"))
    #expect(try Program.run(["describe"], in: folder).output.contains("EarlyStopping"))
    #expect(try Program.run(["describe", "mnist.load_data"], in: folder).output.contains("handwritten digits"))
  }

  @Test(arguments: [
    ["frobnicate", "x", "y"], ["run"], ["run", "a.train", "--threads", "0"], ["run", "a.train", "--set", "x"],
    ["run", "a.train", "--set", "x=1/"],
  ])
  func wrongUsageIs64(arguments: [String]) throws {
    #expect(try Program.run(arguments, in: Program.Folder()).status == 64)
  }

  @Test func misspeltCommandsAreNamed() throws {
    let ending = try Program.run(["chekc", "q.train"], in: Program.Folder())
    #expect(ending.status == 64 && ending.errors.contains("did you mean `check`?"), "\(ending.errors)")
  }

  @Test func explainTellsOfTrainingsThatWaitForTheRun() throws {
    let ending = try Program.run(["explain", Program.root + "/examples/wine.train"], in: Program.Folder())
    #expect(ending.status == 0 && ending.output.contains("is known when it is reached"), "\(ending.output)\(ending.errors)")
  }
}

/// Trainings on folders of images.
@Suite struct ImageFolderRunTests {
  private static let photos = Program.root + "/examples/photos"

  private func script(epochs: Int, more: String = "", callbacks: String = "") -> String {
    """
    settings { seed = 3 }
    data = image_dataset_from_directory("\(Self.photos)", image_size=(24, 20), batch_size=7, seed=4\(more))
    model m {
        Input((24, 20, 3))
        Rescaling(1/255)
        RandomFlip("horizontal")
        Conv2D(4, 3, activation="relu")
        Flatten()
        Dropout(0.2)
        Dense(2, activation="softmax")
        compile { optimizer = "adam"; loss = "sparse_categorical_crossentropy"; metrics = ["accuracy"] }
    }
    h = fit m on data { epochs = \(epochs); verbose = 0; callbacks = [\(callbacks)] }
    print(h.history["loss"])
    """
  }

  @Test func threadsDoNotChangeABit() throws {
    var outputs: Set<String> = []
    for threads in ["1", "2", "3"] {
      let folder = Program.Folder()
      try folder.write(script(epochs: 2), to: "a.train")
      let ending = try Program.run(["a.train", "--threads", threads], in: folder)
      #expect(ending.status == 0, "\(ending.errors)")
      outputs.insert(ending.output)
    }
    #expect(outputs.count == 1)
    #expect(outputs.first?.hasPrefix("Found 60 files belonging to 2 classes.\n[") == true)
  }

  /// It goes on with the image that comes next, in the order of its pass.
  @Test func aKilledRunGoesOnWithTheNextImages() throws {
    let (whole, folder) = (Program.Folder(), Program.Folder())
    let text = script(epochs: 6, callbacks: "BackupAndRestore(\"backup\", save_freq=1)")
    for folder in [whole, folder] { try folder.write(text, to: "a.train") }
    let expected = try Program.run(["a.train"], in: whole)
    var kills = 0
    for _ in 0..<6 {
      func newest() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")) ?? []
        return names.compactMap { $0.hasSuffix(".backup") ? Int($0.dropLast(7)) : nil }.max() ?? 0
      }
      let first = newest()
      let running = try Program.start(["a.train"], in: folder)
      while running.process.isRunning, newest() < first + 5 { Thread.sleep(forTimeInterval: 0.001) }
      if running.process.isRunning { kills += 1 }
      Glibc.kill(running.process.processIdentifier, SIGKILL)
      _ = running.wait()
    }
    let ending = try Program.run(["a.train"], in: folder)
    #expect(kills > 3 && ending.status == 0, "\(ending.errors)")
    #expect(ending.output.split(separator: "\n").last == expected.output.split(separator: "\n").last)
    #expect(ending.errors == expected.errors, "the digests are those of the run that was never killed")
  }

  @Test func imagesWithoutBatchesAreGivenBatchesAndSplit() throws {
    let folder = Program.Folder()
    let text =
      script(epochs: 1, more: ", shuffle=False").replacing("batch_size=7", with: "batch_size=None")
      .replacing("verbose = 0;", with: "verbose = 2; batch_size = 16; validation_split = 0.2;")
      + "\nprint(m.predict(data, verbose=0).shape, data.class_names, len(data), m.evaluate(data, verbose=0).loss > 0)"
    try folder.write(text, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.contains("3/3 - "), "\(ending.output)")
    #expect(ending.output.hasSuffix("(60, 2) ['birds', 'flowers'] 60 True\n"), "\(ending.output)")
  }

  /// What listings and headers tell is told by the check; the rest names the file.
  @Test func whatIsWrongIsTold() throws {
    let folder = Program.Folder()
    func ending(_ text: String) throws -> Program.Ending {
      try folder.write(text, to: "a.train")
      return try Program.run(["a.train"], in: folder)
    }
    let wrongShape = try ending(script(epochs: 1).replacing("Input((24, 20, 3))", with: "Input((24, 24, 3))"))
    #expect(wrongShape.status == 2 && wrongShape.errors.contains("24×20×3"), "\(wrongShape.errors)")
    let pixels = try ending(script(epochs: 1).replacing("    Rescaling(1/255)\n", with: ""))
    #expect(pixels.errors.contains("`m` is given pixels from 0 to 255"), "\(pixels.errors)")
    let wrongClasses = try ending(script(epochs: 1).replacing("Dense(2,", with: "Dense(1,"))
    #expect(wrongClasses.status == 2, "\(wrongClasses.errors)")
    let missing = try ending("d = image_dataset_from_directory(\"nowhere\")")
    #expect(missing.status == 2 && missing.errors.contains("there is no such folder"), "\(missing.errors)")
    try FileManager.default.createDirectory(atPath: folder.path + "/bad/a", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder.path + "/bad/b", withIntermediateDirectories: true)
    for name in ["a", "b"] {
      try FileManager.default.copyItem(atPath: Self.photos + "/birds/owl.jpg", toPath: folder.path + "/bad/\(name)/1.jpg")
    }
    try folder.write("no picture", to: "bad/b/2.png")
    let damaged = try ending(script(epochs: 1).replacing(Self.photos, with: "bad"))
    #expect(damaged.status != 0 && damaged.errors.contains("bad/b/2.png"), "\(damaged.errors)")
  }
}

/// Data that comes to something else in the run than could be known before.
@Suite struct OddPipelineTests {
  private func ending(_ lines: String) throws -> Program.Ending {
    let folder = Program.Folder()
    try folder.write(
      """
      settings { seed = 3 }
      d = load_digits().train
      model m { Input((8, 8)); Flatten(); Dense(10, activation="softmax"); compile { optimizer="sgd"; loss="sparse_categorical_crossentropy" } }
      \(lines)
      """, to: "a.train")
    return try Program.run(["a.train"], in: folder)
  }

  @Test(
    "nothing left is told, and no crash",
    arguments: [
      "m.fit(d.filter(lambda x, y: y > 100))", "m.predict(d.filter(lambda x, y: y > 100))",
      "m.fit(d, validation_data=d.filter(lambda x, y: y > 100))",
      "m.fit(d.filter(lambda x, y: y == 3).batch(512, drop_remainder=True))", "m.fit(d.take(10).batch(4).skip(3).unbatch())",
    ])
  func empty(_ line: String) throws {
    let ending = try ending(line)
    #expect(ending.status == 1 && ending.errors.contains("There are no examples"), "\(ending.status) \(ending.errors)")
  }

  @Test("a pass with fewer examples than the first is told")
  func otherPasses() throws {
    let ending = try ending("m.fit(d.take(10).batch(4).shuffle(3).take(2).unbatch(), batch_size=2, epochs=8, verbose=0)")
    #expect(ending.status == 1 && ending.errors.contains("put `shuffle` behind `unbatch`"), "\(ending.status) \(ending.errors)")
  }

  @Test(
    "more elements than can be counted are a mistake",
    arguments: [
      "repeat(20000000)", "batch(9000000000000)", "skip(2**62)", "repeat().take(2**40).filter(lambda x, y: True)",
      "repeat().take(2**40).cache()",
    ])
  func tooMany(_ call: String) throws {
    #expect(try ending("x = d.\(call)").status == 2)
  }

  @Test("very many elements are a failure only where each of them is counted")
  func veryMany() throws {
    let some = try ending("print([int(n) for n in Dataset.range(10**15).shuffle(10).take(3).map(lambda n: n // 12)])")
    #expect(some.status == 0 && some.output == "[0, 0, 0]\n", "\(some.errors)")
    let all = try ending("m.fit(d.repeat().take(2**40))")
    #expect(all.status == 1 && all.errors.contains("34359738368 batches are too many"), "\(all.errors)")
  }

  @Test("a cache knows which table a function has read")
  func captured() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      t = read_csv("scale.csv")
      ds = load_digits().train.map(lambda x, y: (x / t["s"][0], y)).take(3).cache("kept")
      print(max([float(x.max()) for x, y in ds]))
      """, to: "a.train")
    var outputs: [String] = []
    for scale in [2, 4, 4] {
      try folder.write("s\n\(scale)\n", to: "scale.csv")
      let ending = try Program.run(["a.train"], in: folder)
      #expect(ending.status == 0, "\(ending.errors)")
      outputs.append(ending.output)
    }
    #expect(outputs == ["8.0\n", "4.0\n", "4.0\n"])
  }
}

/// Folders in which not every file is whole.
@Suite struct DamagedImageFolderTests {
  private let folder = Program.Folder()

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(Program.root)/examples/photos/birds/\(name).jpg"))
  }

  /// Two classes of three photographs each, and files that are none.
  init() throws {
    for kind in ["a", "b"] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/bad/\(kind)", withIntermediateDirectories: true)
      for name in ["owl", "penguin", "pigeon"] {
        try bytes(name).write(to: URL(fileURLWithPath: "\(folder.path)/bad/\(kind)/\(name).jpg"))
      }
    }
    try folder.write("", to: "bad/a/empty.jpg")
    try folder.write("no picture", to: "bad/b/text.png")
    let owl = try bytes("owl")
    try owl.prefix(owl.count / 2).write(to: URL(fileURLWithPath: "\(folder.path)/bad/b/cut.jpg"))
  }

  private func run(_ arguments: String) throws -> Program.Ending {
    try folder.write(
      """
      data = image_dataset_from_directory("bad", image_size=(16, 16), batch_size=4, shuffle=False\(arguments))
      model m {
          Input((16, 16, 3))
          Flatten()
          Rescaling(1/255)
          Dense(2, activation="softmax")
          compile { optimizer = "adam"; loss = "sparse_categorical_crossentropy" }
      }
      fit m on data { epochs = 2; verbose = 0 }
      print(len(data), data.class_counts)
      """, to: "a.train")
    return try Program.run(["a.train", "--seed", "1"], in: folder)
  }

  @Test("what cannot be read ends the run, or is left out, counted and told")
  func leftOut() throws {
    let raising = try run("")
    #expect(raising.status != 0 && raising.errors.contains("bad/a/empty.jpg"), "\(raising.errors)")
    let skipping = try run(", on_error=\"skip\"")
    #expect(skipping.status == 0, "\(skipping.errors)")
    #expect(
      skipping.output == """
        Found 6 files belonging to 2 classes.
        warning: 3 files are left out: `bad/a/empty.jpg` (it is empty), `bad/b/cut.jpg` (it is cut short), `bad/b/text.png` (it is not \
        a picture: JPEG, PNG, BMP and GIF are read).
        2 [3, 3]

        """, "\(skipping.output)")
  }

  @Test("what is damaged behind the first look ends the run, and is said to be so")
  func changed() throws {
    try folder.write(
      """
      data = image_dataset_from_directory("bad", image_size=(16, 16), shuffle=False, on_error="skip", verbose=False)
      expect len(data.file_paths) == 6
      save_csv("bad/a/owl.jpg", [[1, 2]])
      for images, labels in data { print(images.shape) }
      """, to: "c.train")
    let ending = try Program.run(["c.train"], in: folder)
    #expect(ending.status == 1)
    #expect(
      ending.errors.contains("`bad/a/owl.jpg`: it is not a picture: JPEG, PNG, BMP and GIF are read; it looked whole when the"),
      "\(ending.errors)")
  }

  @Test("the check lists files that may be left out, and reads none of them")
  func listed() throws {
    try folder.write(
      """
      data = image_dataset_from_directory("bad", image_size=(16, 16), on_error="skip")
      expect len(data.file_paths) == 6, "three are left out"
      expect data.class_counts == [3, 3], "one here, two there"
      """, to: "b.train")
    let ending = try Program.run(["b.train"], in: folder)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(try Program.run(["check", "b.train"], in: folder).status == 0)
  }

  @Test("a picture with a damaged stretch is told once, when the run is over")
  func passedOver() throws {
    var owl = try bytes("owl")
    for place in owl.count / 2..<owl.count / 2 + 40 { owl[place] = 0 }
    try owl.write(to: URL(fileURLWithPath: "\(folder.path)/bad/a/owl.jpg"))
    let ending = try run(", on_error=\"skip\"")
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(ending.output.split(separator: "warning: `bad/a/owl.jpg` is damaged: ").count == 2, "\(ending.output)")
  }
}

/// Trainings on data that other data is made into.
@Suite struct PipelineRunTests {
  private func script(_ data: String, epochs: Int, settings: String = "", callbacks: String = "") -> String {
    """
    settings { seed = 3 }
    digits = load_digits()
    data = \(data)
    model m {
        Input((8, 8))
        Rescaling(1/16)
        Flatten()
        Dropout(0.2)
        Dense(10, activation="softmax")
        compile { optimizer = "adam"; loss = "sparse_categorical_crossentropy"; metrics = ["accuracy"] }
    }
    h = fit m on data { epochs = \(epochs); verbose = 0; callbacks = [\(callbacks)]; \(settings) }
    print(h.history["loss"])
    """
  }

  private static let pipelines = [
    ("digits.train.take(300).repeat(2).batch(32, drop_remainder=True).prefetch(3)", ""),
    (
      "digits.train.batch(8).map(lambda x, y: (GaussianNoise(0.5)(Rescaling(1/16)(x), training=True), y))", ""
    ),
    ("digits.train.batch(7).unbatch().skip(1100)", "batch_size = 20; validation_split = 0.1"),
    (
      "digits.train.batch(8).map(lambda x, y: (x + np.random.normal(size=x.shape), y)).prefetch(4)",
      "validation_data = digits.test.map(lambda x, y: (x * 2.0, y)).batch(50)"
    ),
    ("digits.train.shuffle(100, seed=5).batch(16).shuffle(20, reshuffle_each_iteration=False).cache().repeat(2)", ""),
    ("digits.train.map(lambda x, y: (x + np.random.normal(size=(8, 8)), y)).cache(\"c\").shuffle(2000)", "batch_size = 20"),
    ("digits.train.filter(lambda x, y: y < 5).map(lambda x, y: (x / 2.0, y)).skip(100)", "batch_size = 20"),
    ("Dataset.from_tensor_slices((digits.train.x + np.random.rand(), digits.train.y)).shuffle(100).batch(16)", ""),
    ("digits.train.take(100).repeat().batch(16)", "steps_per_epoch = 9; validation_data = digits.test.batch(50).take(3)"),
  ]

  @Test(arguments: pipelines) func threadsDoNotChangeABit(_ data: String, _ settings: String) throws {
    var outputs: Set<String> = []
    for threads in ["1", "2", "3"] {
      let folder = Program.Folder()
      try folder.write(script(data, epochs: 2, settings: settings), to: "a.train")
      let ending = try Program.run(["a.train", "--threads", threads], in: folder)
      #expect(ending.status == 0, "\(ending.errors)")
      outputs.insert(ending.output + ending.errors.replacing(/threads \d/, with: ""))
    }
    #expect(outputs.count == 1)
  }

  /// The next element is a function of its number and pass, so nothing tells the runs apart.
  @Test(arguments: pipelines) func aKilledRunGoesOnWithTheNextElements(_ data: String, _ settings: String) throws {
    let (whole, folder) = (Program.Folder(), Program.Folder())
    let text = script(data, epochs: 10, settings: settings, callbacks: "BackupAndRestore(\"backup\", save_freq=1)")
    for folder in [whole, folder] { try folder.write(text, to: "a.train") }
    let expected = try Program.run(["a.train"], in: whole)
    #expect(expected.status == 0, "\(expected.errors)")
    var kills = 0
    for _ in 0..<4 {
      func newest() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")) ?? []
        return names.compactMap { $0.hasSuffix(".backup") ? Int($0.dropLast(7)) : nil }.max() ?? 0
      }
      let first = newest()
      let running = try Program.start(["a.train"], in: folder)
      while running.process.isRunning, newest() < first + 5 { Thread.sleep(forTimeInterval: 0.001) }
      if running.process.isRunning { kills += 1 }
      Glibc.kill(running.process.processIdentifier, SIGKILL)
      _ = running.wait()
    }
    let ending = try Program.run(["a.train"], in: folder)
    #expect(kills > 1 && ending.status == 0, "\(ending.errors)")
    #expect(ending.output.split(separator: "\n").last == expected.output.split(separator: "\n").last)
    #expect(ending.errors == expected.errors, "the digests are those of the run that was never killed")
  }

  @Test func aCacheFileServesTheNextRun() throws {
    let folder = Program.Folder()
    func run(_ data: String) throws -> Program.Ending {
      try folder.write(script(data, epochs: 2), to: "a.train")
      return try Program.run(["a.train"], in: folder)
    }
    let noisy = "digits.train.map(lambda x, y: (x + np.random.normal(size=(8, 8)), y))"
    let first = try run("\(noisy).cache(\"noisy.cache\").batch(32)")
    let bytes = try #require(folder.contents(of: "noisy.cache"))
    let second = try run("\(noisy).cache(\"noisy.cache\").batch(32)")
    #expect(first.status == 0 && first.output == second.output && first.errors == second.errors)
    #expect(folder.contents(of: "noisy.cache") == bytes)
    let inMemory = try run("\(noisy).cache().batch(32)")
    #expect(inMemory.output == first.output)
    // Another function is other data.
    let other = try run("\(noisy.replacing("x +", with: "x -")).cache(\"noisy.cache\").batch(32)")
    #expect(other.status == 0 && other.output != first.output && folder.contents(of: "noisy.cache") != bytes)
  }

  /// What functions make is known before anything is read; what fails while it trains is told with its place.
  @Test func functionsOfElementsAreChecked() throws {
    func ending(_ text: String) throws -> Program.Ending {
      let folder = Program.Folder()
      try folder.write(text, to: "a.train")
      return try Program.run(["a.train"], in: folder)
    }
    let shaped = try ending(script("digits.train.map(lambda x, y: (x[:, 1:], y))", epochs: 1))
    #expect(shaped.status == 2 && shaped.errors.contains("takes 8×8, but each example is 8×7"), "\(shaped.errors)")
    let failing = "digits.train.batch(16).map(lambda x, y: (x / (1 if y.max() < 9 or x.sum() == 0 else np.zeros(3)), y))"
    let failed = try ending(script(failing, epochs: 1))
    #expect(failed.status == 1 && failed.errors.contains("The function of `map` fails on element"), "\(failed.errors)")
    #expect(failed.errors.contains("a.train:3:"), "\(failed.errors)")
    let unknown = try ending(
      script("digits.train.map(lambda x, y: (x[x[0, 0] < 99 and slice(0, 8) or slice(0, 7)], tf.cast(y, tf.float32)))", epochs: 1)
        + "\nprint(data, digits.train.map(lambda x, y: (x, tf.one_hot(y, 10))).batch(7))")
    #expect(unknown.status == 0 && unknown.output.contains("<Dataset of 206 batches>"), "\(unknown.errors)")
  }

  @Test func lengthsAndNamesAreKept() throws {
    let folder = Program.Folder()
    try folder.write(
      """
      photos = image_dataset_from_directory("\(Program.root)/examples/photos", image_size=(8, 8), batch_size=7, verbose=False)
      print(len(photos), len(photos.unbatch()), len(photos.take(2)), len(photos.skip(-1)), photos.take(2).class_names == photos.class_names)
      rest, part = photos.unbatch().split(0.25)
      print(len(rest), len(part), len(rest.batch(10, drop_remainder=True)), part.class_names == photos.class_names)
      print(photos.repeat(), tf.data.AUTOTUNE, tf.data.experimental.AUTOTUNE, AUTOTUNE)
      """, to: "a.train")
    let ending = try Program.run(["a.train"], in: folder)
    #expect(
      ending.output == """
        9 60 2 0 True
        45 15 4 True
        <Dataset of endless batches> -1 -1 -1

        """, "\(ending.output)\(ending.errors)")
  }
}

/// Runs that are killed, changed and started again: what has changed is told, and no result is claimed that no script comes to.
@Suite struct ChangedRunTests {
  /// A training that is killed in its first epochs, with a backup every third batch; `before` stands before the model, `after` behind it.
  private func script(before: String = "", after: String = "", epochs: Int = 40, callbacks: String = "") -> String {
    """
    settings { seed = 3 }
    x = np.random.default_rng(3).normal(size=(200, 64))
    y = x[:, 0] * 2.0
    \(before)
    model m {
        Input((64,))
        Dense(8, activation="relu", name="first")
        Dense(1)
        compile { optimizer = "sgd"; loss = "mse" }
    }
    \(after)
    fit m on (x, y) {
        epochs = \(epochs); batch_size = 8; verbose = 0
        callbacks = [BackupAndRestore("backup", save_freq=3)\(callbacks)]
    }
    """
  }

  /// Kills the run after a backup in the middle of an epoch.
  private func kill(_ text: String, in folder: Program.Folder, after backups: Int = 4) throws {
    try folder.write(text, to: "a.train")
    let running = try Program.start(["a.train"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    func newest() -> Int {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")) ?? []
      return names.compactMap { $0.hasSuffix(".backup") ? Int($0.dropLast(7)) : nil }.max() ?? 0
    }
    let first = newest()
    while running.process.isRunning, Date() < deadline, newest() < first + backups { Thread.sleep(forTimeInterval: 0.002) }
    Glibc.kill(running.process.processIdentifier, SIGKILL)
    _ = running.wait()
  }

  private func run(_ text: String, in folder: Program.Folder) throws -> Program.Ending {
    try folder.write(text, to: "a.train")
    return try Program.run(["a.train"], in: folder)
  }

  private func endless(_ after: String = "", callbacks: String = "") -> String {
    script(after: after, epochs: 1_000_000, callbacks: callbacks)
  }

  @Test("another seed is told at its line, before anything runs")
  func anotherSeed() throws {
    let folder = Program.Folder()
    try kill(endless(), in: folder)
    let ending = try run(endless().replacing("seed = 3", with: "seed = 4"), in: folder)
    #expect(ending.status == 2)
    #expect(ending.errors.contains("a.train:1:19") && ending.errors.contains("it was made with seed 3"), "\(ending.errors)")
    #expect(ending.errors.contains("`seed`: `3` → `4`; take it back"), "\(ending.errors)")
  }

  @Test func anUnchangedRunComesToItsResult() throws {
    let (whole, folder) = (Program.Folder(), Program.Folder())
    let expected = try run(script(epochs: 300), in: whole)
    try kill(endless(), in: folder)
    let ending = try run(script(epochs: 300), in: folder)
    #expect(ending.status == 0 && ending.output.contains("Going on") && !ending.output.contains("has changed"))
    #expect(ending.errors.contains("result sha256:") && ending.errors == expected.errors)
  }

  @Test func aRateThatIsSetBeforeTheTrainingCounts() throws {
    let folder = Program.Folder()
    try kill(endless("m.optimizer.learning_rate = 0.02"), in: folder)
    let ending = try run(
      script(after: "m.optimizer.learning_rate = 0.5", epochs: 2) + "\nprint(m.optimizer.learning_rate)", in: folder)
    #expect(ending.output.contains("the learning rate before the training: 0.02 → 0.5"), "\(ending.output)\(ending.errors)")
    #expect(ending.output.hasSuffix("0.5\n"))
    #expect(!ending.errors.contains("result sha256:"))
  }

  @Test func otherWeightsBeforeTheTrainingAreTold() throws {
    let folder = Program.Folder()
    try kill(endless(), in: folder)
    let ending = try run(script(after: "m.set_weights([w * 2 for w in m.get_weights()])", epochs: 300), in: folder)
    #expect(ending.status == 0 && ending.output.contains("the weights before the training are others"), "\(ending.output)")
    #expect(!ending.errors.contains("result sha256:"))
  }

  /// Rows in another order are other data, and within an epoch that is a mistake.
  @Test func otherDataWithinAnEpochIsRefused() throws {
    let folder = Program.Folder()
    try kill(endless(), in: folder)
    let ending = try run(script(before: "x = x[::-1]", epochs: 300), in: folder)
    #expect(ending.status != 0 && (ending.errors + ending.output).contains("within an epoch"), "\(ending.errors)\(ending.output)")
  }

  /// A table of as many rows with other numbers.
  @Test func aFileWithOtherNumbersIsOtherData() throws {
    let folder = Program.Folder()
    func table(_ factor: Int) throws {
      try folder.write("a,b\n" + (0..<64).map { "\($0),\($0 * factor % 7)\n" }.joined(), to: "t.csv")
    }
    func script(_ epochs: Int) -> String {
      """
      settings { seed = 3 }
      model m {
          Input((1,))
          Dense(1)
          compile { optimizer = SGD(1e-5); loss = "mse" }
      }
      fit m on read_csv("t.csv", target="b") { epochs = \(epochs); verbose = 0; callbacks = [BackupAndRestore("backup")] }
      """
    }
    try table(1)
    try kill(script(1_000_000), in: folder)
    try table(2)
    let ending = try run(script(1_000_001), in: folder, stoppingWhenItGoesOn: true)
    #expect(ending.output.contains("the data has other numbers in it"), "\(ending.output)\(ending.errors)")
  }

  /// Starts a run, and ends it as Ctrl-C does when it has gone on from its backup.
  private func run(_ text: String, in folder: Program.Folder, stoppingWhenItGoesOn: Bool) throws -> Program.Ending {
    try folder.write(text, to: "a.train")
    let running = try Program.start(["a.train"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    while running.process.isRunning, Date() < deadline,
      !(folder.contents(of: ".output").map { String(decoding: $0, as: UTF8.self) } ?? "").contains("Going on")
    {
      Thread.sleep(forTimeInterval: 0.005)
    }
    Thread.sleep(forTimeInterval: 0.1)
    Glibc.kill(running.process.processIdentifier, SIGINT)
    return running.wait()
  }

  /// What two scripts have come to stays theirs, through any number of kills.
  @Test func aRunOfTwoScriptsStaysOne() throws {
    let folder = Program.Folder()
    try kill(endless(), in: folder)
    let changed = endless().replacing("optimizer = \"sgd\"", with: "optimizer = SGD(0.02)")
    try kill(changed, in: folder)
    let ending = try run(changed.replacing("epochs = 1000000", with: "epochs = 400"), in: folder)
    #expect(ending.status == 0 && !ending.output.contains("has changed"), "\(ending.output)")
    #expect(!ending.errors.contains("result sha256:"))
  }

  @Test func fewerEpochsThanTheBackupHasAreTold() throws {
    let folder = Program.Folder()
    try kill(endless(), in: folder, after: 40)
    let ending = try run(script(epochs: 1), in: folder)
    #expect(ending.status == 0 && ending.output.contains("warning: `epochs` is 1, and the backup"), "\(ending.output)")
    #expect(!ending.errors.contains("result sha256:"))
  }

  @Test func howBackupsAreKeptChangesNothing() throws {
    let folder = Program.Folder()
    try kill(endless(), in: folder)
    let changed = script(epochs: 300).replacing(
      "\"backup\", save_freq=3", with: "\"./backup\", save_freq=5, double_checkpoint=True")
    let ending = try run(changed, in: folder)
    #expect(ending.status == 0 && !ending.output.contains("has changed"), "\(ending.output)")
    #expect(ending.errors.contains("result sha256:"))
  }

  /// The first run's decisions are its own, and its backup too, as long as it runs.
  @Test func aRefusedRunTakesNothing() throws {
    let folder = Program.Folder()
    let slow =
      script(epochs: 3, callbacks: ", ReduceLROnPlateau(monitor=\"loss\", patience=1, min_delta=100.0)")
      + "\nfor i in range(3000) { evaluate m on (x, y) { verbose = 0 } }\nprint(\"END\")"
    try folder.write(slow, to: "a.train")
    let first = try Program.start(["a.train"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    while first.process.isRunning, Date() < deadline,
      !(folder.contents(of: "a.decisions.jsonl").map { String(decoding: $0, as: UTF8.self) } ?? "").contains("is over")
    {
      Thread.sleep(forTimeInterval: 0.01)
    }
    let decisions = folder.contents(of: "a.decisions.jsonl")
    #expect(decisions != nil && first.process.isRunning, "its training is over, and it evaluates")
    let second = try Program.run(["a.train"], in: folder)
    #expect(second.status == 1 && second.errors.contains("another run (process \(first.process.processIdentifier)) is using it"))
    #expect(folder.contents(of: "a.decisions.jsonl") == decisions)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")
    #expect(names.contains { $0.hasSuffix(".backup") })
    Glibc.kill(first.process.processIdentifier, SIGKILL)
    _ = first.wait()
    let again = try Program.run(["a.train"], in: folder)
    #expect(again.status == 0 && again.output.contains("is complete"), "\(again.output)\(again.errors)")
  }

  /// Between trainings, too, whoever ends a run is told how to go on.
  @Test func aSignalAfterATrainingSaysHowToGoOn() throws {
    let folder = Program.Folder()
    let busy = script(epochs: 1) + "\nfor i in range(5000) { evaluate m on (x, y) { verbose = 0 } }"
    try folder.write(busy, to: "a.train")
    let running = try Program.start(["a.train", "--seed", "1"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 30)
    func isTrained() -> Bool {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")) ?? []
      return names.contains { $0.hasSuffix(".backup") } && names.contains { $0.hasPrefix("00000010") }
    }
    while running.process.isRunning, Date() < deadline, !isTrained() { Thread.sleep(forTimeInterval: 0.01) }
    Thread.sleep(forTimeInterval: 0.5)
    Glibc.kill(running.process.processIdentifier, SIGINT)
    let ending = running.wait()
    #expect(ending.status == 130)
    #expect(ending.errors.contains("started again, the script goes on from there by the backup in `backup`"), "\(ending.errors)")
  }

  /// What is typed goes on with the order of the examples in which it was begun, whatever was typed before it.
  @Test func aTypedTrainingGoesOnInItsOrder() throws {
    let folder = Program.Folder()
    let beginning = """
      settings { seed = 3 }
      x = np.eye(2000)
      y = np.ones((2000,))
      model m {
          Input((2000,))
          Dense(1, use_bias=False, kernel_initializer="zeros")
          compile { optimizer = SGD(0.25); loss = "mse" }
      }

      """
    let fit =
      "fit m on (x, y) { epochs = 1; batch_size = 1; verbose = 0; callbacks = [BackupAndRestore(\"backup\", save_freq=20)] }\n"
    let running = try Program.start(["repl"], in: folder, input: beginning + fit)
    let deadline = Date(timeIntervalSinceNow: 30)
    func newest() -> Int {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/backup")) ?? []
      return names.compactMap { $0.hasSuffix(".backup") ? Int($0.dropLast(7)) : nil }.max() ?? 0
    }
    while running.process.isRunning, Date() < deadline, newest() < 8 { Thread.sleep(forTimeInterval: 0.001) }
    Glibc.kill(running.process.processIdentifier, SIGKILL)
    #expect(running.wait().status == -SIGKILL, "it is killed in the middle")
    let other = "fit m on (x[:1], y[:1]) { epochs = 1; verbose = 0 }\n"
    let ending = try Program.run(
      ["repl"], in: folder, input: beginning + other + fit + "print(set((m.get_weights()[0]).ravel().tolist()))\n")
    #expect(
      ending.output.contains("Going on from the backup") && ending.output.contains("{0.5}"), "\(ending.output)\(ending.errors)")
  }
}
