// Schemas for the mask tests, each with texts that it must take and texts that it must refuse.

import Grammars
import JSON
import JSONSchema

struct SampleSchema: CustomStringConvertible, Sendable {
  let name: String
  let text: String
  var taken: [String] = []
  var refused: [String] = []

  var description: String { name }

  func schema() throws -> Schema { try Schema(JSONValue.parse(text)) }

  func grammar(_ options: GrammarOptions = GrammarOptions()) throws -> Grammar {
    try Grammar(try schema(), options: options)
  }
}

enum SampleSchemas {
  static let all: [SampleSchema] = scalars + arrays + objects + combinations + WideSamples.all

  static let scalars: [SampleSchema] = [
    SampleSchema(
      name: "null and booleans", text: #"{"type":["null","boolean"]}"#,
      taken: ["null", "true", "false"], refused: ["nul", "0", "True", " null", "nulll"]),
    SampleSchema(
      name: "string", text: #"{"type":"string"}"#,
      taken: [#""""#, #""a\n\"\\b""#, #""日本é😀""#, #""\u0001\u001f""#, "\"\u{7F}\""],
      refused: [
        #"""#, #""\/""#, #""\u0041""#, #""\u000a""#, #""\u001F""#, "\"\n\"", #""\x""#, #""a"a"#,
      ]),
    SampleSchema(
      name: "bounded string", text: #"{"type":"string","minLength":2,"maxLength":4}"#,
      taken: [#""ab""#, #""abcd""#, #""日本語x""#, #""\n\n\u0001\"""#, #""😀😀""#],
      refused: [#""""#, #""a""#, #""abcde""#, #""日""#, #""\n""#, #""日本語xy""#]),
    SampleSchema(
      name: "short strings", text: #"{"type":"string","maxLength":1}"#,
      taken: [#""""#, #""😀""#], refused: [#""aa""#]),
    SampleSchema(
      name: "integer", text: #"{"type":"integer"}"#,
      taken: ["0", "-1", "12", "9223372036854775807", "1000000000000000000"],
      refused: ["-0", "01", "1.0", "1e3", "+1", "12345678901234567890", "-", ""]),
    SampleSchema(
      name: "integer of draft 4",
      text: #"{"$schema":"http://json-schema.org/draft-04/schema#","type":"integer","maximum":40}"#,
      taken: ["0", "-1", "12", "40"], refused: ["1.0", "1e0", "12.00", "41", "4e1"]),
    SampleSchema(
      name: "one of whole values of draft 4",
      text: ##"""
        {"$schema":"http://json-schema.org/draft-04/schema#","type":"integer","enum":[1.0,20,3e1]}
        """##,
      taken: ["1", "20", "30"], refused: ["1.0", "2e1", "20.0", "3e1", "2", "3"]),
    SampleSchema(
      name: "no integer of draft 4",
      text: ##"""
        {"$schema":"http://json-schema.org/draft-04/schema#","type":"number",
         "not":{"type":"integer"}}
        """##,
      taken: ["1.5", "-0.25"], refused: ["1", "-0", "12", "100"]),
    SampleSchema(
      name: "integer range", text: #"{"type":"integer","minimum":-13,"maximum":207}"#,
      taken: ["-13", "-9", "-1", "0", "1", "9", "10", "99", "100", "199", "200", "207"],
      refused: ["-14", "-20", "-99", "208", "210", "300", "1000", "-0", "00"]),
    SampleSchema(
      name: "exclusive integer range",
      text: #"{"type":"integer","exclusiveMinimum":4,"exclusiveMaximum":10.5}"#,
      taken: ["5", "10"], refused: ["4", "11", "0", "-5", "50", "1"]),
    SampleSchema(
      name: "half open integers", text: #"{"type":"integer","minimum":37}"#,
      taken: ["37", "40", "99", "100", "12345"], refused: ["36", "9", "-37", "0", "037"]),
    SampleSchema(
      name: "bounds beyond doubles",
      text: #"{"type":"integer","minimum":9007199254740993,"maximum":9007199254740995}"#,
      taken: ["9007199254740993", "9007199254740995"],
      refused: ["9007199254740992", "9007199254740996", "9"]),
    SampleSchema(
      name: "number", text: #"{"type":"number"}"#,
      taken: ["0", "0.5", "-0.5", "1.50", "-12.25", "3"],
      refused: [".5", "1.", "-0", "01.5", "1e5", "-", "0.1234567890123"]),
    SampleSchema(
      name: "date", text: #"{"type":"string","format":"date"}"#,
      taken: [#""2024-02-29""#, #""2000-02-29""#, #""2023-12-31""#, #""0000-02-29""#],
      refused: [
        #""2023-02-29""#, #""1900-02-29""#, #""2023-04-31""#, #""2023-13-01""#, #""2023-1-01""#,
        #""2023-00-10""#, #""2023-01-00""#, #""2023-01-32""#,
      ]),
    SampleSchema(
      name: "enumeration", text: #"{"enum":["red","green",3,null,"re","é\"",[1,{"a":2}]]}"#,
      taken: [#""red""#, #""re""#, "3", "null", #""é\"""#, #"[1,{"a":2}]"#],
      refused: [#""r""#, #""blue""#, "4", "33", "[1]"]),
    SampleSchema(
      name: "enumeration and type", text: #"{"enum":["a",1,2.5,null],"type":["string","integer"]}"#,
      taken: [#""a""#, "1"], refused: ["null", "2.5"]),
    SampleSchema(name: "constant", text: #"{"const":{"a":[1,"x"]}}"#, taken: [#"{"a":[1,"x"]}"#]),
  ]

  static let arrays: [SampleSchema] = [
    SampleSchema(
      name: "array", text: #"{"type":"array","items":{"type":"integer"}}"#,
      taken: ["[]", "[1]", "[1,2,3]"], refused: ["[1,]", "[,1]", "[1 ,2]", "[\"a\"]", "[1"]),
    SampleSchema(
      name: "counted array",
      text: #"{"type":"array","items":{"type":"boolean"},"minItems":2,"maxItems":3}"#,
      taken: ["[true,false]", "[true,true,true]"],
      refused: ["[]", "[true]", "[true,true,true,true]"]),
    SampleSchema(
      name: "exactly two",
      text: #"{"type":"array","minItems":2,"maxItems":2,"items":{"type":"null"}}"#,
      taken: ["[null,null]"], refused: ["[null]", "[null,null,null]"]),
    SampleSchema(
      name: "empty array", text: #"{"type":"array","items":false}"#, taken: ["[]"], refused: ["[1]"]
    ),
    SampleSchema(
      name: "tuple",
      text:
        #"{"type":"array","prefixItems":[{"type":"integer"},{"const":"a"}],"items":{"type":"null"}}"#,
      taken: ["[]", "[1]", #"[1,"a"]"#, #"[1,"a",null,null]"#], refused: [#"["a"]"#, #"[1,"a",1]"#]),
  ]

  static let objects: [SampleSchema] = [
    SampleSchema(
      name: "object",
      text: """
        {"type":"object","properties":{"name":{"type":"string"},"id":{"type":"integer"},
        "note":{"type":"string"}},"required":["name","note"],"additionalProperties":false}
        """,
      taken: [#"{"name":"","id":1,"note":"x"}"#, #"{"name":"a","note":""}"#],
      refused: [
        "{}", #"{"name":""}"#, #"{"note":"","name":""}"#, #"{"name":"","note":"","id":1}"#,
        #"{"name":"","note":"",}"#, #"{"name":"","note":"","x":1}"#, #"{"\u006eame":"","note":""}"#,
      ]),
    SampleSchema(
      name: "all optional",
      text:
        #"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"additionalProperties":false}"#,
      taken: ["{}", #"{"a":null}"#, #"{"c":null}"#, #"{"a":null,"c":null}"#],
      refused: [#"{,"a":null}"#, #"{"b":null,"a":null}"#, #"{"a":null,"a":null}"#]),
    SampleSchema(
      name: "additional members",
      text: #"{"type":"object","properties":{"a":{"type":"integer"}},"required":["z"]}"#,
      taken: [#"{"a":1,"z":[],"b":"x"}"#, #"{"z":{"a":{"a":1}},"y":1,"":2}"#],
      refused: [
        #"{"a":"x","z":1}"#, #"{"z":1,"b":1,"b":2}"#, #"{"z":1,"a":1}"#, #"{"z":1,"\u0061":"x"}"#,
        #"{"z":1,"z":1}"#, #"{"z":1,"é":1,"é":2}"#,
      ]),
    SampleSchema(
      name: "map", text: #"{"type":"object","additionalProperties":{"type":"integer"}}"#,
      taken: ["{}", #"{"a":1}"#, #"{"a":1,"b":2,"ab":3,"aa":4}"#],
      refused: [#"{"a":"x"}"#, #"{"a":1,"a":2}"#, #"{"":1,"":2}"#]),
    SampleSchema(
      name: "escaped keys",
      text:
        #"{"type":"object","properties":{"a\"b":{"type":"null"},"\n":{"type":"null"}},"additionalProperties":false}"#,
      taken: [#"{"a\"b":null,"\n":null}"#]),
    SampleSchema(
      name: "anything", text: "true", taken: ["1", #"{"a":[{},[]],"b":null}"#, "[[[1.5]]]"]),
  ]

  static let combinations: [SampleSchema] = [
    SampleSchema(
      name: "alternatives",
      text: """
        {"anyOf":[{"type":"object","properties":{"kind":{"const":"a"},"value":{"type":"integer"}},
        "required":["kind","value"],"additionalProperties":false},{"type":"object","properties":
        {"kind":{"const":"ab"},"name":{"type":"string"}},"required":["kind"],
        "additionalProperties":false},{"type":"null"}]}
        """,
      taken: [#"{"kind":"a","value":1}"#, #"{"kind":"ab","name":""}"#, #"{"kind":"ab"}"#, "null"],
      refused: [#"{"kind":"a"}"#, #"{"kind":"a","name":""}"#, #"{"kind":"b"}"#]),
    SampleSchema(
      name: "alternatives that overlap",
      text:
        #"{"anyOf":[{"type":"array","items":{"type":"string"}},{"type":"array","items":{"type":"integer"},"minItems":1},{"type":"string","maxLength":2},{"type":"string","minLength":4}]}"#,
      taken: ["[]", "[1]", #"["a"]"#, #""ab""#, #""abcd""#], refused: [#"[1,"a"]"#, #""abc""#]),
    SampleSchema(
      name: "siblings",
      text:
        #"{"type":"object","required":["a"],"anyOf":[{"properties":{"a":{"type":"integer"}}},{"properties":{"a":{"type":"null"}}}],"properties":{"b":{"type":"null"}},"additionalProperties":true}"#,
      taken: [#"{"b":null,"a":1}"#, #"{"a":null}"#, #"{"b":null,"a":1,"c":2}"#],
      refused: ["{}", #"{"a":"x"}"#, #"{"b":null}"#]),
    SampleSchema(
      name: "recursive list",
      text:
        ##"{"type":"object","properties":{"value":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}"##,
      taken: [
        #"{"value":1,"next":null}"#,
        #"{"value":1,"next":{"value":2,"next":{"value":3,"next":null}}}"#,
      ], refused: [#"{"value":1}"#, #"{"value":1,"next":{"value":2}}"#]),
    SampleSchema(
      name: "tree",
      text:
        ##"{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"name":{"type":"string","maxLength":3},"child":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["name","child"],"additionalProperties":false}}}"##,
      taken: [#"{"name":"a","child":[{"name":"b","child":[]},{"name":"","child":[]}]}"#],
      refused: [#"{"name":"a","child":[{}]}"#]),
    SampleSchema(
      name: "both",
      text:
        #"{"allOf":[{"type":"object","properties":{"a":{"type":"integer","minimum":3}}},{"properties":{"a":{"maximum":9,"type":"integer"},"b":{"type":"null"}},"required":["a"],"additionalProperties":false}]}"#,
      taken: [#"{"a":3}"#, #"{"a":9,"b":null}"#], refused: [#"{"a":2}"#, #"{"a":10}"#, "{}"]),
  ]
}
