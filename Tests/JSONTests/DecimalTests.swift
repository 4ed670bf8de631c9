import JSON
import Testing

@Suite struct DecimalTests {
  @Test(arguments: [
    ("1", "1.0", 0), ("1", "2", -1), ("-1", "1", -1), ("0", "-0.0", 0), ("0.1", "0.10", 0),
    ("1e3", "1000", 0), ("1e-3", "0.001", 0), ("9", "10", -1), ("-9", "-10", 1),
    ("9007199254740993", "9007199254740992", 1), ("1e1000", "1e999", 1), ("-1e1000", "0", -1),
    ("0.99", "1", -1), ("123.456", "123.4561", -1),
  ])
  func valuesCompareExactly(_ a: String, _ b: String, _ order: Int) throws {
    let (x, y) = (try #require(Decimal(a)), try #require(Decimal(b)))
    #expect((x < y) == (order < 0))
    #expect((y < x) == (order > 0))
    #expect((x == y) == (order == 0))
  }

  @Test(arguments: ["", "-", "1.", ".1", "01", "1e", "1e+", "abc", "1 ", "--1", "1e2000000000"])
  func otherTextIsNoNumber(_ text: String) {
    #expect(Decimal(text) == nil)
  }

  @Test(arguments: [
    ("0", 0), ("-12", -12), ("1e3", 1000), ("9223372036854775807", Int.max),
    ("-9223372036854775808", Int.min), ("1200", 1200), ("12.0", 12),
  ])
  func wholeNumbersBecomeNative(_ text: String, _ value: Int) throws {
    #expect(try #require(Decimal(text)).int == value)
    #expect(Decimal(value) == Decimal(text))
  }

  @Test(arguments: ["0.5", "9223372036854775808", "-9223372036854775809", "1e30"])
  func otherNumbersDoNot(_ text: String) throws {
    #expect(try #require(Decimal(text)).int == nil)
  }

  @Test(arguments: [
    ("1", "2", "3"), ("0.1", "0.2", "0.3"), ("1", "-1", "0"), ("999", "1", "1000"),
    ("1.5", "-2.25", "-0.75"), ("1e20", "1", "100000000000000000001"), ("-3", "-4", "-7"),
    ("12.10", "0.005", "12.105"),
  ])
  func sumsAreExact(_ a: String, _ b: String, _ sum: String) throws {
    let (x, y) = (try #require(Decimal(a)), try #require(Decimal(b)))
    #expect(x.adding(y) == Decimal(sum))
    #expect(y.adding(x) == Decimal(sum))
  }

  @Test(arguments: [
    ("6", "3", true), ("7", "3", false), ("0.3", "0.1", true), ("0.35", "0.1", false),
    ("1e20", "7", false), ("1e20", "5", true), ("4.5", "1.5", true), ("0", "3", true),
    ("35", "10", false), ("100", "20", true), ("-8", "4", true), ("1", "0.0001", true),
  ])
  func multiplesAreExact(_ value: String, _ divisor: String, _ expected: Bool) throws {
    let (x, y) = (try #require(Decimal(value)), try #require(Decimal(divisor)))
    #expect(x.isMultiple(of: y) == expected)
  }

  @Test(arguments: ["0", "1", "-1.5", "0.001", "1000", "123.456", "-0.5"])
  func plainTextReadsBack(_ text: String) throws {
    #expect(try #require(Decimal(text)).plainText == text)
  }
}
