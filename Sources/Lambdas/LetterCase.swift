/// Upper and lower case of whole texts as Python has them: letters that become several, and the sigma that ends a word.
enum LetterCase {
  static func lowered(_ scalars: [Unicode.Scalar]) -> String {
    scalars.indices.map { lowered(scalars, $0) }.joined()
  }

  static func capitalized(_ scalars: [Unicode.Scalar]) -> String {
    scalars.indices.map { $0 == 0 ? scalars[0].properties.titlecaseMapping : lowered(scalars, $0) }.joined()
  }

  static func swapped(_ scalars: [Unicode.Scalar]) -> String {
    scalars.indices.map { index in
      let properties = scalars[index].properties
      return properties.isUppercase
        ? lowered(scalars, index) : properties.isLowercase ? properties.uppercaseMapping : String(scalars[index])
    }.joined()
  }

  static func titled(_ scalars: [Unicode.Scalar]) -> String {
    scalars.indices.map { index in
      index > 0 && scalars[index - 1].properties.isCased
        ? lowered(scalars, index) : scalars[index].properties.titlecaseMapping
    }.joined()
  }

  /// A letter for comparisons that take no case into account: lower case of the upper case, but for letters whose folding is another.
  static func folded(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    // The dotless i stays what it is; Cherokee is folded to its capitals.
    case 0x131: String(scalar)
    case 0x13A0...0x13FD, 0xAB70...0xABBF: scalar.properties.uppercaseMapping
    default:
      String(
        scalars: scalar.properties.lowercaseMapping.unicodeScalars
          .flatMap { $0.properties.uppercaseMapping.unicodeScalars }.flatMap { $0.properties.lowercaseMapping.unicodeScalars })
    }
  }

  /// The lower case of one letter of a text: a sigma after a letter and before none is the final one.
  private static func lowered(_ scalars: [Unicode.Scalar], _ index: Int) -> String {
    guard scalars[index] == "\u{3A3}" else { return scalars[index].properties.lowercaseMapping }
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    let endsWord = (before?.properties.isCased ?? false) && !(after?.properties.isCased ?? false)
    return endsWord ? "\u{3C2}" : "\u{3C3}"
  }
}
