import Patterns
import Testing

@Suite struct UnicodeClassesTests {
  @Test func everyPropertyHasTheScalarsThatV8Gives() throws {
    let rows = try PatternFixtures.text("properties.txt").split(separator: "\n")
    #expect(rows.count > 400)
    for row in rows {
      let fields = row.split(separator: " ")
      let set = try #require(UnicodeClasses.property(String(fields[0])), "\(row)")
      #expect(set.count == Int(fields[1]), "\(row)")
      // Large sets cost the test a second each without showing more.
      guard set.count < 20_000 else { continue }
      var hash: UInt32 = 2_166_136_261
      for range in set.ranges {
        for code in range {
          for shift in stride(from: UInt32(0), to: 32, by: 8) {
            hash = (hash ^ (code >> shift & 255)) &* 16_777_619
          }
        }
      }
      #expect(hash == UInt32(fields[2]), "\(row)")
    }
  }

  @Test func aliasesNameTheSameSet() {
    for (one, other) in [
      ("L", "Letter"), ("Nd", "digit"), ("P", "punct"), ("Script=Latin", "sc=Latn"),
      ("gc=Lu", "General_Category=Uppercase_Letter"), ("Alpha", "Alphabetic"),
      ("scx=Grek", "Script_Extensions=Greek"), ("space", "White_Space"), ("Zinh", "Zinh"),
    ] {
      #expect(UnicodeClasses.property(one) == UnicodeClasses.property(other), "\(one)")
    }
    for unknown in ["", "l", "Latin", "script=Latin", "Script=", "gc=", "Lu ", "Digit", "Lu=gc"] {
      #expect(UnicodeClasses.property(unknown) == nil, "\(unknown)")
    }
  }
}
