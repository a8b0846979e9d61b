/// The endings that name the format of a file.
enum FileEndings {
  /// What `save MODEL to path` accepts.
  static let model = [".keras", ".weights.h5"]
  static let checkpoint = [".keras"]
  static let weights = [".weights.h5"]

  static func has(_ path: String, _ endings: [String]) -> Bool { endings.contains { path.hasSuffix($0) } }

  /// Why a path cannot name a model to load; nil if it can.
  static func problemLoading(_ path: String) -> String? {
    if path.hasSuffix(".weights.h5") { return "holds weights without a model" }
    return path.hasSuffix(".keras") ? nil : "does not end in `.keras`, the one format of whole models"
  }
}
