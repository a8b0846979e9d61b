/// The endings that name the format of a file.
package enum FileEndings {
  /// What `save MODEL to path` accepts.
  static let model = [".keras", ".weights.h5"]
  package static let checkpoint = [".keras"]
  package static let weights = [".weights.h5"]

  package static func has(_ path: String, _ endings: [String]) -> Bool { endings.contains { path.hasSuffix($0) } }

  /// Why a path cannot name a model to load; nil if it can.
  static func problemLoading(_ path: String) -> String? {
    if path.hasSuffix(".weights.h5") { return "holds weights without a model" }
    return path.hasSuffix(".keras") ? nil : "does not end in `.keras`, the one format of whole models"
  }
}
