import Arrays
import Lambdas
import Plans
import Synchronization

/// The elements of another source for which a function of the script holds.
///
/// Each element there is gets looked at once, when somebody asks how many are kept or for one of them; then it is known by its identity in
/// every pass.
package final class FilteredSource: RenumberedSource {
  package let spec: DataSpec
  let source: any ElementSource
  private let predicate: FunctionOfElements
  private let verdicts: Verdicts
  private let kept = OrderTable<Int, [Int32]>()

  /// The source has an end, and elements that can be known again; their number is below `RandomStream.permutationLimit`.
  convenience init(_ source: any ElementSource, _ predicate: FunctionOfElements) {
    self.init(source, predicate, Verdicts())
  }

  private init(_ source: any ElementSource, _ predicate: FunctionOfElements, _ verdicts: Verdicts) {
    self.verdicts = verdicts
    precondition(!source.spec.isEndless && source.spec.variation != .content, "who filters has looked at what there is")
    self.source = source
    self.predicate = predicate
    var spec = source.spec
    spec.count = nil
    if predicate.mayChange { spec.mayChange = true }
    self.spec = spec
  }

  package var count: Int? { kept(inPass: 0).count }
  package var fingerprint: String { "\(source.fingerprint) \(predicate.fingerprint)" }
  /// What has been looked at counts for the other order too.
  package func inFixedOrder() -> any ElementSource { FilteredSource(source.inFixedOrder(), predicate, verdicts) }

  func place(of index: Int, inPass pass: Int) -> ElementPlace {
    ElementPlace(index: Int(kept(inPass: pass)[index]), pass: pass)
  }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    let place = place(of: index, inPass: pass)
    try checkVerdict(of: place)
    return try source.element(place.index, inPass: pass)
  }

  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? {
    let places = places(of: indices, inPass: pass)
    // Where one of them has failed, making it tells why.
    for place in places where (try? checkVerdict(of: place)) == nil { return nil }
    return source.rows(of: places.map(\.index), inPass: pass)
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    let places = places(of: rows, inPass: pass)
    for place in places { try checkVerdict(of: place) }
    return try source.batch(of: places.map(\.index), inPass: pass)
  }

  /// The numbers that are kept, in the order of the pass.
  private func kept(inPass pass: Int) -> [Int32] {
    kept.entry(for: isSameInEachPass ? 0 : pass) {
      let verdicts = verdicts.all(orElse: judge)
      return (0..<Int32(source.count ?? 0)).filter { index in
        if case .dropped? = identity(index, inPass: pass).flatMap({ verdicts[$0] }) { false } else { true }
      }
    }
  }

  private func identity(_ index: Int32, inPass pass: Int) -> Int? { source.identity(of: Int(index), inPass: pass) }

  /// What cannot be made is kept, so that who takes it learns why.
  private func checkVerdict(of place: ElementPlace) throws(DataFailure) {
    guard let identity = source.identity(of: place.index, inPass: place.pass) else { return }
    if case .failed(let failure)? = verdicts.all(orElse: judge)[identity] { throw failure }
  }

  private func judge() -> Verdicts.ByIdentity {
    let judged = JudgedSource(source, predicate)
    let threads = Processors.count
    let loader = ElementLoader(judged, threads: threads, ahead: 4 * threads, then: .nothing)
    var verdicts: Verdicts.ByIdentity = [:]
    for index in 0..<(source.count ?? 0) {
      guard let identity = source.identity(of: index, inPass: 0), verdicts[identity] == nil else { continue }
      do throws(DataFailure) {
        if try !loader.take(index, inPass: 0).inputs[0].bools[0] { verdicts[identity] = .dropped }
      } catch {
        verdicts[identity] = .failed(error)
      }
    }
    return verdicts
  }
}

/// What a function says of the elements of some data, in whichever order they come.
private final class Verdicts: Sendable {
  enum Verdict { case dropped, failed(DataFailure) }
  /// Elements that are not kept, and failures of the function.
  typealias ByIdentity = [Int: Verdict]

  private let known = Mutex<ByIdentity?>(nil)

  /// Looks if nobody has; threads that ask meanwhile wait.
  func all(orElse judge: () -> ByIdentity) -> ByIdentity {
    known.withLock { known in
      if let known { return known }
      let made = judge()
      known = made
      return made
    }
  }
}

/// Whether a function holds for each element of a source, as an element of one truth.
private final class JudgedSource: ElementSource {
  private let source: any ElementSource
  private let predicate: FunctionOfElements
  let spec: DataSpec
  let count: Int?

  init(_ source: any ElementSource, _ predicate: FunctionOfElements) {
    self.source = source
    self.predicate = predicate
    spec = source.spec
    count = source.count
  }

  var fingerprint: String { "\(source.fingerprint) judged" }

  func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    let value = try predicate.call(on: try source.element(index, inPass: pass), as: source.spec, index, inPass: pass)
    guard let truth = value.asTruth else {
      throw .function(predicate.operation, index: index, reason: "it gives a `\(value.typeName)`", at: nil)
    }
    return Element(inputs: [NDArray(bools: [truth], shape: [])])
  }
}
