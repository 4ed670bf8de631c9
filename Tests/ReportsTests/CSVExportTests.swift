import JSON
import Reports
import Testing

@Suite struct CSVExportTests {
  private static func line(
    _ job: String, output: String? = nil, status: String = "ok", key: String? = nil,
    done: String = "2026-01-01T00:00:00Z", extra: String = ""
  ) throws -> ResultLine {
    let kind = output == nil ? "error" : "result"
    let body = output.map { "\"output\":\($0)," } ?? ""
    let text =
      "{\"v\":1,\"type\":\"\(kind)\",\"status\":\"\(status)\",\"key\":\"\(key ?? job)\",\"queue\":\"q\","
      + "\"input\":{\"name\":\"\(job).txt\",\"sha256\":null},\(body)\(extra)\"job\":\"\(job)\","
      + "\"run\":{\"done\":\"\(done)\"}}"
    return try #require(ResultLine(Array(text.utf8)))
  }

  private static func table(_ lines: [ResultLine], rows: String? = nil) -> [String] {
    let bytes = CSVExport(rowsOf: rows.flatMap { JSONPointer($0) }).table(lines)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasSuffix("\r\n"))
    return text.dropLast().split(separator: "\r\n", omittingEmptySubsequences: false).map(
      String.init)
  }

  private static let head = "job,queue,name,sha256,status,finish,review,reasons,error,message"

  @Test func nestedValuesAreColumnsUnderTheirPointers() throws {
    let lines = [
      try Self.line("a", output: #"{"total":1.50,"lines":[{"n":"x"},{"n":"y"}],"ok":true}"#),
      try Self.line("b", output: #"{"total":-2,"lines":[{"n":"z","m":1}],"extra":null}"#),
    ]
    #expect(
      Self.table(lines) == [
        Self.head + ",/total,/lines/0/n,/lines/0/m,/lines/1/n,/ok,/extra",
        "a,q,a.txt,,ok,,,,,,1.50,x,,y,true,", "b,q,b.txt,,ok,,,,,,-2,z,1,,,",
      ])
  }

  @Test func elementsOfAListCanBeRows() throws {
    let lines = [
      try Self.line("a", output: #"{"total":3,"lines":[{"n":"x"},{"n":"y"}]}"#),
      try Self.line("b", output: #"{"total":4,"lines":[]}"#), try Self.line("c", status: "failed"),
    ]
    #expect(
      Self.table(lines, rows: "/lines") == [
        Self.head + ",row,/total,/lines/*/n", "a,q,a.txt,,ok,,,,,,1,3,x",
        "a,q,a.txt,,ok,,,,,,2,3,y",
        "b,q,b.txt,,ok,,,,,,,4,", "c,q,c.txt,,failed,,,,,,,,",
      ])
  }

  @Test func failedJobsAreRows() throws {
    let failed = try Self.line(
      "f", status: "failed",
      extra: #""error":{"code":"input.not_text","message":"It is, sadly, no text."},"#)
    #expect(
      Self.table([failed]) == [
        Self.head, #"f,q,f.txt,,failed,,,,input.not_text,"It is, sadly, no text.""#,
      ])
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+49 461", "'+49 461"), ("-x", "'-x"), ("@SUM(A1)", "'@SUM(A1)"),
    ("\\tx", "'\tx"),
    (" =1", "' =1"), ("a=1", "a=1"), ("a,b", "\"a,b\""), ("a\\\"b", "\"a\"\"b\""),
    ("a\\nb", "\"a\nb\""),
    ("＝1", "'＝1"),
  ])
  func cellsAreQuotedAndFormulasGuarded(value: String, cell: String) throws {
    let table = Self.table([try Self.line("a", output: "{\"v\":\"\(value)\"}")])
    #expect(table.dropFirst().joined(separator: "\r\n") == "a,q,a.txt,,ok,,,,,," + cell)
  }

  @Test func theLastLineOfAKeyHolds() throws {
    let lines = [
      try Self.line("old", status: "failed", key: "k"),
      try Self.line("new", output: "1", key: "k", done: "2026-01-02T00:00:00Z"),
      try Self.line("again", status: "duplicate", key: "k", done: "2026-01-03T00:00:00Z"),
    ]
    #expect(ResultLine.latest(lines).map(\.job) == ["new", "again"])
  }

  @Test(arguments: [
    "", "{}", "[]", "{\"v\":2,\"type\":\"result\"}", "{\"v\":1,\"type\":\"decision\"}", "{\"v\":1",
  ])
  func whatIsNoLineIsNone(text: String) { #expect(ResultLine(Array(text.utf8)) == nil) }

  @Test func aCutLineIsNoneAtEveryByte() throws {
    let line = try Self.line("a", output: #"{"v":"ü"}"#).value.bytes
    for count in 0..<line.count { #expect(ResultLine(Array(line[..<count])) == nil) }
  }
}
