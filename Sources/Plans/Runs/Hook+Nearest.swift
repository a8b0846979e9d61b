import Diagnostics

extension Hook {
  /// The hook that a name is meant for, written with or without Keras's `on_`; nil where none is near.
  static func nearest(to name: String) -> Hook? {
    let plain = name.hasPrefix("on_") ? String(name.dropFirst(3)) : name
    let words = plain.split(separator: "_").map { otherWords[String($0)] ?? String($0) }.joined(separator: "_")
    return Hook(rawValue: words) ?? Spelling.nearest(to: plain, among: allCases.map(\.rawValue)).flatMap(Hook.init)
  }

  /// What other libraries call the same.
  private static let otherWords = [
    "fit": "train", "training": "train", "evaluate": "test", "evaluation": "test", "validation": "test", "val": "test",
    "prediction": "predict", "step": "batch", "start": "begin", "started": "begin", "finish": "end", "finished": "end",
    "ended": "end", "stop": "end",
  ]
}
