import Diagnostics

/// Every sentence that reading a script can say, by its stable name. The wording stands in the `…+Complaints.swift` files.
package enum SyntaxComplaint: String, CaseIterable, Sendable {
  // Characters, numbers, strings.
  case unreadableCharacter = "unreadable-character"
  case strayBackslash = "stray-backslash"
  case malformedNumber = "malformed-number"
  case leadingZero = "leading-zero"
  case integerTooLarge = "integer-too-large"
  case complexLiteral = "complex-literal"
  case bytesLiteral = "bytes-literal"
  case unclosedString = "unclosed-string"
  case unclosedField = "unclosed-field"
  case strayFieldBrace = "stray-field-brace"
  case unknownEscape = "unknown-escape"
  case malformedEscape = "malformed-escape"
  case impossibleCodePoint = "impossible-code-point"
  case namedEscape = "named-escape"
  case unknownConversion = "unknown-conversion"
  case misplacedCell = "misplaced-cell"
  case textTooLong = "text-too-long"

  // Brackets and blocks.
  case unclosedBracket = "unclosed-bracket"
  case unclosedBlock = "unclosed-block"
  case strayCloser = "stray-closer"
  case mismatchedCloser = "mismatched-closer"
  case nestedTooDeeply = "nested-too-deeply"
  case braceOnOwnLine = "brace-on-own-line"
  case elseOnOwnLine = "else-on-own-line"
  case elseWithoutIf = "else-without-if"
  case elseIf = "else-if"
  case missingBlock = "missing-block"

  // Expressions.
  case missingExpression = "missing-expression"
  case missingComma = "missing-comma"
  case missingColon = "missing-colon"
  case missingElse = "missing-else"
  case missingIn = "missing-in"
  case unexpectedText = "unexpected-text"
  case foreignOperator = "foreign-operator"
  case equalsInCondition = "equals-in-condition"
  case walrus
  case generatorOutsideCall = "generator-outside-call"
  case spreadInComprehension = "spread-in-comprehension"
  case strayStar = "stray-star"
  case mixedDisplay = "mixed-display"
  case positionalAfterKeyword = "positional-after-keyword"
  case keywordNotAName = "keyword-not-a-name"
  case reservedWord = "reserved-word"

  // Statements.
  case missingName = "missing-name"
  case missingWord = "missing-word"
  case runAsValue = "run-as-value"
  case missingParameters = "missing-parameters"
  case parameterOrder = "parameter-order"
  case repeatedParameter = "repeated-parameter"
  case restParameter = "rest-parameter"
  case impossibleTarget = "impossible-target"
  case unknownStatement = "unknown-statement"
  case misplacedStatement = "misplaced-statement"
  case colonForEquals = "colon-for-equals"
  case commaAfterSetting = "comma-after-setting"
  case notASetting = "not-a-setting"
  case unparenthesizedPair = "unparenthesized-pair"
  case compileWithoutModel = "compile-without-model"
  case relativeImport = "relative-import"

  // Python that a script says otherwise.
  case indentedBlock = "indented-block"
  case annotation
  case pythonStatement = "python-statement"

  // The YAML form.
  case yamlTab = "yaml-tab"
  case yamlIndentation = "yaml-indentation"
  case yamlColon = "yaml-colon"
  case yamlCharacter = "yaml-character"
  case yamlSyntax = "yaml-syntax"
  case restUnread = "rest-unread"
  case severalDocuments = "several-documents"
  case notAScript = "not-a-script"
  case duplicateKey = "duplicate-key"
  case mergeKey = "merge-key"
  case unknownAlias = "unknown-alias"
  case recursiveAlias = "recursive-alias"
  case tooManyAliases = "too-many-aliases"
  case unknownTag = "unknown-tag"
  case unknownSection = "unknown-section"
  case unknownStep = "unknown-step"
  case unknownKey = "unknown-key"
  case missingKey = "missing-key"
  case severalCalls = "several-calls"
  case notACall = "not-a-call"
  case wrongNode = "wrong-node"
  case olderReading = "older-reading"
}

extension Finding {
  /// A complaint of the reader: an error unless said otherwise.
  init(
    _ complaint: SyntaxComplaint, _ message: String, at range: SourceRange, severity: Severity = .error, remark: String = "",
    labels: [Label] = [], hint: String? = nil
  ) {
    self.init(severity, complaint.rawValue, message, at: range, remark: remark, labels: labels, hint: hint)
  }
}

/// A text with a capital letter first, as a message begins; a backtick stays.
func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
