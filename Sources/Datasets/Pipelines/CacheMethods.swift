import Arrays
import Lambdas
import Plans

/// `cache`: elements that are made once.
enum CacheMethods {
  private static let file = Parameter<String?>.optional(
    Parameter<String>(
      "filename", "the file that keeps them, for the next run too; without one they are kept in memory", .outputPath))

  static let cache = DatasetMethod.entry(
    "cache", "The same elements, each of which is made once and then kept: those of the first pass.", [file.description],
    example: "scaled = load_digits().train.map(lambda x, y: (x / 16, y)).cache()"
  ) { source, arguments, _ throws(Failure) in
    if source.spec.isEndless { throw Failure("`cache` needs data with an end: put `.repeat()` behind it") }
    try source.checkCount(for: "cache")
    let path = arguments[file]
    if source is ForecastSource {
      if path == nil, let bytes = byteCount(of: source.spec), bytes > FreeMemory.machineBytes {
        throw Failure(
          "`cache` would keep \(bytes >> 30) GiB, more than this machine has: `.cache(\"FILE\")` keeps the elements in a file")
      }
      return ForecastSource(CachedSource.spec(of: source))
    }
    guard let path else { return CachedSource(source) }
    do throws(DataFailure) { return try CachedSource(source, in: path) } catch { throw error.failure }
  }

  /// What all examples take; nil where that is not known before.
  private static func byteCount(of spec: DataSpec) -> Int? {
    guard !spec.isBatched, spec.hasKnownShapes, let count = spec.count else { return nil }
    let example = (spec.inputs + spec.targets).reduce(0.0) { $0 + Double($1.shape.elementCount ?? 0) * Double($1.type.size) }
    return Int(min(example * Double(count), 0x1p62))
  }
}
