import Testing

@testable import Tensors

/// What a plan does shard by shard.
@Suite struct ShardTests {
  @Test("Rows go through dropout, loss and back through dropout's gradient without a wait")
  func rowsGoThroughTogether() throws {
    let plan = Plan(try TestNetwork.sharded.makeRun(threads: 1).graph)
    let groups = plan.groups.map { group in plan.works[group.range].map(ShardTests.name) }
    #expect(groups == [["product", "dropout", "product", "loss", "product", "dropout again", "slope"]])
    #expect(plan.groups.allSatisfy { $0.rows < $0.batch })
    let others = plan.works.indices.filter { position in !plan.groups.contains { $0.range.contains(position) } }
    #expect(!others.contains { ["dropout", "dropout again", "slope", "loss"].contains(ShardTests.name(plan.works[$0])) })
  }

  @Test("Rows of all positions go through products, a sum of sequences and a normalisation together")
  func positionsGoThroughTogether() throws {
    let operation = try #require(largeCases.first { $0.name == "large residual block" })
    let plan = Plan(operation.graph().graph)
    let longest = try #require(plan.groups.max { $0.range.count < $1.range.count })
    #expect(plan.works[longest.range].map(ShardTests.name) == ["product", "product", "add", "normalize", "product", "multiply"])
  }

  private static func name(_ work: Work) -> String {
    switch work.kind {
    case .product: "product"
    case .dropout: "dropout"
    case .dropoutAgain: "dropout again"
    case .crossEntropy: "loss"
    case .binary(.reluGradient): "slope"
    case .binary(let operation): "\(operation.rawValue)"
    case .normalizeRows: "normalize"
    default: "\(work.kind)"
    }
  }
}
