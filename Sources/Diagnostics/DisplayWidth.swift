extension Character {
  /// How many columns a terminal gives the character: 0 for what only joins or marks others, 2 for East Asian and emoji.
  var displayWidth: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if unicodeScalars.contains(where: { $0.properties.isEmojiPresentation || $0 == "\u{FE0F}" }) { return 2 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return Character.isWide(first.value) ? 2 : 1
    }
  }

  /// The blocks that Unicode's East Asian Width calls wide, the rare ones left out.
  private static func isWide(_ code: UInt32) -> Bool {
    switch code {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// What is shown for the character when it begins at `column`, from 0: tabs become blanks, and control characters pictures
  /// of themselves, so that a script cannot move the cursor.
  func shown(atColumn column: Int) -> String {
    if self == "\t" { return String(repeating: " ", count: 4 - column % 4) }
    guard let scalar = unicodeScalars.first, scalar.properties.generalCategory == .control else { return String(self) }
    let picture = scalar.value < 0x20 ? Unicode.Scalar(0x2400 + scalar.value) : scalar.value == 0x7F ? "\u{2421}" : nil
    return picture.map { String(Character($0)) } ?? "\u{FFFD}"
  }
}
