// Schema → grammar. Goals become definitions one by one, each once; the first goal that reaches a part
// names it for reports.

import JSON
package import JSONSchema

extension Grammar {
  /// Compiles a schema.
  ///
  /// - Throws: `GrammarError` if a keyword cannot be enforced or no value can satisfy the schema.
  package init(
    _ schema: Schema, options: GrammarOptions = GrammarOptions()
  ) throws(GrammarError) {
    let report = EnforcementReport(schema)
    if let refusal = report.firstRefusal {
      throw .refused(
        pointer: refusal.pointer, keyword: refusal.keyword, detail: refusal.detail)
    }
    var compiler: GrammarCompiler
    do throws(SchemaError) {
      compiler = GrammarCompiler(
        schema: schema, options: options, judge: try SchemaValidator(schema))
    } catch { throw .schema(error) }
    try compiler.compile()
    compiler.markRecursion()
    self.init(
      regexes: compiler.regexes, definitions: compiler.definitions, arrays: compiler.arrays,
      objects: compiler.objects, root: 0, punctuation: compiler.punctuation,
      labels: compiler.labels, places: compiler.places, literals: compiler.literals,
      limits: options.limits, contradictions: options.contradictions, report: report, schema: schema)
    let needs = DefinitionNeeds(grammar: self, spells: [Bool](repeating: true, count: 256))
    if needs.isUnreachable(root), options.contradictions == .refuse {
      throw .unsatisfiable(pointer: compiler.contradiction(needs))
    }
  }
}

/// A compiler at work.
struct GrammarCompiler {
  static let greatestDefinitionCount = 200_000

  let schema: Schema
  let options: GrammarOptions
  private let judge: SchemaValidator
  private let expander: ShapeExpander

  var regexes = RegexSet()
  private(set) var definitions: [Definition] = []
  private(set) var arrays: [ArrayDefinition] = []
  private(set) var objects: [ObjectDefinition] = []
  private(set) var labels: [[[UInt8]]] = []
  private(set) var places: [String] = [""]
  private(set) var literals: [(pointer: String, bytes: [UInt8])] = []
  let punctuation: Punctuation

  private var numbers: [Goal: Int32] = [:]
  private var goals: [Goal] = []
  private var paths: [String] = []

  init(schema: Schema, options: GrammarOptions, judge: SchemaValidator) {
    self.schema = schema
    self.options = options
    self.judge = judge
    self.expander = ShapeExpander(schema: schema)
    self.punctuation = Self.makePunctuation(options.whiteSpace, &regexes)
  }

  private static func makePunctuation(
    _ whiteSpace: GrammarOptions.WhiteSpace, _ regexes: inout RegexSet
  ) -> Punctuation {
    let space =
      whiteSpace == .none
      ? RegexSet.epsilon
      : regexes.repetition(regexes.bytes(ByteSet([0x20, 0x09, 0x0A, 0x0D])), 0)
    func after(_ text: String, _ regexes: inout RegexSet) -> Term {
      regexes.concat(regexes.literal(Array(text.utf8)), space)
    }
    func before(_ text: String, _ regexes: inout RegexSet) -> Term {
      regexes.concat(space, regexes.literal(Array(text.utf8)))
    }
    let comma = regexes.concat(space, after(",", &regexes))
    let quote = regexes.literal([0x22])
    return Punctuation(
      openArray: after("[", &regexes), openObject: after("{", &regexes),
      closeEmptyArray: regexes.literal([0x5D]), closeEmptyObject: regexes.literal([0x7D]),
      closeArray: before("]", &regexes), closeObject: before("}", &regexes), comma: comma,
      colon: regexes.concat(space, after(":", &regexes)), firstQuote: quote,
      laterQuote: whiteSpace == .none
        ? regexes.literal([0x2C, 0x22]) : regexes.concat(comma, quote),
      margin: space)
  }

  mutating func compile() throws(GrammarError) {
    _ = try define(Goal(schema.root), path: "")
    var next = 0
    while next < goals.count {
      try lower(next)
      next += 1
    }
  }

  /// Returns the definition of a goal, which may still be lowered later.
  private mutating func define(_ goal: Goal, path: String) throws(GrammarError) -> Int32 {
    if let known = numbers[goal] { return known }
    guard definitions.count < Self.greatestDefinitionCount else {
      throw .tooLarge(limit: Self.greatestDefinitionCount)
    }
    let number = Int32(definitions.count)
    numbers[goal] = number
    definitions.append(Definition())
    goals.append(goal)
    paths.append(path)
    return number
  }

  private mutating func place(_ path: String) -> Int32 {
    places.append(path)
    return Int32(places.count - 1)
  }

  private func pointer(_ goal: Goal) -> String {
    goal.nodes.first.map { schema[$0].pointer } ?? ""
  }

  // MARK: - One definition

  private mutating func lower(_ number: Int) throws(GrammarError) {
    let goal = goals[number]
    let place = place(paths[number])
    var result = Definition()
    result.place = place
    var leaves: [Term] = []
    var values: [JSONValue] = []
    var seen: Set<JSONValue> = []
    for shape in try expander.shapes(of: goal) {
      if let listed = shape.values {
        for value in listed where seen.insert(value).inserted { values.append(value) }
        continue
      }
      lowerScalars(shape, place, into: &leaves)
      if shape.types.contains(.array), shape.minItems <= shape.maxItems ?? .max {
        result.arrays.append(try lowerArray(shape, place, paths[number]))
      }
      if shape.types.contains(.object) {
        result.objects.append(try lowerObject(shape, place, paths[number]))
      }
    }
    let isScalar = result.arrays.isEmpty && result.objects.isEmpty && leaves.isEmpty
    values = values.filter { value in
      goal.nodes.allSatisfy { judge.isValid(value, under: $0) }
    }
    if !values.isEmpty {
      let spellings = values.map(\.bytes)
      for bytes in spellings { literals.append((pointer(goal), bytes)) }
      leaves.append(regexes.literals(spellings))
      let allScalars = values.allSatisfy { $0.array == nil && $0.object == nil }
      if isScalar && allScalars {
        result.labels = Int32(labels.count)
        labels.append(spellings)
      }
    }
    result.leaf = regexes.alternatives(leaves)
    definitions[number] = result
  }

  private mutating func lowerScalars(_ shape: Shape, _ place: Int32, into leaves: inout [Term]) {
    if shape.types.contains(.null) { leaves.append(regexes.literal(Array("null".utf8))) }
    if shape.types.contains(.boolean) {
      leaves.append(regexes.literals([Array("true".utf8), Array("false".utf8)]))
    }
    if shape.types.contains(.integer) {
      let lowering = NumberLowering(limits: options.limits)
      if shape.types.contains(.fraction), shape.lower == nil, shape.upper == nil {
        leaves.append(lowering.decimals(place: place, into: &regexes))
      } else {
        let lower = shape.lower.map {
          NumberLowering.firstInteger($0, exclusive: shape.lowerIsExclusive)
        }
        let upper = shape.upper.map {
          NumberLowering.lastInteger($0, exclusive: shape.upperIsExclusive)
        }
        leaves.append(lowering.integers(lower, upper, place: place, into: &regexes))
      }
    }
    if shape.types.contains(.string) {
      let lowering = StringLowering(limits: options.limits)
      let isFree = shape.minLength == 0 && shape.maxLength == nil
      var parts = shape.formats.map { lowering.format($0, into: &regexes) }
      if parts.isEmpty || !isFree {
        parts.append(
          lowering.text(shape.minLength, shape.maxLength, place: place, into: &regexes))
      }
      leaves.append(regexes.concat(regexes.literal([0x22]), regexes.intersection(parts)))
    }
  }

  private mutating func lowerArray(
    _ shape: Shape, _ place: Int32, _ path: String
  ) throws(GrammarError) -> Int32 {
    let limit = max(options.limits.items, shape.minItems)
    let greatest = min(shape.maxItems ?? .max, limit)
    var prefix: [Int32] = []
    for (i, goal) in shape.prefixItems.enumerated() where i < greatest {
      prefix.append(try define(goal, path: "\(path)/\(i)"))
    }
    let items = try define(shape.items, path: path + "/*")
    arrays.append(
      ArrayDefinition(
        prefix: prefix, items: items, least: shape.minItems, greatest: greatest,
        place: greatest < shape.maxItems ?? .max ? place : 0))
    return Int32(arrays.count - 1)
  }

  private mutating func lowerObject(
    _ shape: Shape, _ place: Int32, _ path: String
  ) throws(GrammarError) -> Int32 {
    var names: [String] = []
    var seen: Set<JSONKey> = []
    for scope in shape.scopes {
      for (name, _) in scope.properties where seen.insert(JSONKey(name)).inserted {
        names.append(name)
      }
    }
    for name in shape.required where seen.insert(JSONKey(name)).inserted { names.append(name) }
    let required = Set(shape.required.map { JSONKey($0) })
    var result = ObjectDefinition()
    for name in names {
      let key = JSONKey(name)
      var goal = Goal.anything
      for scope in shape.scopes {
        if let schema = scope.schema(key) { goal.insert(schema) }
      }
      let spelling = JSONValue.string(name).bytes
      result.taken = regexes.keys.adding(
        regexes.keys.key(spelling.dropFirst().dropLast()), to: result.taken)
      let isRequired = required.contains(key)
      if !isRequired, goal.nodes.contains(where: { schema[$0].boolean == false }) { continue }
      literals.append((path, spelling))
      let text = regexes.literal(spelling)
      let value = try define(goal, path: path + JSONPointer(steps: [name]).description)
      result.keys.append(keyTerms(text, spelling, value, isRequired))
    }
    var additional = Goal.anything
    for scope in shape.scopes {
      if let schema = scope.additional { additional.insert(schema) }
    }
    if !additional.nodes.contains(where: { schema[$0].boolean == false }) {
      let text = StringLowering(limits: options.limits).text(
        0, nil, place: place, into: &regexes)
      let value = try define(additional, path: path + "/*")
      result.newKeys.append(ObjectDefinition.NewKeys(text: text, value: value))
      result.greatestNew = options.limits.items
      result.place = place
    }
    objects.append(result)
    return Int32(objects.count - 1)
  }

  private mutating func keyTerms(
    _ text: Term, _ spelling: [UInt8], _ value: Int32, _ isRequired: Bool
  ) -> ObjectDefinition.Key {
    if options.whiteSpace == .none {
      return ObjectDefinition.Key(
        first: regexes.literal(spelling + [0x3A]),
        later: regexes.literal([0x2C] + spelling + [0x3A]),
        value: value, isRequired: isRequired)
    }
    let first = regexes.concat(text, punctuation.colon)
    return ObjectDefinition.Key(
      first: first, later: regexes.concat(punctuation.comma, first), value: value,
      isRequired: isRequired)
  }

  // MARK: - The whole

  private func children(_ number: Int) -> [Int32] {
    var result: [Int32] = []
    for array in definitions[number].arrays {
      result.append(contentsOf: arrays[Int(array)].prefix)
      result.append(arrays[Int(array)].items)
    }
    for object in definitions[number].objects {
      result.append(contentsOf: objects[Int(object)].keys.map(\.value))
      result.append(contentsOf: objects[Int(object)].newKeys.map(\.value))
    }
    return result
  }

  /// Marks the definitions from which a way leads to a circle: their values can nest for ever.
  mutating func markRecursion() {
    // A definition is harmless once all its children are; what remains can nest for ever.
    var parents = [[Int32]](repeating: [], count: definitions.count)
    var open = [Int](repeating: 0, count: definitions.count)
    for number in definitions.indices {
      let below = Set(children(number))
      open[number] = below.count
      for child in below { parents[Int(child)].append(Int32(number)) }
    }
    var harmless = definitions.indices.filter { open[$0] == 0 }
    for number in definitions.indices { definitions[number].isRecursive = open[number] != 0 }
    while let number = harmless.popLast() {
      definitions[number].isRecursive = false
      for parent in parents[number] {
        open[Int(parent)] -= 1
        if open[Int(parent)] == 0 { harmless.append(Int(parent)) }
      }
    }
  }

  /// Returns the deepest place that makes the root unsatisfiable.
  func contradiction(_ needs: DefinitionNeeds) -> String {
    var number = 0
    var seen: Set<Int> = []
    while seen.insert(number).inserted {
      let definition = definitions[number]
      guard definition.arrays.count + definition.objects.count == 1 else { break }
      var culprit: Int32?
      for object in definition.objects {
        culprit =
          objects[Int(object)].keys.first {
            $0.isRequired && needs.isUnreachable($0.value)
          }?.value
      }
      for array in definition.arrays where arrays[Int(array)].least > 0 {
        let definition = arrays[Int(array)]
        culprit = (0..<min(definition.least, definition.prefix.count + 1)).map {
          definition.item($0)
        }.first { needs.isUnreachable($0) }
      }
      guard let culprit else { break }
      number = Int(culprit)
    }
    return pointer(goals[number])
  }
}
