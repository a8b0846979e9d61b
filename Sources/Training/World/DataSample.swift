import Arrays
import Datasets
import Lambdas
import Plans

/// Examples of some data, to be looked at.
package struct DataSample: Sendable {
  /// One array an input and a target, the examples along the first axis.
  package let inputs: [NDArray]
  package let targets: [NDArray]
  /// Whether these are all there are.
  package let isWhole: Bool

  /// All of what is in memory; of what is read or made as it is asked for, the first elements that have `limit` examples together. Throws
  /// what is wrong with one of them.
  package init(of data: RunData, limit: Int) throws(Failure) {
    switch try Examples(data, "the data") {
    case .memory(let examples):
      inputs = examples.inputs
      targets = examples.targets
      isWhole = true
    case .stream(let source):
      let batches = source.spec.isBatched ? source : BatchedSource(source, size: 32)
      var elements: [Element] = []
      var count = 0
      let end = batches.count
      while count < limit, elements.count < end ?? .max {
        do throws(DataFailure) { elements.append(try batches.element(elements.count, inPass: 0)) } catch {
          throw Failure(error.message)
        }
        count += elements.last?.inputs.first?.shape.first ?? 1
      }
      do throws(DataFailure) {
        let whole = elements.isEmpty ? Element(inputs: []) : try Element(concatenating: elements)
        (inputs, targets) = (whole.inputs, whole.targets)
      } catch {
        throw Failure(error.message)
      }
      isWhole = elements.count == end
    }
  }
}
