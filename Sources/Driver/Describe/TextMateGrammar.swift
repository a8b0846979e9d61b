import Artifacts
import Lambdas
import Plans
import Syntax

/// `grammar/train.tmLanguage.json`: how editors colour a script, as a TextMate grammar (VS Code, Sublime Text, GitHub's Linguist), made from
/// the words of the lexer and the names of the catalog.
///
/// Format: https://macromates.com/manual/en/language_grammars; regular expressions are Oniguruma's.
enum TextMateGrammar {
  static func text(of catalog: Catalog) -> String {
    let grammar: JSON = [
      "name": "train", "scopeName": "source.train", "fileTypes": ["train"],
      "patterns": [["include": "#statement"], ["include": "#expression"]],
      "repository": [
        "statement": [
          "patterns": [
            rule(#"^# %%.*$"#, "comment.line.number-sign.cell.train"),
            rule(#"#.*$"#, "comment.line.number-sign.train"),
            rule(
              #"^\s*(model|callback|def)\s+([A-Za-z_]\w*)"#, captures: ["storage.type.train", "entity.name.function.train"]),
            rule(#"^\s*(on)\s+([a-z_]+)(?=\s*\()"#, captures: ["keyword.control.train", "entity.name.function.hook.train"]),
            rule(
              #"(?:^|(?<==))\s*(fit|evaluate|predict|save|compile|settings|callbacks|include)\b(?!\s*[=.(,\[\)])"#,
              captures: ["keyword.control.train"]),
            rule(#"\b(on|to)\b(?=[^=(]*$)"#, "keyword.control.train"),
          ]
        ],
        "expression": [
          "patterns": [
            ["include": "#formatted"], ["include": "#string"],
            rule(
              #"\b(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"#,
              "constant.numeric.train"),
            rule(words(["True", "False", "None"]), "constant.language.train"),
            rule(
              words(Token.Kind.allCases.filter { $0.isKeyword && $0.rawValue.first?.isLowercase == true }.map(\.rawValue)),
              "keyword.control.train"),
            rule(words(["model", "self", "logs", "params"]), "variable.language.train"),
            rule(words(classes(of: catalog)) + #"(?=\s*\()"#, "support.class.train"),
            rule(words(functions) + #"(?=\s*\()"#, "support.function.builtin.train"),
            rule(#"\b[A-Za-z_]\w*(?=\s*=[^=])"#, "variable.parameter.train"),
            rule(#"[-+*/%@&|^~<>=!]=?|\*\*|//|<<|>>|:="#, "keyword.operator.train"),
          ]
        ],
        "string": ["patterns": .array(quotes.map { string("(?:[rR]|[uU])?", $0) })],
        "formatted": ["patterns": .array(quotes.map { formatted($0) })],
        "field": [
          "begin": #"\{(?!\{)"#, "end": #"\}"#, "name": "meta.embedded.train",
          "patterns": [["include": "#expression"]],
        ],
      ],
    ]
    return grammar.indented + "\n"
  }

  private static let quotes = [#"\"\"\""#, "'''", #"\""#, "'"]

  private static func string(_ prefix: String, _ quote: String) -> JSON {
    [
      "name": "string.quoted.train", "begin": .string(prefix + quote), "end": .string(end(of: quote)),
      "patterns": [rule(#"\\."#, "constant.character.escape.train")],
    ]
  }

  private static func formatted(_ quote: String) -> JSON {
    [
      "name": "string.interpolated.train", "begin": .string("(?:[fF][rR]?|[rR][fF])" + quote), "end": .string(end(of: quote)),
      "patterns": [rule(#"\\.|\{\{|\}\}"#, "constant.character.escape.train"), ["include": "#field"]],
    ]
  }

  /// A string of one line ends with the line, closed or not.
  private static func end(of quote: String) -> String { quote.count > 2 ? quote : "\(quote)|$" }

  private static func rule(_ match: String, _ name: String) -> JSON { ["match": .string(match), "name": .string(name)] }

  private static func rule(_ match: String, captures: [String]) -> JSON {
    let names = captures.enumerated().map { (String($0.offset + 1), ["name": .string($0.element)] as JSON) }
    return ["match": .string(match), "captures": .object(JSON.Object(names))]
  }

  private static func words(_ words: [String]) -> String { #"\b(?:\#(words.sorted().joined(separator: "|")))\b"# }

  /// Names that begin with a capital: layers, callbacks, optimizers …
  private static func classes(of catalog: Catalog) -> [String] {
    Set(Role.allCases.flatMap { catalog.names($0) }.filter { $0.first?.isUppercase == true && !$0.contains(".") }).sorted()
  }

  private static var functions: [String] { Set(Builtins.names.filter { !$0.contains(".") }).sorted() }
}
