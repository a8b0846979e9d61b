/// What may stand at the cursor in place of the word that is there.
struct Completion: Equatable {
  /// The byte at which the word begins, in the text up to the cursor.
  var start: Int
  /// In the order in which they are shown.
  var candidates: [String] = []
  /// What follows when one candidate is left: a closing quote, or nothing.
  var ending = ""
  /// Whether the candidates are paths, of which only the last part is listed.
  var arePaths = false
}
