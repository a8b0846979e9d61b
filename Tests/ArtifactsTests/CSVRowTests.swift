import Artifacts
import Testing

@Suite struct CSVRowTests {
  /// Rows that CPython's `csv.writer` and Keras's CSVLogger wrote.
  @Test func agreesWithPython() {
    #expect(csvRow(["epoch", "loss", "val_loss"]) == "epoch,loss,val_loss\r\n")
    #expect(
      csvRow([
        .integer(0), .list([.float(1), .float(2.5)]), .integer(7), .float(0.11932498216629028),
        .list([.integer(1), .integer(2)]), .float(.nan), .none, .text("say \"hi\""), .text("a,b"), .float(3), .text("NA"),
      ]) == "0,\"\"\"[1.0, 2.5]\"\"\",7,0.11932498216629028,\"\"\"[1, 2]\"\"\",nan,,\"say \"\"hi\"\"\",\"a,b\",3.0,NA\r\n")
    #expect(csvRow(["a\r\nb", "c\nd", "e\rf", " g "]) == "\"a\r\nb\",\"c\nd\",\"e\rf\", g \r\n")
    #expect(csvRow([CSVValue.none]) == "\"\"\r\n")
    #expect(csvRow([CSVValue.none, .none]) == ",\r\n")
    #expect(csvRow([.float(-.infinity), .float(1e-5), .text("a;b")], separator: ";") == "-inf;1e-05;\"a;b\"\r\n")
  }
}
