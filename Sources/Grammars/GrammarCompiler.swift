// Schema → grammar. Goals become definitions one by one, each once; the first goal that reaches a part
// names it for reports.

import JSON
package import JSONSchema
import Patterns

extension Grammar {
  /// Compiles a schema.
  ///
  /// - Throws: `GrammarError` if a keyword cannot be enforced or no value can satisfy the schema.
  package init(
    _ schema: Schema, options: GrammarOptions = GrammarOptions()
  ) throws(GrammarError) {
    var compiler = GrammarCompiler(schema: schema, options: options)
    try compiler.compile()
    compiler.markRecursion()
    var needs = DefinitionNeeds(
      compiler.definitions, arrays: compiler.arrays, objects: compiler.objects,
      punctuation: compiler.punctuation, automaton: compiler.takeAutomaton())
    needs.automaton.forgetRows(beyond: LeafAutomaton.greatestKeptCount)
    if needs.isTooLarge { throw .tooLarge(limit: DefinitionNeeds.greatestStateCount) }
    if needs.automaton.isExhausted {
      throw .exhausted(pointer: "", limit: LeafAutomaton.greatestStepCount)
    }
    self.init(
      definitions: compiler.definitions, arrays: compiler.arrays, objects: compiler.objects,
      root: 0,
      punctuation: compiler.punctuation, labels: compiler.labels, places: compiler.places,
      literals: compiler.literals, needs: needs, limits: options.limits,
      contradictions: options.contradictions,
      report: EnforcementReport(schema, options: options, checkedAfter: compiler.checkedAfter),
      schema: schema)
    if needs.isUnreachable(root), options.contradictions == .refuse {
      throw .unsatisfiable(pointer: compiler.contradiction(needs))
    }
  }
}

/// What every compilation begins with: the terms between values and those of the basic types.
private struct CompilerSeed: Sendable {
  let whiteSpace: GrammarOptions.WhiteSpace
  let numbers: GrammarOptions.Numbers
  let automaton: LeafAutomaton
  let terms: CommonTerms
  let punctuation: Punctuation

  init(_ whiteSpace: GrammarOptions.WhiteSpace, _ numbers: GrammarOptions.Numbers) {
    self.whiteSpace = whiteSpace
    self.numbers = numbers
    var regexes = RegexSet()
    punctuation = GrammarCompiler.makePunctuation(whiteSpace, &regexes)
    terms = CommonTerms(numbers, &regexes)
    automaton = LeafAutomaton(
      regexes: regexes, spells: [Bool](repeating: true, count: 256), costs: TextAutomaton.Costs.all)
  }

  /// The seeds by way of spelling.
  static let all: [CompilerSeed] = {
    var seeds: [CompilerSeed] = []
    for whiteSpace in [GrammarOptions.WhiteSpace.none, .separators, .any] {
      for numbers in [GrammarOptions.Numbers.plain, .any] {
        seeds.append(CompilerSeed(whiteSpace, numbers))
      }
    }
    return seeds
  }()
}

/// A compiler at work.
struct GrammarCompiler {
  static let greatestDefinitionCount = 200_000
  /// The greatest number of declared keys of all objects.
  static let greatestKeyCount = 400_000

  let schema: Schema
  let options: GrammarOptions
  var automaton: LeafAutomaton
  var conditions: ConditionTable
  let terms: CommonTerms
  let punctuation: Punctuation

  private(set) var definitions: [Definition] = []
  var arrays: [ArrayDefinition] = []
  var objects: [ObjectDefinition] = []
  private(set) var labels: [[[UInt8]]] = []
  private(set) var places: [String] = [""]
  var literals: [(pointer: String, bytes: [UInt8])] = []
  /// The arrays whose elements must differ, and where that is said.
  var uniqueArrays: [(array: Int32, pointer: String)] = []
  /// The keywords whose language is wider in the masks than in the schema.
  private(set) var checkedAfter: [EnforcementReport.Entry] = []
  /// How many comparisons between parts of alternatives were made.
  var work = 0
  /// The spellings of names, and their numbers by name.
  var keySpellings: [KeySpelling] = []
  var spellingNumbers: [JSONKey: Int32] = [:]
  /// How many declared keys the objects have.
  var keyCount = 0
  /// The place of the definition that is being lowered.
  private(set) var place: Int32 = 0

  /// The parts of conditions by their numbers.
  var partsMemo: [Int: ConditionParts] = [:]
  /// The conditions of nodes, by node and scope.
  var literalMemo: [Int64: Literal] = [:]
  var scalarMemo: [Literal: ScalarLanguage] = [:]
  var objectMemo: [ShapeKey: [ObjectShape]] = [:]
  var arrayMemo: [ShapeKey: [ArrayShape]] = [:]
  var patternMemo: [PatternTree: Term] = [:]
  var formatMemo: [String: (inside: Term?, outside: Term?)] = [:]
  /// The forms of languages of numbers within the limits.
  var limited: [Term: Term] = [:]
  /// The parts of leaves in which every value has one spelling.
  var distinctMemo: [Term: Term] = [:]
  /// The conditions whose scalars or alternatives are being found.
  var open: Set<Literal> = []
  var openShapes: Set<ShapeKey> = []
  /// The first required member for which there is no value.
  var emptyMember: Goal?
  /// The names by which dynamic references can be moved.
  let dynamicNames: Set<String>
  /// What the names are bound to, by the number of a scope.
  var scopes: [[String: SchemaID]] = [[:]]
  private var typeMemo: [Literal: SchemaTypes] = [:]

  private var numbers: [Goal: Int32] = [:]
  private var goals: [Goal] = []
  private var paths: [String] = []

  init(schema: Schema, options: GrammarOptions) {
    self.schema = schema
    self.options = options
    conditions = ConditionTable(schema)
    dynamicNames = Set(schema.nodes.compactMap { $0.combinators.dynamicRef?.anchor })
    let seed =
      CompilerSeed.all.first {
        $0.whiteSpace == options.whiteSpace && $0.numbers == options.numbers
      } ?? CompilerSeed(options.whiteSpace, options.numbers)
    punctuation = seed.punctuation
    terms = seed.terms
    automaton = seed.automaton
  }

  fileprivate static func makePunctuation(
    _ whiteSpace: GrammarOptions.WhiteSpace, _ regexes: inout RegexSet
  ) -> Punctuation {
    let gap = whiteSpace == .separators ? " " : ""
    let space =
      whiteSpace == .any
      ? regexes.repetition(regexes.bytes(.spaces), 0)
      : RegexSet.epsilon
    func after(_ text: String, _ regexes: inout RegexSet) -> Term {
      regexes.concat(regexes.literal(Array(text.utf8)), space)
    }
    func before(_ text: String, _ regexes: inout RegexSet) -> Term {
      regexes.concat(space, regexes.literal(Array(text.utf8)))
    }
    let comma = regexes.concat(space, after("," + gap, &regexes))
    let quote = regexes.literal([0x22])
    return Punctuation(
      openArray: after("[", &regexes), openObject: after("{", &regexes),
      closeEmptyArray: regexes.literal([0x5D]), closeEmptyObject: regexes.literal([0x7D]),
      closeArray: before("]", &regexes), closeObject: before("}", &regexes), comma: comma,
      colon: regexes.concat(space, after(":" + gap, &regexes)),
      lineStart: regexes.literal([0x0A]), lineComma: regexes.literal([0x2C, 0x0A]),
      lineClose: regexes.literal([0x0A, 0x5D]), firstQuote: quote,
      laterQuote: whiteSpace == .any
        ? regexes.concat(comma, quote) : regexes.literal(Array(",\(gap)\"".utf8)),
      margin: space)
  }

  /// Hands the automaton over once everything is lowered; it is not copied.
  fileprivate mutating func takeAutomaton() -> LeafAutomaton {
    let result = automaton
    automaton = LeafAutomaton(regexes: .none, spells: result.spells, costs: result.costs)
    return result
  }

  mutating func compile() throws(GrammarError) {
    let root = literal(schema.root, 0)
    _ = try define(Goal(root), path: "")
    var next = 0
    while next < goals.count {
      try lower(next)
      if automaton.isExhausted {
        throw .exhausted(pointer: paths[next], limit: LeafAutomaton.greatestStepCount)
      }
      next += 1
    }
    checkUniqueArrays()
    if options.whiteSpace == .separators { breakLines() }
  }

  /// Gives elements lines of their own where they may be arrays or objects.
  private mutating func breakLines() {
    for number in arrays.indices {
      arrays[number].breaksLines = (arrays[number].prefix.joined() + arrays[number].items).contains
      {
        let definition = definitions[Int($0.value)]
        return !definition.arrays.isEmpty || !definition.objects.isEmpty
      }
    }
  }

  /// Returns the definition of a goal, which may still be lowered later.
  mutating func define(
    _ goal: Goal, path: @autoclosure () -> String
  ) throws(GrammarError) -> Int32 {
    if let known = numbers[goal] { return known }
    guard definitions.count < Self.greatestDefinitionCount else {
      throw .tooLarge(limit: Self.greatestDefinitionCount)
    }
    let number = Int32(definitions.count)
    numbers[goal] = number
    definitions.append(Definition())
    goals.append(goal)
    paths.append(path())
    return number
  }

  /// Notes that the masks allow more than a keyword does.
  ///
  /// Negations stand at single keywords only, so that a wider language there makes the whole wider and never
  /// narrower.
  mutating func checkAfter(_ keyword: String, at pointer: String, _ detail: String) {
    let entry = EnforcementReport.Entry(
      pointer: pointer, keyword: keyword, enforcement: .checkedAfter, detail: detail)
    if !checkedAfter.contains(entry) { checkedAfter.append(entry) }
  }

  /// The place in the schema of a condition.
  func pointer(_ literal: Literal) -> String {
    if case .node(let id, _) = conditions[literal] { return schema[id].pointer }
    return ""
  }

  private func pointer(_ goal: Goal) -> String {
    goal.literals.first.map { pointer($0) } ?? ""
  }

  // MARK: - One definition

  private mutating func lower(_ number: Int) throws(GrammarError) {
    let goal = goals[number]
    places.append(paths[number])
    place = Int32(places.count - 1)
    var result = Definition()
    result.place = place
    let scalars = try scalars(of: goal)
    result.leaf = leaf(scalars)
    result.distinctLeaf =
      scalars.numbers == RegexSet.nothing ? result.leaf : distinct(result.leaf)
    let pointer = pointer(goal)
    for shape in try arrays(of: goal) {
      if let array = try lower(shape, pointer, paths[number]) { result.arrays.append(array) }
    }
    for shape in try withoutAbsences(objects(of: goal)) {
      if let object = try lower(shape, pointer, paths[number]) { result.objects.append(object) }
    }
    if let values = listedValues(goal) {
      var spellings: [[UInt8]] = []
      for value in values where value.array == nil && value.object == nil {
        let bytes = NumberLowering.spelling(of: value)
        if automaton.accepts(result.leaf, bytes) { spellings.append(bytes) }
      }
      for bytes in spellings { literals.append((pointer, bytes)) }
      if options.numbers == .plain {
        result.leaf = automaton.regexes.literals(spellings)
        result.distinctLeaf = result.leaf
      }
      if result.arrays.isEmpty, result.objects.isEmpty, !spellings.isEmpty {
        result.labels = Int32(labels.count)
        labels.append(spellings)
      }
    }
    definitions[number] = result
  }

  /// Returns the values that a goal lists, if it does.
  private mutating func listedValues(_ goal: Goal) -> [JSONValue]? {
    var queue = goal.literals
    var next = 0
    while next < min(queue.count, 64) {
      let literal = queue[next]
      next += 1
      if literal.isNegated { continue }
      switch conditions[literal] {
      case .constant(let number): return [conditions.constants[Int(number)]]
      case .node(let id, _):
        if let value = schema[id].constant { return [value] }
        if let values = schema[id].enumeration { return values }
        queue.append(contentsOf: parts(of: literal).all)
      case .never: break
      }
    }
    return nil
  }

  // MARK: - What is surely empty

  /// Whether no value satisfies a goal, as far as that shows without looking into arrays and objects.
  mutating func isSurelyEmpty(_ goal: Goal) throws(GrammarError) -> Bool {
    if goal.isNothing { return true }
    if goal.literals.isEmpty { return false }
    var types = SchemaTypes.any
    for literal in goal.literals { types.formIntersection(self.types(of: literal, depth: 0)) }
    if types.isEmpty { return true }
    if types.contains(.array) || types.contains(.object) { return false }
    let scalars = try scalars(of: goal)
    return scalars.words == 0 && scalars.numbers == RegexSet.nothing
      && scalars.strings == RegexSet.nothing && scalars.wholes == .no && scalars.others == .no
  }

  /// The types that values which satisfy a condition may have; possibly too many.
  private mutating func types(of literal: Literal, depth: Int) -> SchemaTypes {
    if let known = typeMemo[literal] { return known }
    var result = SchemaTypes.any
    switch conditions[literal] {
    case .never: result = literal.isNegated ? .any : []
    case .constant(let number):
      if !literal.isNegated {
        result = SchemaTypes.ofAllSpellings(conditions.constants[Int(number)])
      }
    case .node(let id, _):
      let node = schema.nodes[id.index]
      if depth > 16 { return .any }
      if let flag = node.boolean {
        result = flag != literal.isNegated ? .any : []
      } else if !literal.isNegated {
        result = node.types ?? .any
        if let values = node.enumeration ?? node.constant.map({ [$0] }) {
          var listed = SchemaTypes()
          for value in values { listed.formUnion(SchemaTypes.ofAllSpellings(value)) }
          result.formIntersection(listed)
        }
        let parts = parts(of: literal)
        for part in parts.all { result.formIntersection(types(of: part, depth: depth + 1)) }
        for some in [parts.any, parts.one] where !some.isEmpty {
          var united = SchemaTypes()
          for part in some { united.formUnion(types(of: part, depth: depth + 1)) }
          result.formIntersection(united)
        }
      }
    }
    typeMemo[literal] = result
    return result
  }

  // MARK: - The whole

  private func children(_ number: Int) -> [Int32] {
    var result: [Int32] = []
    for array in definitions[number].arrays {
      let array = arrays[Int(array)]
      result.append(contentsOf: (array.prefix.joined() + array.items).map(\.value))
    }
    for object in definitions[number].objects {
      let object = objects[Int(object)]
      for key in object.keys { result.append(contentsOf: key.options.map(\.value)) }
      for key in object.newKeys { result.append(contentsOf: key.options.map(\.value)) }
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
      let alternatives = definition.arrays.count + definition.objects.count
      if alternatives == 0, let emptyMember { return pointer(emptyMember) }
      guard alternatives == 1 else { break }
      func culprit(_ options: [ValueOption]) -> Int32? {
        options.allSatisfy { needs.isUnreachable($0.value) } ? options.first?.value : nil
      }
      var found: Int32?
      for object in definition.objects {
        for key in objects[Int(object)].keys where key.isRequired && found == nil {
          found = culprit(key.options)
        }
      }
      for array in definition.arrays where arrays[Int(array)].least > 0 {
        let definition = arrays[Int(array)]
        for place in 0..<min(definition.least, definition.prefix.count + 1) where found == nil {
          found = culprit(definition.item(place))
        }
      }
      guard let found else { break }
      number = Int(found)
    }
    return pointer(goals[number])
  }
}
