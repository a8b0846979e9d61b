import Plans

/// The parameters that callbacks which watch a score have alike.
extension Monitor {
  static let mode = Parameter<String>(
    "mode", "whether the score should go down, up, or where it says itself", .choice(["auto", "min", "max"]), default: "auto")

  static let patienceUnit = Parameter<String>(
    "patience_unit", "what patience counts: \"validations\", epochs that give the score, or all \"epochs\"",
    .choice(["validations", "epochs"]), default: "validations"
  ).keywordOnly

  /// What a callback counts as patience: `"epochs"` or `"validations"`; nil where it counts nothing.
  static func patienceFact(_ patience: Int, _ unit: String) -> String? {
    if patience == 0 { return nil }
    return "counts \(unit == "epochs" ? "all epochs" : "the epochs that give the score") as patience"
  }
}
