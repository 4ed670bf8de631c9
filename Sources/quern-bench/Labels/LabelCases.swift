// Enumerations whose scores are easily wrong: labels that are prefixes of others, that end in punctuation, that
// are no texts, at every place where an enumeration can stand.

import JSON

/// One schema that holds an enumeration.
struct LabelCase {
  let name: String
  let schema: String

  private static let values: [(name: String, list: String)] = [
    ("words", #""bug","billing","bill","other","how-to question""#),
    ("prefixes", #""in","in the","in the house","in th","i","inn""#),
    ("punctuation", ##""a","a,","a}","a]","a.","a\"","a\\","a: b","a\", \"b","\"","#""##),
    ("spaces", #""a"," a","a ","a  b","a b","""#),
    ("scripts", #""東京","東","京","é","e\u0301","😀","😀😀""#),
    ("numbers", "1,10,100,12,-1,1.5,0,0.1,15"),
    ("booleans", "true,false"),
    ("mixed", #"true,"true",null,"null",1,"1",10,"t""#),
  ]

  private static let places: [(name: String, around: @Sendable (String) -> String)] = [
    ("root", { $0 }),
    ("member", { object([("x", $0), ("y", #"{"enum":["a"]}"#)]) }),
    ("last member", { object([("x", $0)]) }),
    ("element", { #"{"type":"array","items":\#($0),"minItems":2,"maxItems":2}"# }),
    (
      "inner element",
      {
        object([("x", #"{"type":"array","items":\#($0),"minItems":1,"maxItems":2}"#)])
      }
    ),
    ("quoted", { object([("x", marked($0, #""x-evidence":true"#))]) }),
    ("absent", { object([("x", marked($0, #""x-abstain":true"#)), ("y", #"{"enum":[1]}"#)]) }),
    (
      "absent element",
      {
        let item = marked($0, #""x-abstain":true"#)
        return #"{"type":"array","items":\#(item),"minItems":1,"maxItems":2}"#
      }
    ),
    (
      "quoted or absent",
      {
        object([("x", marked($0, #""x-evidence":true,"x-abstain":true"#))])
      }
    ),
  ]

  private static func marked(_ schema: String, _ marks: String) -> String {
    "{\(marks),\(schema.dropFirst())"
  }

  private static func object(_ members: [(String, String)]) -> String {
    let properties = members.map { "\"\($0)\":\($1)" }.joined(separator: ",")
    let required = members.map { "\"\($0.0)\"" }.joined(separator: ",")
    return #"{"type":"object","properties":{\#(properties)},"required":[\#(required)],"#
      + #""additionalProperties":false}"#
  }

  /// The cases: every list at every place, then many labels at the root.
  static var all: [LabelCase] {
    var cases: [LabelCase] = []
    for place in places {
      for value in values {
        cases.append(
          LabelCase(
            name: "\(value.name), \(place.name)",
            schema: place.around(#"{"enum":[\#(value.list)]}"#)))
      }
    }
    for count in [2, 26, 255] {
      cases.append(LabelCase(name: "\(count) names", schema: schema(of: names(count))))
    }
    return cases
  }

  /// The schema of one of some texts.
  static func schema(of labels: [String]) -> String {
    JSONValue.object(
      {
        var object = JSONObject()
        object["enum"] = .array(labels.map { .string($0) })
        return object
      }()
    ).text
  }

  /// Names of departments and the like, as queues sort into; many begin alike.
  static func names(_ count: Int) -> [String] {
    let first = [
      "account", "billing", "benefits", "building permits", "customer", "emergency", "employee",
      "environmental health", "finance", "housing", "human resources", "legal", "library",
      "medical records", "parking", "payroll", "public works", "records", "roads", "schools",
      "social services", "taxes", "tribal court", "utilities", "veterans", "water",
    ]
    let second = [
      "", " access", " complaint", " correction", " question", " request", " appeal", " renewal",
      " cancellation", " other",
    ]
    return (0..<count).map { first[$0 % first.count] + second[$0 / first.count] }
  }
}
