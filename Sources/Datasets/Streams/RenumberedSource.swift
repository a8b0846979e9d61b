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
}

extension RenumberedSource {
  package var ahead: Int? { source.ahead }

  package func element(_ index: Int, inPass pass: Int) throws(DataFailure) -> Element {
    let place = place(of: index, inPass: pass)
    return try source.element(place.index, inPass: place.pass)
  }

  package func makeBatch(of rows: [Int], inPass pass: Int) throws(DataFailure) -> Element {
    let places = rows.map { place(of: $0, inPass: pass) }
    guard let first = places.first, places.contains(where: { $0.pass != first.pass }) else {
      return try source.batch(of: places.map(\.index), inPass: places.first?.pass ?? pass)
    }
    var elements: [Element] = []
    for place in places { elements.append(try source.element(place.index, inPass: place.pass)) }
    return try Element(joining: elements)
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
