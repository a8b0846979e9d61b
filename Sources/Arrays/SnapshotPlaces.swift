/// Memory for copies of several arrays, one place each.
package struct SnapshotPlaces {
  /// Whose it is.
  package let owner: AnyObject
  package let places: [UnsafeMutableRawBufferPointer]

  package init(_ places: [UnsafeMutableRawBufferPointer], of owner: AnyObject) {
    self.places = places
    self.owner = owner
  }

  /// Finds them for `float32` arrays of these names and shapes; nil where there are none.
  package typealias Finder = (_ arrays: [(name: String, shape: [Int])]) -> SnapshotPlaces?
}
