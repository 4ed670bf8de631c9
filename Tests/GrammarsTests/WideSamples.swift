// Schemas with the keywords that need more than one look: patterns, formats, decimals, negation, counts,
// members that depend on each other, elements that must differ.

enum WideSamples {
  static let all: [SampleSchema] = strings + numbers + logic + members + elements

  static let strings: [SampleSchema] = [
    SampleSchema(
      name: "pattern", text: #"{"type":"string","pattern":"^[a-z]+(-[0-9]{2,3})?$"}"#,
      taken: [#""a""#, #""ab-12""#, #""z-123""#],
      refused: [#""""#, #""A""#, #""a-1""#, #""a-1234""#, #""a"""#]),
    SampleSchema(
      name: "pattern inside", text: #"{"type":"string","pattern":"a\\.b|\"x"}"#,
      taken: [#""a.b""#, #""éa.bü""#, #""\n\"x""#], refused: [#""a-b""#, #""x""#, #""\"""#]),
    SampleSchema(
      name: "pattern and lengths",
      text: #"{"type":"string","pattern":"^\\p{L}*$","minLength":2,"maxLength":3}"#,
      taken: [#""ab""#, #""日本語""#, #""éa""#], refused: [#""a""#, #""abcd""#, #""a1""#, #""日本語x""#]),
    SampleSchema(
      name: "pattern of literals", text: #"{"type":"string","pattern":"^a\\\\b\"é\\n(x|yz)$"}"#,
      taken: [#""a\\b\"é\nx""#, #""a\\b\"é\nyz""#],
      refused: [#""a""#, #""a\\b\"é\n""#, #""ab\"é\nx""#, #""a\\b\"e\nx""#]),
    SampleSchema(
      name: "repetitions in a row",
      text: #"{"type":"string","pattern":"^a*a{1,2}(bc)+(bc)*(?:d?){2}d{2}$"}"#,
      taken: [#""abcdd""#, #""aaaabcbcdddd""#],
      refused: [#""bcdd""#, #""add""#, #""abcd""#, #""abcddddd""#, #""abcbdd""#]),
    SampleSchema(
      name: "no more characters than it takes",
      text: #"{"type":"string","pattern":"é.{2}$","maxLength":4}"#,
      taken: [#""éab""#, #""xéab""#, #""éé日本""#, #""ééé😀""#],
      refused: [#""éa""#, #""xxéab""#, #""abcd""#, "\"éa\u{2028}\""]),
    SampleSchema(
      name: "the full stop leaves out ends of lines", text: #"{"type":"string","pattern":"^.+$"}"#,
      taken: [#""a""#, "\"日\u{2027}本\u{202A}\u{00A0}\u{3000}\"", #""\t😀""#],
      refused: [#""""#, #""a\n""#, "\"\u{2028}\"", "\"a\u{2029}b\"", #""\r""#]),
    SampleSchema(
      name: "look-ahead", text: #"{"type":"string","pattern":"^(?!ab)(?=.*[0-9]$)[a-z0-9]{3,5}$"}"#,
      taken: [#""xy1""#, #""bab12""#], refused: [#""ab1""#, #""xyz""#, #""x1""#]),
    SampleSchema(
      name: "formats", text: #"{"type":"string","anyOf":[{"format":"ipv4"},{"format":"uuid"}]}"#,
      taken: [#""10.0.255.1""#, #""01234567-89ab-cdef-0123-456789abcdef""#],
      refused: [#""10.0.256.1""#, #""10.0.0""#, #""x""#]),
    SampleSchema(
      name: "date-time", text: #"{"type":"string","format":"date-time"}"#,
      taken: [#""2024-02-29T23:59:59Z""#, #""2023-01-01T00:00:00.5+02:00""#],
      refused: [#""2023-02-29T00:00:00Z""#, #""2023-01-01T24:00:00Z""#, #""2023-01-01 00:00:00""#]),
    SampleSchema(
      name: "not that text", text: #"{"type":"string","not":{"enum":["red","re","green"]}}"#,
      taken: [#""""#, #""r""#, #""redd""#, #""gree""#], refused: [#""red""#, #""re""#, #""green""#]),
  ]

  static let numbers: [SampleSchema] = [
    SampleSchema(
      name: "decimal range", text: #"{"type":"number","minimum":-1.25,"exclusiveMaximum":10.5}"#,
      taken: ["-1.25", "-1.250", "0", "-0.5", "10", "10.49", "9.999"],
      refused: ["-1.26", "-2", "10.5", "10.50", "11", "100", "-1.3"]),
    SampleSchema(
      name: "small decimals", text: #"{"type":"number","exclusiveMinimum":0,"maximum":0.05}"#,
      taken: ["0.05", "0.050", "0.001", "0.04"],
      refused: ["0", "0.0", "0.06", "0.051", "1", "-0.01"]),
    SampleSchema(
      name: "cents", text: #"{"type":"number","multipleOf":0.25}"#,
      taken: ["0", "1", "-0.25", "12.75", "3.5"], refused: ["0.1", "0.3", "1.26", "-0"]),
    SampleSchema(
      name: "sevens", text: #"{"type":"integer","multipleOf":7,"minimum":10,"maximum":100}"#,
      taken: ["14", "21", "98"], refused: ["7", "10", "100", "105", "0"]),
    SampleSchema(
      name: "not an integer", text: #"{"type":"number","not":{"type":"integer"}}"#,
      taken: ["0.5", "-1.25"], refused: ["1", "1.0", "-3", "0.0"]),
  ]

  static let logic: [SampleSchema] = [
    SampleSchema(
      name: "one of many patterns",
      text:
        #"{"type":"string","oneOf":[{"pattern":"a"},{"pattern":"b"},{"pattern":"^c"},{"pattern":"d$"},{"pattern":"e"},{"const":"f"},{"pattern":"g"},{"minLength":4},{"pattern":"h"},{"pattern":"i"}]}"#,
      taken: [#""a""#, #""bb""#, #""xc😀x""#, #""f""#, #""xd""#],
      refused: [#""ab""#, #""""#, #""x""#, #""axxx""#, #""cd""#, #""fi d""#]),
    SampleSchema(
      name: "one of scalars",
      text:
        #"{"oneOf":[{"type":"string","maxLength":3},{"type":"string","minLength":2},{"type":"null"}]}"#,
      taken: [#""a""#, #""abcd""#, "null"], refused: [#""ab""#, #""abc""#, "1"]),
    SampleSchema(
      name: "one of objects",
      text: """
        {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},
        "oneOf":[{"required":["a"]},{"required":["b"]}],"additionalProperties":false}
        """,
      taken: [#"{"a":1}"#, #"{"b":1}"#], refused: ["{}", #"{"a":1,"b":1}"#]),
    SampleSchema(
      name: "if then else",
      text: """
        {"type":"object","properties":{"kind":{"enum":["a","b"]},"x":{"type":"integer"},
        "y":{"type":"integer"}},"required":["kind"],"additionalProperties":false,
        "if":{"properties":{"kind":{"const":"a"}}},"then":{"required":["x"]},"else":{"required":["y"]}}
        """,
      taken: [#"{"kind":"a","x":1}"#, #"{"kind":"b","y":1}"#, #"{"kind":"b","x":1,"y":2}"#],
      refused: [#"{"kind":"a"}"#, #"{"kind":"a","y":1}"#, #"{"kind":"b","x":1}"#]),
    SampleSchema(
      name: "not those members",
      text: #"{"type":"object","not":{"required":["a","b"]},"maxProperties":2}"#,
      taken: ["{}", #"{"a":1}"#, #"{"b":[]}"#, #"{"a":1,"c":2}"#],
      refused: [#"{"a":1,"b":2}"#, #"{"a":1,"c":2,"d":3}"#]),
    SampleSchema(
      name: "not that object",
      text:
        #"{"type":"object","not":{"properties":{"a":{"type":"string"}},"additionalProperties":false}}"#,
      taken: [#"{"a":1}"#, #"{"b":1}"#, #"{"a":"x","b":"y"}"#], refused: ["{}", #"{"a":"x"}"#]),
  ]

  static let members: [SampleSchema] = [
    SampleSchema(
      name: "two of four members",
      text:
        #"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"},"d":{"type":"null"}},"required":["b"],"minProperties":2,"maxProperties":3,"additionalProperties":false}"#,
      taken: [
        #"{"a":null,"b":null}"#, #"{"b":null,"d":null}"#, #"{"a":null,"b":null,"d":null}"#,
      ],
      refused: [
        #"{"b":null}"#, #"{"a":null,"c":null}"#, #"{"a":null,"b":null,"c":null,"d":null}"#,
      ]),
    SampleSchema(
      name: "dependent schemas in a row",
      text:
        #"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"additionalProperties":false,"dependentSchemas":{"a":{"required":["b"]},"b":{"required":["c"]},"c":{"maxProperties":3}}}"#,
      taken: ["{}", #"{"c":null}"#, #"{"b":null,"c":null}"#, #"{"a":null,"b":null,"c":null}"#],
      refused: [#"{"a":null}"#, #"{"b":null}"#, #"{"a":null,"b":null}"#, #"{"a":null,"c":null}"#]),
    SampleSchema(
      name: "patterns of names apart",
      text:
        #"{"type":"object","patternProperties":{"^k1$":{"type":"null"},"^k2$":{"type":"integer"},"^m.+$":{"type":"boolean"}},"additionalProperties":false}"#,
      taken: [#"{"k1":null,"k2":1}"#, #"{"m1":true,"k2":2}"#, #"{"mé":false}"#],
      refused: [
        #"{"k1":1}"#, #"{"k3":null}"#, #"{"m":true}"#, #"{"k12":1}"#, "{\"m\u{2028}\":true}",
      ]),
    SampleSchema(
      name: "patterns of names",
      text: """
        {"type":"object","patternProperties":{"^a":{"type":"integer"},"b$":{"type":["integer","null"]}},
        "additionalProperties":false}
        """,
      taken: ["{}", #"{"a":1,"ab":2,"b":null}"#],
      refused: [#"{"ab":null}"#, #"{"c":1}"#, #"{"a":1,"a":2}"#]),
    SampleSchema(
      name: "names",
      text:
        #"{"type":"object","propertyNames":{"maxLength":2},"minProperties":2,"additionalProperties":{"type":"null"}}"#,
      taken: [#"{"a":null,"":null}"#, #"{"aa":null,"ab":null,"b":null}"#],
      refused: ["{}", #"{"a":null}"#, #"{"abc":null,"a":null}"#]),
    SampleSchema(
      name: "few names",
      text: """
        {"type":"object","propertyNames":{"enum":["a","b","c"]},"minProperties":2,
        "additionalProperties":{"type":"integer"}}
        """,
      taken: [#"{"a":1,"b":2}"#, #"{"b":1,"c":2}"#, #"{"a":1,"b":2,"c":3}"#],
      refused: [#"{"a":1}"#, #"{"d":1,"a":2}"#]),
    SampleSchema(
      name: "dependent members",
      text: """
        {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},
        "c":{"type":"integer"}},"dependentRequired":{"a":["b"],"c":["a"]},"additionalProperties":false}
        """,
      taken: ["{}", #"{"b":1}"#, #"{"a":1,"b":2}"#, #"{"a":1,"b":2,"c":3}"#],
      refused: [#"{"a":1}"#, #"{"c":1}"#, #"{"b":1,"c":1}"#, #"{"a":1,"c":1}"#]),
    SampleSchema(
      name: "unevaluated members",
      text: """
        {"type":"object","properties":{"a":{"type":"integer"}},"anyOf":[{"properties":{"b":{"const":1}},
        "required":["b"]},{"properties":{"c":{"type":"null"}}}],"unevaluatedProperties":false}
        """,
      taken: [#"{"a":1,"b":1}"#, #"{"a":1,"c":null}"#, #"{"b":1,"c":null}"#, "{}"],
      refused: [#"{"a":1,"b":2}"#, #"{"d":1}"#, #"{"b":1,"c":1}"#]),
  ]

  static let elements: [SampleSchema] = [
    SampleSchema(
      name: "contains",
      text:
        #"{"type":"array","items":{"type":"integer","minimum":0,"maximum":20},"contains":{"minimum":10},"maxContains":2}"#,
      taken: ["[10]", "[1,11,2]", "[10,20]"], refused: ["[]", "[1]", "[10,11,12]"]),
    SampleSchema(
      name: "different",
      text: #"{"type":"array","uniqueItems":true,"items":{"type":["integer","string"]}}"#,
      taken: ["[]", "[1,2,12]", #"["1",1,"a"]"#], refused: ["[1,1]", #"["a","a"]"#, "[12,1,12]"]),
    SampleSchema(
      name: "few and different",
      text: #"{"type":"array","uniqueItems":true,"items":{"enum":["re","red",null]},"minItems":2}"#,
      taken: [#"["re","red"]"#, #"[null,"red","re"]"#], refused: [#"["re"]"#, #"["re","re"]"#]),
    SampleSchema(
      name: "different objects",
      text:
        #"{"type":"array","uniqueItems":true,"items":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false},"maxItems":4}"#,
      taken: ["[]", #"[{"a":1},{"a":2},{"a":12}]"#],
      refused: [#"[{"a":1},{"a":1}]"#, #"[{"a":1},{"a":2},{"a":1}]"#]),
    SampleSchema(
      name: "different arrays",
      text:
        #"{"type":"array","uniqueItems":true,"items":{"type":"array","items":{"enum":[1,2]},"maxItems":2},"maxItems":8}"#,
      taken: ["[[],[1],[1,2]]", "[[1,2],[2,1],[2]]"], refused: ["[[],[]]", "[[1,2],[1,2]]"]),
    SampleSchema(
      name: "texts of a list and different",
      text:
        #"{"type":"array","uniqueItems":true,"items":{"enum":["re","red","green","gr","a","aa","aaaa","ab"]}}"#,
      taken: ["[]", #"["red","re","green","gr","aaaa","a","ab","aa"]"#],
      refused: [#"["re","re"]"#, #"["a","ab","a"]"#, #"["aaaa","aaaa"]"#, #"["aaa"]"#]),
    SampleSchema(
      name: "different objects with free members",
      text:
        #"{"type":"array","uniqueItems":true,"maxItems":4,"items":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":{"type":["string","boolean"]}}}"#,
      taken: ["[]", #"[{"a":1,"b":"a"},{"a":1},{"a":2,"b":"a"}]"#, #"[{"a":1,"b":true}]"#],
      refused: [#"[{"a":1},{"a":1}]"#, #"[{"a":1,"b":"c"},{"a":2},{"a":1,"b":"c"}]"#]),
    SampleSchema(
      name: "different objects whose members may change places",
      text:
        #"{"type":"array","uniqueItems":true,"minItems":3,"items":{"type":"object","additionalProperties":{"enum":[1,"a"]},"propertyNames":{"enum":["a","aa","b"]},"maxProperties":2}}"#,
      taken: [#"[{},{"a":1},{"a":1,"b":1}]"#, #"[{"a":1,"b":"a"},{"b":1,"a":1},{"aa":1}]"#],
      refused: [#"[{},{"a":1}]"#, #"[{"a":1,"b":"a"},{},{"b":"a","a":1}]"#, "[{},{},{}]"]),
    SampleSchema(
      name: "different elements of several kinds",
      text:
        #"{"type":"array","uniqueItems":true,"items":{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":"boolean"}},{"enum":["a","aa",[],[1]]},{"type":"null"}]}}"#,
      taken: [#"[{},"a",[],{"a":""},null,[1],{"b":true,"c":true}]"#, #"[{"a":"a"},{"a":"aa"}]"#],
      refused: ["[null,null]", "[[],[]]", #"[{"b":true,"c":true},{"c":true,"b":true}]"#]),
    SampleSchema(
      name: "not the names",
      text:
        #"{"type":"object","properties":{"a":{"not":{"enum":["red","re","green"]},"type":"string"},"id":{"type":"string","not":{"const":"the"}}},"required":["a"],"additionalProperties":false}"#,
      taken: [#"{"a":"r"}"#, #"{"a":"reds","id":""}"#, #"{"a":"gree","id":" the"}"#],
      refused: [#"{"a":"re"}"#, #"{"a":"green"}"#, #"{"a":"","id":"the"}"#]),
    SampleSchema(
      name: "not only those",
      text: #"{"type":"array","not":{"items":{"type":"string"}},"maxItems":3}"#,
      taken: ["[1]", #"["a",1,"b"]"#], refused: ["[]", #"["a"]"#]),
    SampleSchema(
      name: "unevaluated elements",
      text:
        #"{"type":"array","prefixItems":[{"type":"integer"}],"contains":{"type":"string"},"unevaluatedItems":{"type":"null"}}"#,
      taken: [#"[1,"a"]"#, #"[1,null,"b"]"#], refused: ["[1]", "[1,2]", #"["a",1]"#]),
  ]
}
