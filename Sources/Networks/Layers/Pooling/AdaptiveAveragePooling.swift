import Plans
import Tensors

/// The mean of so many windows of sequences: [batch, positions, channels].
struct AdaptiveAveragePooling1D: AdaptivePooling {
  static let signature = makeSignature("AdaptiveAveragePooling1D")
  static let positions = 1
  static let kind = Pooling.Kind.average
  let pooling: AdaptivePoolingArguments
  init(_ pooling: AdaptivePoolingArguments) { self.pooling = pooling }
}

/// The mean of so many windows of images: [batch, rows, columns, channels].
struct AdaptiveAveragePooling2D: AdaptivePooling {
  static let signature = makeSignature("AdaptiveAveragePooling2D")
  static let positions = 2
  static let kind = Pooling.Kind.average
  let pooling: AdaptivePoolingArguments
  init(_ pooling: AdaptivePoolingArguments) { self.pooling = pooling }
}

/// The mean of so many windows of volumes: [batch, depth, rows, columns, channels].
struct AdaptiveAveragePooling3D: AdaptivePooling {
  static let signature = makeSignature("AdaptiveAveragePooling3D")
  static let positions = 3
  static let kind = Pooling.Kind.average
  let pooling: AdaptivePoolingArguments
  init(_ pooling: AdaptivePoolingArguments) { self.pooling = pooling }
}
