/// The endings that name the format of a file.
package enum FileEndings {
  /// What `save MODEL to path` accepts.
  static let model = [".keras", ".weights.h5", ".h5"]
  /// The formats of whole models.
  package static let checkpoint = [".keras", ".h5"]
  package static let weights = [".weights.h5"]

  /// Whether the file is in Keras's old format, which also ends in `.hdf5`.
  package static func isLegacy(_ path: String) -> Bool {
    path.hasSuffix(".hdf5") || path.hasSuffix(".h5") && !path.hasSuffix(".weights.h5")
  }

  /// Whether the file holds a whole model.
  package static func holdsModel(_ path: String) -> Bool { path.hasSuffix(".keras") || isLegacy(path) }

  /// Whether a ModelCheckpoint may write the file: one that holds a whole model, by Keras's rule.
  package static func isCheckpoint(_ path: String) -> Bool { has(path, checkpoint) && !has(path, weights) }

  package static func has(_ path: String, _ endings: [String]) -> Bool { endings.contains { path.hasSuffix($0) } }

  /// Why a path cannot name a model to load; nil if it can.
  package static func problemLoading(_ path: String) -> String? {
    if path.hasSuffix(".weights.h5") { return "holds weights without a model" }
    return holdsModel(path) ? nil : "ends in neither `.keras` nor `.h5`, the formats of whole models"
  }
}
