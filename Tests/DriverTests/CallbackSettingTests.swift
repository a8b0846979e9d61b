import Foundation
import Testing

/// What hooks set of Keras's callbacks, over the end of a run; what it does in one is in `scripts/callbacks_set_by_hooks.train`.
@Suite struct CallbackSettingTests {
  private static func script(patience: Int = 1) -> String {
    """
    settings { seed = 7 }
    fails = 99
    x = np.linspace(0, 1, 32).reshape(16, 2)
    model net {
        Input((2,))
        Dense(1)
        compile { optimizer = "sgd"; loss = "mse" }
    }
    stop = EarlyStopping(monitor="v", mode="min", patience=\(patience))
    callback Score {
        on epoch_end(epoch, logs) {
            logs["v"] = float(min(epoch, 1))
            if epoch == 0 { stop.patience = 3 }
        }
    }
    callback Fails {
        on epoch_begin(epoch) {
            if epoch == fails { raise ValueError("on purpose") }
        }
    }
    h = fit net on (x, x[:, :1]) { epochs = 9; callbacks = [BackupAndRestore("backup"), Score(), stop, Fails()] }
    print(h.epoch, stop.patience, stop.wait, stop.stopped_epoch)
    """
  }

  /// Runs until epoch 3 begins, and then again with another script.
  private func goingOn(with script: String) throws -> (ending: Program.Ending, folder: Program.Folder) {
    let folder = Program.Folder()
    try folder.write(Self.script(), to: "a.train")
    let failed = try Program.run(["a.train", "--quiet", "--set", "fails=2"], in: folder)
    #expect(failed.status == 1 && failed.errors.contains("`Fails` cannot go on in epoch 3: ValueError: on purpose"))
    try folder.write(script, to: "a.train")
    return (try Program.run(["a.train", "--quiet"], in: folder), folder)
  }

  @Test func whatAHookHasSetIsPartOfTheBackup() throws {
    let (ending, folder) = try goingOn(with: Self.script())
    #expect(ending.output.hasSuffix("\n[0, 1, 2, 3] 3 3 3\n"), "\(ending)")
    let told = try Program.run(["why", "a.train"], in: folder).output
    #expect(told.contains("epoch 1  Score             `patience` of EarlyStopping 1 → 3: its hook sets it"), "\(told)")
    #expect(told.contains("epoch 4  EarlyStopping     the training is to stop: `v` not under 0 for 3 epochs (1, 1, 1)"))
  }

  @Test func whatTheScriptHasChangedSinceCounts() throws {
    let (ending, _) = try goingOn(with: Self.script(patience: 2))
    #expect(ending.output.hasSuffix("\n[0, 1, 2] 2 2 2\n"), "\(ending)")
  }

  @Test func whatCannotBeIsAFailureOfTheHook() throws {
    let folder = Program.Folder()
    for (value, reason) in [
      ("stop.patience = 1 - len(logs) * 3", "`patience` of `EarlyStopping` must be a whole number of at least 0, not -2"),
      ("stop.monitor = \"val_loss\"", "`monitor` of `EarlyStopping` cannot be 'val_loss': it monitors `val_loss`"),
      ("stop.wait = -len(logs)", "`wait` of `EarlyStopping` must be a whole number of at least 0, not -1"),
    ] {
      let script = Self.script().replacingOccurrences(of: "if epoch == 0 { stop.patience = 3 }", with: value)
        .replacingOccurrences(of: "logs[\"v\"] = float(min(epoch, 1))", with: "")
        .replacingOccurrences(of: "\"v\"", with: "\"loss\"")
      try folder.write(script, to: "a.train")
      let ending = try Program.run(["a.train", "--quiet"], in: folder)
      #expect(ending.status == 1)
      #expect(ending.errors.contains("`Score` cannot go on in epoch 1: ValueError: \(reason)"), "\(ending.errors)")
    }
  }
}
