import Arrays
import Lambdas

/// Numbers with as few digits as tell those apart that differ, four at least: 0.412, 0.41199.
package func told(_ numbers: [Double]) -> [String] {
  var texts: [String] = []
  for digits in 4...17 {
    texts = numbers.map { (try? Operations.format(.float($0), ".\(digits)g")) ?? $0.pythonDescription }
    if Set(texts).count == Set(numbers.map(\.bitPattern)).count { break }
  }
  return texts
}

/// "12.4 MB".
package func diskSize(_ bytes: Int) -> String {
  let units = ["bytes", "kB", "MB", "GB", "TB"]
  var size = Double(bytes)
  var unit = 0
  while size >= 1000, unit < units.count - 1 {
    size /= 1000
    unit += 1
  }
  return unit == 0 ? "\(bytes) bytes" : "\(FloatText.fixed(size, precision: 1)) \(units[unit])"
}
