import Arrays
import Glibc
import Testing

@testable import Artifacts

@Suite struct StoredZipTests {
  let scratch = Scratch()

  private func members(_ number: Int) -> [(name: String, content: FileContent)] {
    (0..<number).map { place in
      var content = FileContent(Array("content of \(place)".utf8))
      content.append(elementsOf: .counting(from: Double(place), shape: [place]))
      return (place == 1 ? "gewöhnlich.txt" : "member \(place)", content)
    }
  }

  /// libzip reads what is written, and checks it; numbers are wide from a few bytes on, so that all of their forms are met.
  @Test(arguments: [0, 1, 30, 100, 1000, Int(UInt32.max)]) func isReadByOthers(firstWide: Int) throws {
    for count in [0, 1, 2, 7] {
      let members = members(count)
      let path = scratch.path("a.zip")
      try StoredZip(members, firstWide: firstWide).write(to: path, through: .real)
      let archive = try ZipArchive(path)
      #expect(archive.members.map(\.name) == members.map(\.name))
      for (member, (_, content)) in zip(archive.members, members) {
        #expect(try archive.read(member) == content.bytes)
      }
    }
  }

  @Test func manyMembersAreCountedWide() throws {
    let members = (0..<70_000).map { (name: "\($0)", content: FileContent()) }
    try StoredZip(members).write(to: scratch.path("many.zip"), through: .real)
    #expect(try ZipArchive(scratch.path("many.zip")).members.map(\.name) == members.map(\.name))
  }

  @Test func everyDamageOfAMemberIsFound() throws {
    let path = scratch.path("a.zip")
    try StoredZip(members(3)).write(to: path, through: .real)
    var bytes = try readFile(path)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("content of 2".utf8)) })
    bytes[place] ^= 1
    put(bytes, at: path)
    let archive = try ZipArchive(path)
    #expect(throws: FileFailure.self) { try archive.read(archive.members[2]) }
  }
}

@Suite struct WeightsLayoutTests {
  /// Of all types and ranks, without elements and with one, which HDF5 keeps each in its own way.
  private func tree(_ number: Double, name: String = "dense") -> WeightTree {
    let arrays: [NDArray] = [
      .counting(from: number, shape: [3, 4]), NDArray(integers: [Int(number), 7], shape: [2]).converted(to: .int32),
      NDArray(doubles: [number], shape: []), NDArray(doubles: [], shape: [0, 2]).converted(to: .float32),
      NDArray(integers: [Int(number) % 2, 1], shape: [2]).converted(to: .uint8), .counting(from: -number, shape: [200, 3]),
    ]
    return WeightTree([
      WeightGroup(path: "vars", name: "model"), WeightGroup(path: "layers/\(name)/vars", name: name, variables: arrays),
      WeightGroup(path: "optimizer/vars", variables: [arrays[2], arrays[0]]),
    ])
  }

  private func variables(_ tree: WeightTree) -> [[UInt8]] { tree.groups.flatMap(\.variables).map { Array($0.rawBytes) } }

  /// Numbers that are put into the places of an earlier file make the file that libhdf5 would have made.
  @Test func laterFilesAreAsTheFirst() throws {
    let first = try WeightsFile.content(tree(1, name: "a"), path: "p").bytes
    #expect(try WeightsFile.content(tree(1, name: "a"), path: "p").bytes == first)
    for number in 2...5 {
      // Under another name the layout is not known yet.
      let filled = try WeightsFile.content(tree(Double(number), name: "a"), path: "p").bytes
      let made = try WeightsFile.content(tree(Double(number), name: "\(number)"), path: "p").bytes
      let renamed = try WeightsFile.decode(filled, path: "p")
      #expect(variables(renamed) == variables(try WeightsFile.decode(made, path: "p")))
      #expect(renamed["layers/a/vars"]?.variables.count == 6)
      #expect(filled.count == first.count && filled != first)
    }
  }

  @Test func anotherShapeIsAnotherLayout() throws {
    func content(_ shape: [Int], _ name: String?) throws -> WeightTree {
      let tree = WeightTree([WeightGroup(path: "vars", name: name, variables: [.counting(from: 3, shape: shape)])])
      return try WeightsFile.decode(try WeightsFile.content(tree, path: "p").bytes, path: "p")
    }
    for shape in [[6], [2, 3], [3, 2], [7], [1, 6], []] {
      for name in [nil, "a", "b"] { #expect(try content(shape, name).groups[0].variables.map(\.shape) == [shape]) }
    }
  }
}
