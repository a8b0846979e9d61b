import Plans
import Tensors

/// Turns half of the images round: left to right, upside down, or both at once.
struct RandomFlip: RandomImageLayer {
  static let mode = Parameter<String>(
    "mode", "left to right (horizontal), upside down (vertical), or both",
    .choice(["horizontal", "vertical", "horizontal_and_vertical"]),
    default: "horizontal_and_vertical")
  static let signature = Signature(
    "RandomFlip", "Turns half of the images round while training.",
    [mode.description, ImageParameters.seed.description, DataFormat.parameter.description],
    example: "Input((8, 8, 3))\nRandomFlip(\"horizontal\")")

  let drawCount = 1
  let mode: String
  let settings: ImageSettings
  init(_ arguments: Arguments) {
    mode = arguments[RandomFlip.mode]
    settings = ImageSettings(arguments)
  }

  func changed(_ images: Node, draws: [Node], in graph: inout Graph) -> Node {
    let half = graph.constant(0.5)
    let flips = graph.apply(.lessEqual, draws[0], half)
    return graph.flip(images, where: flips, horizontally: mode != "vertical", vertically: mode != "horizontal")
  }
}
