/// A class name as Keras spells it in automatic names and weights files: `MaxPooling2D` → `max_pooling2d`,
/// `ReLU` → `re_lu`, `Conv2DTranspose` → `conv2d_transpose`.
///
/// An underscore goes before each capital that starts a run of small letters, and between a small letter and a capital.
package func snakeCased(_ className: String) -> String {
  let letters = Array(className.unicodeScalars).filter { $0.properties.isAlphabetic || $0 == "_" || isDigit($0) }
  var result = String.UnicodeScalarView()
  for (index, letter) in letters.enumerated() {
    if index > 0, isCapital(letter) {
      let startsRun = index + 1 < letters.count && isSmall(letters[index + 1])
      if startsRun || isSmall(letters[index - 1]) { result.append("_") }
    }
    result.append(letter)
  }
  return String(result).lowercased()
}

private func isCapital(_ letter: Unicode.Scalar) -> Bool { "A"..."Z" ~= letter }
private func isSmall(_ letter: Unicode.Scalar) -> Bool { "a"..."z" ~= letter }
private func isDigit(_ letter: Unicode.Scalar) -> Bool { "0"..."9" ~= letter }
