import Plans

/// An element's number, and the pass that it is of.
struct ElementPlace: Equatable {
  var index: Int
  var pass: Int
}

/// Elements of another source under other numbers: fewer of them, in another order, or again.
protocol RenumberedSource: BatchingSource {
  var source: any ElementSource { get }
  /// Where the element is in the other source.
  func place(of index: Int, inPass pass: Int) -> ElementPlace
  /// Where several are.
  func places(of indices: [Int], inPass pass: Int) -> [ElementPlace]
}

extension RenumberedSource {
  package var ahead: Int? { source.ahead }

  func places(of indices: [Int], inPass pass: Int) -> [ElementPlace] { indices.map { place(of: $0, inPass: pass) } }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    let place = place(of: index, inPass: pass)
    return try source.element(place.index, inPass: place.pass)
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    let places = places(of: rows, inPass: pass)
    guard let first = places.first, places.contains(where: { $0.pass != first.pass }) else {
      return try source.batch(of: places.map(\.index), inPass: places.first?.pass ?? pass)
    }
    var elements: [Element] = []
    for place in places { elements.append(try source.element(place.index, inPass: place.pass)) }
    return try Element(joining: elements)
  }

  package func rows(of indices: [Int], inPass pass: Int) -> StoredRows? {
    var places = places(of: indices, inPass: pass)[...]
    var data: Dataset?
    var rows: [Int32] = []
    while let first = places.first {
      let ofPass = places.prefix { $0.pass == first.pass }
      places = places.dropFirst(ofPass.count)
      guard let found = source.rows(of: ofPass.map(\.index), inPass: first.pass), data == nil || data === found.data
      else { return nil }
      data = found.data
      rows += found.rows
    }
    return data.map { StoredRows($0, rows) }
  }

  package func exampleCount(of index: Int, inPass pass: Int) -> Int {
    let place = place(of: index, inPass: pass)
    return source.exampleCount(of: place.index, inPass: place.pass)
  }

  package func identity(of index: Int, inPass pass: Int) -> Int? {
    let place = place(of: index, inPass: pass)
    return source.identity(of: place.index, inPass: place.pass)
  }
}
