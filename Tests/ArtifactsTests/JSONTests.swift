import Artifacts
import Testing

@Suite struct JSONTests {
  /// What CPython 3.11's `json.dumps(json.loads(text))` gives.
  @Test(arguments: [
    ("null", "null"), (" true ", "true"), ("false", "false"), ("0", "0"), ("-0", "0"), ("-0.0", "-0.0"), ("1.0", "1.0"),
    ("1e5", "100000.0"), ("1E+16", "1e+16"), ("0.00001", "1e-05"), ("1e-07", "1e-07"),
    ("0.0010000000474974513", "0.0010000000474974513"),
    ("123456789012345680000", "123456789012345680000"), ("NaN", "NaN"), ("[Infinity, -Infinity]", "[Infinity, -Infinity]"),
    ("[]", "[]"), ("[1,2 , 3]", "[1, 2, 3]"), ("{}", "{}"), (#"{"b":1,"a":[{}],"b":2}"#, #"{"b": 2, "a": [{}]}"#),
    (#""a\"\\\/\b\f\n\r\t""#, #""a\"\\/\b\f\n\r\t""#), (#""\u00e9 é ü""#, #""\u00e9 \u00e9 \u00fc""#),
    (#""\ud83d\ude00 😀""#, #""\ud83d\ude00 \ud83d\ude00""#), ("\"\u{7F}\"", #""\u007f""#),
    ("{\r\n\t\"a\" : null\n}", #"{"a": null}"#),
  ])
  func agreesWithPython(text: String, expected: String) throws {
    // A whole number beyond 64 bits is the one difference: it becomes a float.
    let written = try JSON.parse(text).text
    #expect(written == (expected == "123456789012345680000" ? "1.2345678901234568e+20" : expected))
    #expect(try JSON.parse(written).text == written)
  }

  @Test(arguments: [
    ("", 1, 1, "the text ends where a value is expected"), ("[1, 2", 1, 6, "a comma or ']' is expected"),
    ("[1,]", 1, 4, "a value is expected"), ("{\"a\" 1}", 1, 6, "a colon is expected after the key"),
    ("{a: 1}", 1, 2, "a key in double quotes is expected"), ("{\"a\": 1,\n b}", 2, 2, "a key in double quotes is expected"),
    ("01", 1, 2, "nothing more is expected after the value"), ("1.", 1, 3, "a digit is expected"),
    ("-", 1, 2, "a digit is expected"), ("1e", 1, 3, "a digit is expected"), ("\"a", 1, 3, "the text ends inside a string"),
    ("\"\\x\"", 1, 3, "a backslash is followed by a character that it does not escape"),
    ("\"\\u12g4\"", 1, 6, "four hexadecimal digits are expected after `\\u`"),
    ("\"a\nb\"", 1, 3, "a control character stands in a string"), ("nul", 1, 1, "a value is expected"),
    ("[1] 2", 1, 5, "nothing more is expected after the value"), ("'a'", 1, 1, "a value is expected"),
  ])
  func saysWhereTheTextIsWrong(text: String, line: Int, column: Int, reason: String) {
    do {
      _ = try JSON.parse(text)
      Issue.record("`\(text)` was read")
    } catch {
      #expect(error == JSONFault(line: line, column: column, reason: reason))
    }
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect(throws: JSONFault.self) { _ = try JSON.parse([0x22, 0xFF, 0xFE, 0x22]) }
    #expect(throws: JSONFault.self) { _ = try JSON.parse([0, 1, 2, 3]) }
    #expect(throws: JSONFault.self) { _ = try JSON.parse(Array("\u{FEFF}1".utf8)) }
  }

  @Test func depthIsBounded() throws {
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    #expect(try JSON.parse(deep).text == deep)
    #expect(throws: JSONFault.self) { _ = try JSON.parse(String(repeating: "[", count: 100_000)) }
    #expect(throws: JSONFault.self) { _ = try JSON.parse(String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test func everyPrefixOfATextIsRefused() throws {
    let text = #"{"a": [1, -2.5e3, "x\u00e9", null], "b": {"c": true}}"#
    _ = try JSON.parse(text)
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      #expect(throws: JSONFault.self, "\(length) bytes") { _ = try JSON.parse(Array(bytes[..<length])) }
    }
  }

  @Test func valuesAreReached() throws {
    var json: JSON = ["layers": [["units": 3, "rate": 0.5, "name": "dense", "use": true, "seed": nil]]]
    #expect(json["layers"]?[0]?["units"]?.integerValue == 3)
    #expect(json["layers"]?[0]?["units"]?.doubleValue == 3)
    #expect(json["layers"]?[0]?["rate"]?.integerValue == nil)
    #expect(json["layers"]?[0]?["name"]?.stringValue == "dense")
    #expect(json["layers"]?[0]?["use"]?.boolValue == true)
    #expect(json["layers"]?[0]?["seed"]?.isNull == true)
    #expect(json["layers"]?[1] == nil)
    #expect(json["none"] == nil)
    #expect(json["layers"]?.objectValue == nil)
    json["added"] = 1
    json["layers"] = nil
    #expect(json.text == #"{"added": 1}"#)
  }
}
