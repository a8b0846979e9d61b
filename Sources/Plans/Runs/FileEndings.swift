/// The endings that name the format of a file.
enum FileEndings {
  /// What `save MODEL to path` accepts.
  static let model = [".keras", ".h5", ".weights.h5", ".safetensors", ".onnx"]
  static let checkpoint = [".keras", ".h5"]
  static let weights = [".weights.h5"]

  static func has(_ path: String, _ endings: [String]) -> Bool { endings.contains { path.hasSuffix($0) } }

  /// Why a path cannot name a model to load; nil if it can.
  static func problemLoading(_ path: String) -> String? {
    if path.hasSuffix(".weights.h5") { return "holds weights without a model" }
    return has(path, [".keras", ".h5"]) ? nil : "does not end in `.keras` or `.h5`"
  }
}
