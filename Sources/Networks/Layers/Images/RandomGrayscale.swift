import Plans
import Tensors

/// Takes the colours out of a share of the images.
struct RandomGrayscale: RandomImageLayer {
  static let factor = Parameter<Double>("factor", "the share of images that lose their colours", min: 0, max: 1, default: 0.5)
  static let signature = Signature(
    "RandomGrayscale", "Takes the colours out of a share of the images while training.",
    [factor.description, DataFormat.parameter.description, ImageParameters.seed.description],
    formula: "0.2989 · red + 0.587 · green + 0.114 · blue, in all channels", example: "Input((8, 8, 3))\nRandomGrayscale(0.3)")

  static let channels = ImageChannels.coloursOrGrey

  let drawCount = 1
  let factor: Double
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    factor = arguments[RandomGrayscale.factor]
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let factor = graph.constant(factor)
    let isGrey = graph.perImage(graph.apply(.less, draws[0], factor))
    return graph.select(isGrey, graph.brightness(of: images), images)
  }
}
