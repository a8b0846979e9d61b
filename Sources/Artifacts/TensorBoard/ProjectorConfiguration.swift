import Arrays
import SwiftProtobuf

/// What TensorBoard's projector shows: the vectors of embedding layers, in a file of its own each.
package struct ProjectorConfiguration: Sendable {
  package struct Embedding: Sendable {
    package let tensorName: String
    /// Below the folder of the configuration.
    package let tensorPath: String
    /// A file with a label for each vector, below that folder; nil for none.
    package let metadataPath: String?
    package init(tensorName: String, tensorPath: String, metadataPath: String?) {
      self.tensorName = tensorName
      self.tensorPath = tensorPath
      self.metadataPath = metadataPath
    }
  }

  private let embeddings: [Embedding]
  package init(_ embeddings: [Embedding]) { self.embeddings = embeddings }

  /// Writes `projector_config.pbtxt` into a folder, which is made if it is missing.
  package func write(inFolder folder: String) throws(FileFailure) {
    var message = Tensorboard_ProjectorConfig()
    message.embeddings = embeddings.map { embedding in
      var info = Tensorboard_EmbeddingInfo()
      info.tensorName = embedding.tensorName
      if let metadata = embedding.metadataPath { info.metadataPath = metadata }
      info.tensorPath = embedding.tensorPath
      return info
    }
    try writeDurably(message.textFormatString(), to: "\(folder)/projector_config.pbtxt", makingFolders: true)
  }

  /// Writes vectors, [count, size], a row a line with tabs between.
  package static func writeVectors(_ vectors: NDArray, to path: String) throws(FileFailure) {
    let size = vectors.shape.last ?? 1
    let numbers = vectors.withElements(as: Float.self, Array.init)
    try writeDurably(to: path, makingFolders: true) { file throws(FileFailure) in
      for row in stride(from: 0, to: numbers.count, by: max(size, 1)) {
        try file.write(Array((numbers[row..<row + size].map { "\($0)" }.joined(separator: "\t") + "\n").utf8))
      }
    }
  }
}
