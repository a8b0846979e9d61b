import Artifacts
import Plans

/// The best value of a checkpoint, kept beside its file, so that a later run does not put a worse model over a better one.
struct BestNote {
  let monitor: Monitor
  let value: Double
  /// From 1.
  let epoch: Int
  /// The model file that it is of.
  let path: String

  /// Where it stands: `best.keras.best.json`. Folders with fields are not known before the first save, so the note of
  /// `run/{epoch}/best.keras` is `run/{epoch}-best.keras.best.json`, with the fields as they are written.
  static func path(of template: PathTemplate) -> String {
    let beginning = template.fixedFolder
    return beginning + template.text.dropFirst(beginning.count).replacing("/", with: "-") + ".best.json"
  }

  var text: String {
    let json: JSON = [
      "monitor": .string(monitor.metric), "mode": .string(monitor.direction == .down ? "min" : "max"), "best": .float(value),
      "epoch": .integer(epoch), "path": .string(path),
    ]
    return json.text + "\n"
  }

  /// What an earlier run has left for this monitor; nil if there is nothing, or the model file is gone.
  static func read(_ notePath: String, _ monitor: Monitor) throws(CallbackFailure) -> BestNote? {
    guard FileStatus(at: notePath) != nil else { return nil }
    let text: String
    do throws(FileFailure) { text = String(decoding: try readFile(notePath), as: UTF8.self) } catch {
      throw CallbackFailure("it \(error)")
    }
    guard let json = try? JSON.parse(text), let metric = json["monitor"]?.stringValue, let mode = json["mode"]?.stringValue,
      let best = json["best"]?.doubleValue, let epoch = json["epoch"]?.integerValue, let path = json["path"]?.stringValue
    else { throw CallbackFailure("`\(notePath)` does not tell a best value; delete it to begin anew") }
    guard metric == monitor.metric, mode == (monitor.direction == .down ? "min" : "max") else {
      throw CallbackFailure(
        "`\(notePath)` tells the best `\(metric)` (\(mode)), but this monitors `\(monitor.metric)`; delete it to begin anew")
    }
    guard FileStatus(at: path)?.kind == .file else { return nil }
    return BestNote(monitor: monitor, value: best, epoch: epoch, path: path)
  }
}
