import Arrays
import Artifacts
import Diagnostics
import Lambdas
import Plans
import Training

/// Data as a run of the script takes it.
struct DataUse {
  /// `fit net`.
  let run: String
  /// "to train on".
  let purpose: String
  let data: RunData
  let range: SourceRange

  init(_ run: String, _ purpose: String, _ data: RunData, at range: SourceRange) {
    self.run = run
    self.purpose = purpose
    self.data = data
    self.range = range
  }

  /// So many examples are looked at where not all are in memory.
  private static let sampleLimit = 512
  /// So many classes at most are told one by one.
  private static let shownClasses = 20
  private static let sheetSize = 64

  /// What it looks like, and the pictures that it begins with; none where its first input holds no pictures.
  func look() throws(Failure) -> (text: String, pictures: DecodedImage?) {
    let sample = try DataSample(of: data, limit: Self.sampleLimit)
    var lines = ["  \(purpose): \(data.spec.description)"]
    let place = data.origin
    if !place.isEmpty { lines[0] = "  \(purpose): \(place): \(data.spec.description)" }
    if !sample.isWhole { lines.append("    of these the first \(grouped(sample.inputs.first?.shape.first ?? 0)) examples:") }
    for (name, array) in named("x", sample.inputs) { lines.append("    \(name)  \(Self.text(of: array))") }
    for (name, array) in named("y", sample.targets) {
      lines.append("    \(name)  \(classText(of: array, isWhole: sample.isWhole) ?? Self.text(of: array))")
    }
    return (lines.map { $0 + "\n" }.joined(), sample.inputs.first.flatMap(Self.sheet))
  }

  private func named(_ name: String, _ arrays: [NDArray]) -> [(String, NDArray)] {
    arrays.count == 1 ? [(name, arrays[0])] : arrays.enumerated().map { ("\(name)[\($0)]", $1) }
  }

  /// How long its texts are, and how the first begins.
  private static func text(ofTexts texts: [String]) -> String {
    let lengths = texts.map(\.count).sorted()
    guard let shortest = lengths.first, let longest = lengths.last else { return "no texts" }
    let empty = lengths.count { $0 == 0 }
    let begin = texts[0].split(whereSeparator: \.isNewline).first.map { $0.prefix(shownCharacters) } ?? ""
    return
      "texts of \(grouped(shortest)) to \(grouped(longest)) characters, the middle one \(grouped(lengths[lengths.count / 2]))"
      + (empty > 0 ? ", \(grouped(empty)) of them empty" : "") + ": \(Operations.representation(.string(String(begin))))"
      + (begin.count < texts[0].count ? "…" : "")
  }

  private static let shownCharacters = 40

  /// How large its numbers are.
  private static func text(of array: NDArray) -> String {
    if array.type == .string { return text(ofTexts: array.texts) }
    let survey = ArraySurvey(of: array, rowLimit: 1 << 16)
    let type = array.type.rawValue
    guard survey.rowCount > 0, !survey.minimum.isNaN else { return "\(type), nothing but NaN" }
    var text =
      "\(type) from \(survey.minimum.told) to \(survey.maximum.told), mean \(survey.mean.told), deviation \(survey.deviation.told)"
    if survey.infiniteCount > 0 { text += ", infinite \(told(times: survey.infiniteCount))" }
    if survey.nanCount > 0 { text += ", NaN \(told(times: survey.nanCount))" }
    let constant = array.constantColumns
    if !constant.isEmpty {
      let shown = constant.prefix(12).map(String.init).joined(separator: ", ") + (constant.count > 12 ? ", …" : "")
      text += "; \(constant.count == 1 ? "column \(shown) has" : "the columns \(shown) have") one value alone"
    }
    return text
  }

  private static func told(times count: Int) -> String { count == 1 ? "once" : "\(grouped(count)) times" }

  /// How often each class stands in it; nil where it holds none.
  private func classText(of array: NDArray, isWhole: Bool) -> String? {
    guard let counts = array.classCounts(inRows: 0..<(array.shape.first ?? 0)), counts.count > 1 else { return nil }
    let names = data.classNames
    let found = counts.count { $0 > 0 }
    var text = "\(array.type.rawValue), \(grouped(found)) class\(found == 1 ? "" : "es")"
    if !isWhole, let all = names?.count { text += " of \(all)" }
    let shown = counts.enumerated().filter { $1 > 0 }.prefix(Self.shownClasses)
    let list = shown.map { index, count in
      let name = names.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? String(index)
      return "\(name) \(grouped(count))"
    }
    text += ": " + list.joined(separator: ", ") + (found > Self.shownClasses ? ", …" : "")
    return text
  }

  private static func sheet(of inputs: NDArray) -> DecodedImage? {
    guard inputs.rank >= 3, inputs.type != .string, let count = inputs.shape.first else { return nil }
    let pictures = (0..<min(count, sheetSize)).compactMap { try? inputs.rows([$0]).squeezed([0]) }
    return ContactSheet.image(of: pictures)
  }
}

extension RunData {
  /// The call that it is from, as plans show it; empty for arrays.
  fileprivate var origin: String {
    if case .dataset(let object) = content { object.origin } else { "" }
  }

  fileprivate var classNames: [String]? {
    guard case .dataset(let object) = content, case .list(let names)? = object.facts["class_names"] else { return nil }
    return names.compactMap(\.asString)
  }
}
