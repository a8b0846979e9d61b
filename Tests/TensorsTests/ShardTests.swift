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

  private static func name(_ work: Work) -> String {
    switch work.kind {
    case .product: "product"
    case .dropout: "dropout"
    case .dropoutAgain: "dropout again"
    case .crossEntropy: "loss"
    case .binary(.reluGradient): "slope"
    default: "\(work.kind)"
    }
  }
}
