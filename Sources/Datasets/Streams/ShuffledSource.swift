import Arrays
import Plans
import Synchronization

/// The elements of another source in random order, another one in each pass if asked.
///
/// Any of them may come at any place, whatever the size of a buffer would be: the numbers are shuffled, not what they stand for.
package final class ShuffledSource: BatchingSource {
  package let spec: DataSpec
  package let count: Int?
  private let source: any ElementSource
  private let stream: RandomStream
  private let isReshuffled: Bool
  /// The order of the pass that was asked for last.
  private let order = Mutex<(pass: Int, rows: [Int32])?>(nil)

  /// The source has an end.
  package init(_ source: any ElementSource, stream: RandomStream, isReshuffled: Bool = true) {
    self.source = source
    self.stream = stream
    self.isReshuffled = isReshuffled
    spec = source.spec
    count = source.count
  }

  package var fingerprint: String { "\(source.fingerprint) shuffled" }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    try source.element(row(index, inPass: pass), inPass: pass)
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    try source.batch(of: rows.map { row($0, inPass: pass) }, inPass: pass)
  }

  private func row(_ index: Int, inPass pass: Int) -> Int {
    let pass = isReshuffled ? pass : 0
    return order.withLock { order in
      if order?.pass != pass {
        order = (pass, stream.substream("shuffle").substream(pass).permutation(of: source.count ?? 0))
      }
      return order.map { Int($0.rows[index]) } ?? index
    }
  }
}
