import CKernels

/// How a step is cut into pieces that threads claim: from shapes and estimated cost alone, never from the number of threads.
enum Pieces {
  /// A piece shorter than this costs more to share than it saves.
  static let shortest = 2500.0
  /// No more pieces than serve any number of cores we meet.
  static let most = 64

  /// How many of `count` things one piece takes, a multiple of `unit`, when each costs `nanoseconds`.
  static func size(of count: Int, nanoseconds: Double, unit: Int = 1) -> Int {
    let wanted = min(max(Int(Double(count) * nanoseconds / shortest), 1), most)
    let size = (count + wanted - 1) / wanted
    return max((size + unit - 1) / unit * unit, 1)
  }

  /// How many rows of a batch a shard takes, when each costs `nanoseconds`: whole tiles of products, matrix tiles if `onTiles`, or
  /// single images.
  static func shard(of batch: Int, nanoseconds: Double, onTiles: Bool) -> Int {
    let image = 5000.0
    if onTiles { return size(of: batch, nanoseconds: nanoseconds, unit: Int(train_product_unit)) }
    if nanoseconds < image { return size(of: batch, nanoseconds: nanoseconds, unit: 8) }
    // Few enough that what each work costs to begin does not count.
    return size(of: batch, nanoseconds: nanoseconds / 40)
  }

  /// How many pieces there are.
  static func number(of count: Int, by size: Int) -> Int32 { Int32(count <= 0 ? 0 : (count + size - 1) / size) }

  /// The block of a product [m, n] over k that one piece makes: whole tiles of 8 rows and 32 columns.
  static func block(m: Int, n: Int, k: Int) -> (rows: Int, columns: Int) {
    let total = 2 * Double(m) * Double(n) * Double(k) / 80  // nanoseconds, at 80 operations each
    let wanted = min(max(Int(total / shortest), 1), most)
    guard wanted > 1 else { return (max(m, 1), max(n, 1)) }
    // The larger factor is read once if the other's axis is whole, so the longer axis is cut first.
    let (rowUnits, columnUnits) = ((m + 7) / 8, (n + 31) / 32)
    let rowCuts = m >= n ? min(wanted, rowUnits) : max(min(wanted / columnUnits, rowUnits), 1)
    let columnCuts = m >= n ? max(min(wanted / rowCuts, columnUnits), 1) : min(wanted, columnUnits)
    return ((rowUnits + rowCuts - 1) / rowCuts * 8, (columnUnits + columnCuts - 1) / columnCuts * 32)
  }

  /// The block of a product [m, n] over k on matrix tiles that one piece makes: whole tiles, and of the longer axis no less than two,
  /// since each piece lays out its own factors.
  static func tileBlock(m: Int, n: Int, k: Int) -> (rows: Int, columns: Int) {
    let nanoseconds = 2 * Double(m) * Double(n) * Double(k) / 400
    func length(_ count: Int) -> Int { max(size(of: count, nanoseconds: nanoseconds / Double(count), unit: 32), 64) }
    return m >= n ? (length(m), n) : (m, length(n))
  }

  /// The block of a large product [m, n] over k that one piece makes, and how much of k it takes. A primitive packs its factors, which
  /// pays from some 128 rows and columns on; so where the result has few such blocks, as the gradient of a kernel over many rows has, k is
  /// cut too and the parts are added up.
  static func largeBlock(m: Int, n: Int, k: Int) -> (rows: Int, columns: Int, inner: Int) {
    let (unit, longest, shortestInner) = (128, 25_000.0, 256)
    let total = 2 * Double(m) * Double(n) * Double(k) / 180  // nanoseconds
    let wanted = min(max(Int(total / longest), 1), most / 2)
    let (rowUnits, columnUnits) = ((m + unit - 1) / unit, (n + unit - 1) / unit)
    let rowCuts = m >= n ? min(wanted, rowUnits) : max(min(wanted / columnUnits, rowUnits), 1)
    let columnCuts = m >= n ? max(min(wanted / rowCuts, columnUnits), 1) : min(wanted, columnUnits)
    let innerCuts = max(min(wanted, mostParts) / (rowCuts * columnCuts), 1)
    let inner = max((k + innerCuts - 1) / innerCuts, shortestInner)
    return ((rowUnits + rowCuts - 1) / rowCuts * unit, (columnUnits + columnCuts - 1) / columnCuts * unit, min(inner, k))
  }

  /// How much of the inner axis a part of aᵀ · b takes, a product over many rows such as the gradient of a kernel; nil if its parts would
  /// weigh more than they help.
  static func longCut(m: Int, n: Int, k: Int) -> Int? {
    let (shortest, places) = (512, 256 << 10)
    let parts = min(mostParts, places / max(m * n, 1), k / shortest)
    guard parts >= 2 else { return nil }
    return (k + parts - 1) / parts
  }

  /// The same for few rows and a kernel of many, nil if it is not that long.
  static func kernelCut(m: Int, n: Int, k: Int) -> Int? {
    guard k > Int(train_longest_split), m * n <= 32_768 else { return nil }
    let unit = Int(train_product_unit)
    return ((k + mostParts - 1) / mostParts + unit - 1) / unit * unit
  }

  /// The block of a part [m, n] that one piece makes.
  static func blockOfPart(m: Int, n: Int, onTiles: Bool) -> (rows: Int, columns: Int) {
    if m * n <= (onTiles ? 65_536 : 32_768) { return (max(m, 1), max(n, 1)) }
    return m <= 128 ? (m, 256) : (256, 128)
  }

  /// How many rows of a kernel [rows, columns] one piece updates from a product over a batch of k, or nil if the kernel is too small
  /// to be cut. The product that reads the kernel is cut at the same rows, so that a thread finds its share of the weights in
  /// its own cache, where it left them.
  static func kernelRows(_ rows: Int, _ columns: Int, k: Int) -> Int? {
    guard rows * columns >= 16_384 else { return nil }
    let total = Double(rows) * Double(columns) * (Double(k) / 40 + 0.5)  // nanoseconds
    let wanted = min(max(Int(total / shortest), 1), mostParts)
    return (rows + wanted - 1) / wanted  // as equal as they can be: nobody waits for the last
  }

  /// How much of the inner axis a part of a product [m, n] over k takes whose kernel is updated so many rows at a time: these, or as many
  /// again where so many parts would push the weights out of the second cache.
  static func cutWithUpdate(of rows: Int, m: Int, n: Int, k: Int) -> Int {
    let (parts, places) = ((k + rows - 1) / rows, 64 << 10)
    let most = max(places / max(m * n, 1), 2)
    return rows * ((parts + most - 1) / most)
  }

  /// Parts of a product that meet in one sum.
  static let mostParts = 8
}
