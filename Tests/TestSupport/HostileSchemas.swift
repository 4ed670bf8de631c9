// Schemas made to cost time or memory, each at any size: what a person who may submit schemas can do.

/// A family of hostile schemas.
package struct HostileSchema: Sendable, CustomStringConvertible {
  /// What grows with the size.
  package let name: String
  /// The sizes at which it is tried.
  package let sizes: [Int]
  private let make: @Sendable (Int) -> String
  private let value: @Sendable (Int) -> String

  package var description: String { name }

  init(
    _ name: String, sizes: [Int] = [10, 100, 1000, 10_000],
    value: @escaping @Sendable (Int) -> String = { _ in "{}" },
    _ make: @escaping @Sendable (Int) -> String
  ) {
    self.name = name
    self.sizes = sizes
    self.make = make
    self.value = value
  }

  /// Returns the schema of a size.
  package func schema(_ size: Int) -> [UInt8] {
    // A byte that is no UTF-8 cannot stand in a string.
    make(size).utf8.map { $0 == 0x07 ? 0xFF : $0 }
  }

  /// Returns a value to be judged under the schema of a size.
  package func instance(_ size: Int) -> [UInt8] { Array(value(size).utf8) }

  /// Repeats a text with the number of its turn.
  static func list(_ count: Int, separator: String = ",", _ part: (Int) -> String) -> String {
    (0..<count).map(part).joined(separator: separator)
  }

  /// Nests a text in itself.
  static func nest(_ count: Int, _ head: String, _ core: String, _ tail: String) -> String {
    String(repeating: head, count: count) + core + String(repeating: tail, count: count)
  }
}

extension HostileSchema {
  /// All families.
  package static let all =
    members + elements + combinations + references + texts + numbers + documents

  private static func object(_ size: Int) -> String {
    "{\(list(size) { "\"k\($0)\":\($0)" })}"
  }

  private static func array(_ size: Int) -> String { "[\(list(size) { "\($0)" })]" }

  static let members: [HostileSchema] = [
    HostileSchema("properties", value: object) { size in
      #"{"type":"object","properties":{\#(list(size) { #""k\#($0)":{"type":"integer"}"# })}}"#
    },
    HostileSchema("properties, closed", value: object) { size in
      #"{"type":"object","properties":{\#(list(size) { #""k\#($0)":{"type":"integer"}"# })},"additionalProperties":false}"#
    },
    HostileSchema("required", value: object) { size in
      #"{"type":"object","required":[\#(list(size) { "\"k\($0)\"" })]}"#
    },
    HostileSchema("required properties", value: object) { size in
      #"{"type":"object","properties":{\#(list(size) { #""k\#($0)":{"type":"integer"}"# })},"required":[\#(list(size) { "\"k\($0)\"" })]}"#
    },
    HostileSchema("patternProperties, apart", value: object) { size in
      #"{"type":"object","patternProperties":{\#(list(size) { #""^k\#($0)$":{"minimum":\#($0)}"# })},"additionalProperties":false}"#
    },
    HostileSchema("patternProperties, overlapping", value: object) { size in
      #"{"type":"object","patternProperties":{\#(list(size) { #""k.*\#($0)":{"minimum":\#(-$0)}"# })}}"#
    },
    HostileSchema("propertyNames", value: object) { size in
      #"{"type":"object","propertyNames":{"maxLength":\#(size),"pattern":"^[a-z]{1,\#(size)}[0-9]*$"}}"#
    },
    HostileSchema("minProperties", value: object) { size in
      #"{"type":"object","minProperties":\#(size),"maxProperties":\#(size + 1)}"#
    },
    HostileSchema("minProperties of optional properties", value: object) { size in
      #"{"type":"object","properties":{\#(list(size) { #""k\#($0)":{"type":"integer"}"# })},"minProperties":\#(size / 2),"additionalProperties":false}"#
    },
    HostileSchema("dependentRequired", value: object) { size in
      #"{"type":"object","dependentRequired":{\#(list(size) { #""k\#($0)":["k\#($0 + 1)"]"# })}}"#
    },
    HostileSchema("dependentSchemas", value: object) { size in
      #"{"type":"object","dependentSchemas":{\#(list(size) { #""k\#($0)":{"required":["k\#($0 + 1)"]}"# })}}"#
    },
    HostileSchema("unevaluatedProperties", value: object) { size in
      #"{"type":"object","allOf":[\#(list(size) { #"{"properties":{"k\#($0)":true}}"# })],"unevaluatedProperties":false}"#
    },
    HostileSchema("long names", value: { #"{"\#(String(repeating: "k", count: $0))":1}"# }) {
      size in
      #"{"type":"object","properties":{"\#(String(repeating: "k", count: size))":{"type":"integer"}},"additionalProperties":false}"#
    },
    HostileSchema("nested objects") { size in
      nest(size, #"{"type":"object","properties":{"a":"#, "true", #"},"required":["a"]}"#)
    },
    HostileSchema("nested additionalProperties") { size in
      nest(size, #"{"type":"object","additionalProperties":"#, "false", "}")
    },
  ]

  static let elements: [HostileSchema] = [
    HostileSchema(
      "minItems", sizes: [10, 1000, 100_000, 1_000_000_000], value: { array(min($0, 1000)) }
    ) { size in
      #"{"type":"array","items":{"type":"integer"},"minItems":\#(size)}"#
    },
    HostileSchema(
      "maxItems", sizes: [10, 1000, 100_000, 1_000_000_000], value: { array(min($0, 1000)) }
    ) { size in
      #"{"type":"array","items":{"type":"integer"},"maxItems":\#(size)}"#
    },
    HostileSchema("prefixItems", value: array) { size in
      #"{"type":"array","prefixItems":[\#(list(size) { #"{"maximum":\#($0)}"# })],"minItems":\#(size)}"#
    },
    HostileSchema("minContains", value: array) { size in
      #"{"type":"array","items":{"type":"integer"},"contains":{"minimum":5},"minContains":\#(size),"maxContains":\#(size + 5)}"#
    },
    HostileSchema("contains, several", sizes: [1, 2, 4, 8], value: array) { size in
      #"{"type":"array","items":{"type":"integer"},"allOf":[\#(list(size) { #"{"contains":{"multipleOf":\#($0 + 2)}}"# })]}"#
    },
    HostileSchema("uniqueItems, many", value: array) { size in
      #"{"type":"array","items":{"type":"integer"},"uniqueItems":true,"minItems":\#(size)}"#
    },
    HostileSchema("uniqueItems, few values", value: array) { size in
      #"{"type":"array","items":{"enum":[\#(list(size) { "\($0)" })]},"uniqueItems":true,"minItems":\#(size)}"#
    },
    HostileSchema("uniqueItems of objects", value: { "[\(list($0) { #"{"a":\#($0)}"# })]" }) {
      size in
      #"{"type":"array","items":{"type":"object","properties":{"a":{"type":"integer"}}},"uniqueItems":true,"maxItems":\#(size)}"#
    },
    HostileSchema("unevaluatedItems", value: array) { size in
      #"{"type":"array","allOf":[\#(list(size) { #"{"prefixItems":[{"maximum":\#($0)}]}"# })],"unevaluatedItems":{"type":"string"}}"#
    },
    HostileSchema("nested arrays", value: { nest(min($0, 500), "[", "", "]") }) { size in
      nest(size, #"{"type":"array","items":"#, "true", "}")
    },
  ]

  static let combinations: [HostileSchema] = [
    HostileSchema("enum of strings", value: { "\"v\($0 - 1)\"" }) { size in
      #"{"enum":[\#(list(size) { "\"v\($0)\"" })]}"#
    },
    HostileSchema("enum of numbers", value: { "\($0 - 1)" }) { size in
      #"{"enum":[\#(list(size) { "\($0)" })]}"#
    },
    HostileSchema("enum of objects", value: { #"{"a":\#($0 - 1)}"# }) { size in
      #"{"enum":[\#(list(size) { #"{"a":\#($0)}"# })]}"#
    },
    HostileSchema("enum beside an enum", value: { "\"v\($0 - 1)\"" }) { size in
      #"{"enum":[\#(list(size) { "\"v\($0)\"" })],"allOf":[{"enum":[\#(list(size) { "\"v\($0 / 2)\"" })]}]}"#
    },
    HostileSchema("not an enum", value: { "\"v\($0)\"" }) { size in
      #"{"type":"string","not":{"enum":[\#(list(size) { "\"v\($0)\"" })]}}"#
    },
    HostileSchema("deep const", value: { nest(min($0, 500), "[", "", "]") }) { size in
      #"{"const":\#(nest(size, "[", "", "]"))}"#
    },
    HostileSchema("anyOf of constants", value: { "\($0 - 1)" }) { size in
      #"{"anyOf":[\#(list(size) { #"{"const":\#($0)}"# })]}"#
    },
    HostileSchema("anyOf of objects", value: object) { size in
      #"{"anyOf":[\#(list(size) { #"{"type":"object","required":["k\#($0)"]}"# })]}"#
    },
    HostileSchema("oneOf by a tag", value: { #"{"t":"v\#($0 - 1)"}"# }) { size in
      #"{"oneOf":[\#(list(size) { #"{"type":"object","properties":{"t":{"const":"v\#($0)"}},"required":["t"]}"# })]}"#
    },
    HostileSchema("oneOf, overlapping objects", value: object) { size in
      #"{"oneOf":[\#(list(size) { #"{"type":"object","properties":{"k\#($0)":{"type":"integer"}}}"# })]}"#
    },
    HostileSchema("oneOf of patterns", value: { "\"a\($0)\"" }) { size in
      #"{"type":"string","oneOf":[\#(list(size) { #"{"pattern":"^a\#($0)"}"# })]}"#
    },
    HostileSchema("nested oneOf", value: { _ in "1" }) { size in
      nest(size, #"{"oneOf":[{"type":"string"},"#, #"{"type":"integer"}"#, "]}")
    },
    HostileSchema("nested not", value: { _ in "1" }) { size in
      nest(size, #"{"not":"#, #"{"type":"integer"}"#, "}")
    },
    HostileSchema("nested if", value: { _ in "1" }) { size in
      nest(size, #"{"if":{"minimum":1},"then":{"maximum":9},"else":"#, "true", "}")
    },
    HostileSchema("allOf of if", value: object) { size in
      #"{"type":"object","allOf":[\#(list(size) { #"{"if":{"properties":{"t":{"const":\#($0)}},"required":["t"]},"then":{"required":["k\#($0)"]}}"# })]}"#
    },
    HostileSchema("allOf of ranges", value: { "\($0)" }) { size in
      #"{"type":"integer","allOf":[\#(list(size) { #"{"minimum":\#($0)}"# })]}"#
    },
    HostileSchema("allOf of multiples", sizes: [2, 4, 8, 16], value: { _ in "0" }) { size in
      #"{"type":"integer","allOf":[\#(list(size) { #"{"multipleOf":\#(2 * $0 + 3)}"# })]}"#
    },
    HostileSchema("allOf of patterns", value: { "\"\(list($0, separator: "") { "x\($0)" })\"" }) {
      size in
      #"{"type":"string","allOf":[\#(list(size) { #"{"pattern":"x\#($0)"}"# })]}"#
    },
    HostileSchema("allOf of alternatives", value: object) { size in
      #"{"type":"object","allOf":[\#(list(size) { #"{"anyOf":[{"required":["a\#($0)"]},{"required":["b\#($0)"]}]}"# })]}"#
    },
    HostileSchema("contradictory ranges", value: { "\($0)" }) { size in
      #"{"type":"integer","minimum":\#(size + 1),"maximum":\#(size)}"#
    },
  ]

  static let references: [HostileSchema] = [
    HostileSchema("allOf diamonds", value: { _ in "1" }) { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"allOf":[{"$ref":"#/$defs/d\##($0 + 1)"},{"$ref":"#/$defs/d\##($0 + 1)"}]}"## }),"d\##(size)":{"type":"integer"}}}"##
    },
    HostileSchema("anyOf diamonds", value: { _ in "1" }) { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"anyOf":[{"$ref":"#/$defs/d\##($0 + 1)"},{"$ref":"#/$defs/d\##($0 + 1)"}]}"## }),"d\##(size)":{"type":"integer"}}}"##
    },
    HostileSchema("property diamonds") { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"type":"object","properties":{"a":{"$ref":"#/$defs/d\##($0 + 1)"},"b":{"$ref":"#/$defs/d\##($0 + 1)"}}}"## }),"d\##(size)":{"type":"integer"}}}"##
    },
    HostileSchema("chain of references", value: { _ in "1" }) { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"$ref":"#/$defs/d\##($0 + 1)"}"## }),"d\##(size)":{"type":"integer"}}}"##
    },
    HostileSchema("circle of references", value: { _ in "1" }) { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"$ref":"#/$defs/d\##(($0 + 1) % size)"}"## })}}"##
    },
    HostileSchema("circle through members") { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"type":"object","properties":{"a":{"$ref":"#/$defs/d\##(($0 + 1) % size)"}}}"## })}}"##
    },
    HostileSchema("recursion with siblings") { size in
      ##"{"$ref":"#/$defs/d0","$defs":{\##(list(size) { ##""d\##($0)":{"type":"object","properties":{"a":{"$ref":"#/$defs/d\##(($0 + 1) % size)"},"b":{"$ref":"#/$defs/d\##(($0 * 7 + 3) % size)"}},"maxProperties":\##($0 + 1)}"## })}}"##
    },
    HostileSchema("unused definitions") { size in
      #"{"type":"object","$defs":{\#(list(size) { #""d\#($0)":{"type":"string","pattern":"^(a|b){\#($0)}"}"# })}}"#
    },
    HostileSchema("anchors") { size in
      ##"{"$ref":"#a0","$defs":{\##(list(size) { #""d\#($0)":{"$anchor":"a\#($0)"}"# })}}"##
    },
    HostileSchema("dynamic references") { size in
      ##"{"$id":"https://e.example/","$dynamicAnchor":"n","type":"object","properties":{\##(list(size) { ##""k\##($0)":{"$dynamicRef":"#n"}"## })}}"##
    },
    HostileSchema("references beside keywords", sizes: [10, 100, 1000]) { size in
      ##"{"type":"object","properties":{\##(list(size) { ##""k\##($0)":{"$ref":"#","minProperties":\##($0)}"## })}}"##
    },
    HostileSchema("references to elsewhere") { size in
      #"{"allOf":[\#(list(size) { #"{"$ref":"https://e.example/\#($0)"}"# })]}"#
    },
    HostileSchema("references to files") { size in
      #"{"allOf":[\#(list(size) { #"{"$ref":"file:///etc/passwd#\#($0)"}"# })]}"#
    },
  ]

  private static func pattern(_ text: String) -> String {
    #"{"type":"string","pattern":"\#(text)"}"#
  }

  private static func letters(_ size: Int) -> String {
    "\"\(String(repeating: "a", count: size))\""
  }

  static let texts: [HostileSchema] = [
    HostileSchema(
      "minLength", sizes: [10, 1000, 100_000, 1_000_000_000], value: { letters(min($0, 1000)) }
    ) { size in
      #"{"type":"string","minLength":\#(size)}"#
    },
    HostileSchema(
      "maxLength", sizes: [10, 1000, 100_000, 1_000_000_000], value: { letters(min($0, 1000)) }
    ) { size in
      #"{"type":"string","maxLength":\#(size)}"#
    },
    HostileSchema("maxLength and pattern", value: letters) { size in
      #"{"type":"string","maxLength":\#(size),"pattern":"^[a-z]*$"}"#
    },
    HostileSchema("nested quantifiers", value: letters) { size in
      pattern("^" + nest(size, "(", "a", "+)+") + "$")
    },
    HostileSchema("equal branches", value: letters) { size in
      pattern("^" + String(repeating: "(a|a)*", count: size) + "$")
    },
    HostileSchema("optional letters", value: letters) { size in
      pattern("^(a?){\(size)}a{\(size)}$")
    },
    HostileSchema("counted letter", value: letters) { size in pattern("^a{\(size)}$") },
    HostileSchema("counted twice", value: letters) { size in pattern("^(a{\(size)}){10}$") },
    HostileSchema("a letter far from the end", value: letters) { size in pattern("a.{\(size)}$") },
    HostileSchema("alternation", value: { "\"w\($0 - 1)\"" }) { size in
      pattern("^(\(list(size, separator: "|") { "w\($0)" }))$")
    },
    HostileSchema("classes", value: letters) { size in
      pattern("^" + list(size, separator: "") { "[a-z\($0)]" } + "$")
    },
    HostileSchema("letters of all scripts", value: letters) { size in
      pattern("^" + String(repeating: #"\\p{L}"#, count: size) + "$")
    },
    HostileSchema("look-ahead", value: letters) { size in
      pattern("^" + list(size, separator: "") { "(?=.*\($0))" } + ".*$")
    },
    HostileSchema("negated look-ahead", value: letters) { size in
      pattern("^" + list(size, separator: "") { "(?!.*x\($0))" } + ".*$")
    },
    HostileSchema("look-behind", value: letters) { size in
      pattern(list(size, separator: "") { "(?<=a{\($0)})" } + "b")
    },
    HostileSchema("word boundaries", value: letters) { size in
      pattern(String(repeating: #"\\bx\\b "#, count: size))
    },
    HostileSchema("back-references", value: letters) { size in
      pattern("(a*)" + String(repeating: #"\\1"#, count: size))
    },
    HostileSchema("long const", value: letters) { size in #"{"const":\#(letters(size * 10))}"# },
  ]

  static let numbers: [HostileSchema] = [
    HostileSchema("small divisor", value: { _ in "1" }) { size in
      #"{"type":"number","multipleOf":1e-\#(size)}"#
    },
    HostileSchema("large divisor", value: { _ in "0" }) { size in
      #"{"type":"integer","multipleOf":1\#(String(repeating: "0", count: size - 1))7}"#
    },
    HostileSchema("prime divisor", sizes: [11, 101, 1009, 10_007], value: { "\($0 * 3)" }) { size in
      #"{"type":"integer","multipleOf":\#(size)}"#
    },
    HostileSchema("large bound", value: { _ in "1" }) { size in
      #"{"type":"number","maximum":1e\#(size)}"#
    },
    HostileSchema("long bounds", value: { _ in "1" }) { size in
      let digits = String(repeating: "37", count: size)
      return #"{"type":"number","minimum":-\#(digits).\#(digits),"maximum":\#(digits).\#(digits)}"#
    },
    HostileSchema("range of integers", value: { "\($0)" }) { size in
      #"{"type":"integer","minimum":-\#(size),"maximum":\#(size)}"#
    },
    HostileSchema("range and divisor", value: { "\($0)" }) { size in
      #"{"type":"integer","minimum":-\#(size),"maximum":\#(size),"multipleOf":7}"#
    },
  ]

  static let documents: [HostileSchema] = [
    HostileSchema("empty schemas") { size in #"{"allOf":[\#(list(size) { _ in "{}" })]}"# },
    HostileSchema("true schemas") { size in #"{"allOf":[\#(list(size) { _ in "true" })]}"# },
    HostileSchema("false schemas") { size in #"{"anyOf":[\#(list(size) { _ in "false" })]}"# },
    HostileSchema("unknown keywords") { size in "{\(list(size) { #""x-\#($0)":\#($0)"# })}" },
    HostileSchema("long description") { size in
      #"{"description":"\#(String(repeating: "d", count: size * 100))"}"#
    },
    HostileSchema("duplicate names") { size in
      #"{"properties":{\#(list(size) { _ in #""a":true"# })}}"#
    },
    HostileSchema("lone surrogates") { size in
      #"{"enum":[\#(list(size) { _ in #""\ud800""# })]}"#
    },
    HostileSchema("bytes that are no text") { size in
      #"{"title":"\#(String(repeating: "\u{07}", count: size))"}"#
    },
    HostileSchema("deep document") { size in #"{"default":\#(nest(size, "[", "", "]"))}"# },
    HostileSchema("formats", value: { _ in "\"2024-02-29\"" }) { size in
      let names = ["date", "date-time", "email", "uri", "hostname", "ipv6", "uuid", "regex"]
      return
        #"{"type":"object","properties":{\#(list(size) { #""k\#($0)":{"type":"string","format":"\#(names[$0 % 8])"}"# })}}"#
    },
  ]
}
