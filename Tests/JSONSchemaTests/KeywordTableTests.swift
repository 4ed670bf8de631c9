import JSONSchema
import Testing

@Suite struct KeywordTableTests {
  @Test(arguments: [
    ("maxLenght", "maxLength"), ("Required", "required"), ("item", "items"), ("formt", "format"),
    ("propertees", "properties"), ("adlitionalPropertys", ""), ("colour", ""), ("title", ""),
    ("x-type", ""),
    ("enums", ""), ("patern", "pattern"), ("minimun", "minimum"), ("$reff", ""), ("oneof", "oneOf"),
  ])
  func slipsAreTakenForTheKeywordTheyWereMeantToBe(name: String, meant: String) {
    #expect(KeywordTable.nearMiss(of: name)?.name ?? "" == meant)
  }
}
