import Arrays
import Artifacts
import Lambdas
import Plans

/// Keras's own data sets, each `NAME.load_data()`, from the files that Keras fetches.
///
/// All give `((x_train, y_train), (x_test, y_test))`. The check reads nothing: a file that is not there yet is fetched in the run.
enum KerasSets {
  static let entries: [Entry] = [
    mnist, fashionMNIST, cifar10, cifar100, imdb, reuters, imdbWords, reutersWords, reutersLabels, californiaHousing,
  ]

  /// The path parameter of sets that are one file.
  static func path(_ name: String) -> Parameter<String> {
    Parameter("path", "the file, within Keras's folder unless it begins with `/`", default: name)
  }

  /// The four arrays of a set as its value.
  static func pairs(_ train: (x: Value, y: Value), _ test: (x: Value, y: Value)) -> Value {
    .tuple([.tuple([train.x, train.y]), .tuple([test.x, test.y])])
  }

  /// The same as far as is known before the run.
  static func pairs(_ train: (x: ValueType, y: ValueType), _ test: (x: ValueType, y: ValueType)) -> Forecast {
    .tuple([.tuple([.type(train.x), .type(train.y)]), .tuple([.type(test.x), .type(test.y)])])
  }

  static func reading<Result>(_ read: () throws(FileFailure) -> Result) throws(Failure) -> Result {
    do { return try read() } catch { throw Failure("\(error)") }
  }
}
