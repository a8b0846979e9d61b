import Diagnostics
import Lambdas

/// Vocabularies in files, a token a line: `TextVectorization(vocabulary="words.txt")`, `layer.set_vocabulary("words.txt")`.
extension Interpreter {
  /// The call with the tokens of a file in place of its path; nil after telling what is wrong with the file. Any other call as it is.
  func readingVocabulary(_ call: BoundCall, of layer: Entry, settings: Arguments? = nil, at range: SourceRange) -> BoundCall? {
    guard layer.abilities.contains(.hasVocabulary), let path = call["vocabulary"]?.value?.asString else { return call }
    let place = call.ranges["vocabulary"] ?? range
    state.files.noteRead(path, at: place)
    do throws(Failure) {
      let file = VocabularyFile(path: placed(path, of: range), layer: layer, settings: settings ?? call.arguments)
      var result = call
      result.meanings["vocabulary"] = .known(.list(try file.tokens(of: try surroundings.readText(file.path))))
      return result
    } catch {
      report(.forecastFails(error.message, at: place))
      return nil
    }
  }
}

/// A file with a token a line. A line break at its end begins no other line.
private struct VocabularyFile {
  let path: String
  let layer: Entry
  let settings: Arguments

  /// Throws the first line that is no token of its own: one that is empty or stands a second time, one that stands for what is masked or
  /// unknown and so has a place already, and for a layer of whole numbers one that is none.
  func tokens(of text: String) throws(Failure) -> [Value] {
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty ?? false { lines.removeLast() }
    if lines.isEmpty { throw Failure("`\(path)` holds no vocabulary: it is empty") }
    let reserved = reserved
    var found: [String: Int] = [:]
    var tokens: [Value] = []
    tokens.reserveCapacity(lines.count)
    for (number, line) in zip(1..., lines) {
      // Windows ends lines by two characters.
      let word = String(Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
      if word.isEmpty { throw failure(number, "is empty, which is no token") }
      if reserved.contains(word) { throw failure(number, "is `\(word)`, which has a place of its own: leave it out") }
      if let first = found.updateValue(number, forKey: word) { throw failure(number, "repeats `\(word)` of line \(first)") }
      guard takesNumbers else {
        tokens.append(.string(word))
        continue
      }
      guard let whole = Int(word) else { throw failure(number, "is `\(word.prefix(40))`, where a whole number is expected") }
      tokens.append(.integer(whole))
    }
    return tokens
  }

  /// What stands for masked and unknown ones.
  private var reserved: [String] {
    let unknown = settings["num_oov_indices"]?.asInteger == 0 ? nil : settings["oov_token"] ?? .string("[UNK]")
    return [settings["mask_token"], unknown].compactMap { $0 }.filter { !$0.isNone }.map(Operations.string)
  }

  private var takesNumbers: Bool { layer.name == "IntegerLookup" }

  private func failure(_ line: Int, _ problem: String) -> Failure {
    Failure("line \(line) of the vocabulary `\(path)` \(problem)")
  }
}
