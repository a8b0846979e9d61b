/// The rows of a data set inside the program, mixed and split in a fixed way.
///
/// The split is that of scikit-learn's `train_test_split(test_size=0.2, stratify=y, random_state=42)`, so that results can be compared:
/// every class has the same share in both parts.
struct BundledSplit {
  let train: [Int]
  let test: [Int]

  /// `order` gives the rows, three hexadecimal digits each, those for training first.
  init(_ order: StaticString, trainingCount: Int) {
    let rows = order.withUTF8Buffer { digits in
      stride(from: 0, to: digits.count, by: 3).map { start in
        digits[start..<start + 3].reduce(0) { number, digit in
          number * 16 + Int(digit) - (digit < UInt8(ascii: "a") ? Int(UInt8(ascii: "0")) : Int(UInt8(ascii: "a")) - 10)
        }
      }
    }
    train = Array(rows[..<trainingCount])
    test = Array(rows[trainingCount...])
  }

  /// The two parts by their names as attributes.
  var parts: [String: [Int]] { ["train": train, "test": test] }
}
