/// Dates as ISO 8601 writes them, as days since 1970-01-01.
///
/// ```
/// date = year "-" month "-" day [("T" | " ") hour ":" minute [":" second ["." digits]] [zone]]
/// zone = "Z" | ("+" | "-") hour [":"] minute
/// ```
enum CSVDate {
  /// Days since the beginning of 1970-01-01; the time of day is a fraction, in UTC where a zone is given. Nil for what is no date.
  static func parsed(_ field: UnsafeBufferPointer<UInt8>) -> Double? {
    guard field.count >= 10, field[4] == UInt8(ascii: "-"), field[7] == UInt8(ascii: "-") else { return nil }
    var reader = Reader(field[...])
    guard let year = reader.takeNumber(4), reader.take("-"), let month = reader.takeNumber(2), reader.take("-"),
      let day = reader.takeNumber(2), (1...12).contains(month), day >= 1, day <= length(of: month, year)
    else { return nil }
    let days = Double(daysSince1970(year, month, day))
    if reader.isAtEnd { return days }
    guard reader.take("T") || reader.take(" "), let seconds = reader.takeTime() else { return nil }
    return reader.isAtEnd ? days + seconds / 86400 : nil
  }

  private static func length(of month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// In the Gregorian calendar, by years that begin in March, so that the leap day is their last
  /// (H. Hinnant: chrono-compatible low-level date algorithms).
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private struct Reader {
    private var rest: Slice<UnsafeBufferPointer<UInt8>>

    init(_ text: Slice<UnsafeBufferPointer<UInt8>>) { rest = text }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard let first = rest.first, UInt32(first) == character.value else { return false }
      rest.removeFirst()
      return true
    }

    /// A number of so many digits.
    mutating func takeNumber(_ digits: Int) -> Int? {
      guard rest.count >= digits else { return nil }
      var number = 0
      for digit in rest.prefix(digits) {
        guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
        number = number * 10 + Int(digit - UInt8(ascii: "0"))
      }
      rest.removeFirst(digits)
      return number
    }

    /// Seconds of the day, in UTC where a zone says how.
    mutating func takeTime() -> Double? {
      guard let hour = takeNumber(2), take(":"), let minute = takeNumber(2), hour < 24, minute < 60 else { return nil }
      var seconds = Double(hour * 3600 + minute * 60)
      if take(":") {
        guard let second = takeNumber(2), second < 60 else { return nil }
        seconds += Double(second)
        if take(".") {
          guard let fraction = takeFraction() else { return nil }
          seconds += fraction
        }
      }
      if take("Z") { return seconds }
      let isEast = take("+")
      guard isEast || take("-") else { return seconds }
      guard let hours = takeNumber(2) else { return nil }
      _ = take(":")
      guard let minutes = takeNumber(2) else { return nil }
      let offset = Double(hours * 3600 + minutes * 60)
      return isEast ? seconds - offset : seconds + offset
    }

    private mutating func takeFraction() -> Double? {
      var (numerator, denominator) = (0.0, 1.0)
      let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      guard !digits.isEmpty else { return nil }
      for digit in digits.prefix(15) {
        numerator = numerator * 10 + Double(digit - UInt8(ascii: "0"))
        denominator *= 10
      }
      rest.removeFirst(digits.count)
      return numerator / denominator
    }
  }
}
