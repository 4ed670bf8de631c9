// Sums and products of alternatives, the same for objects and for arrays. An empty list is nothing, a list
// that holds the empty alternative is everything.

/// One alternative of what holds for a value.
protocol Alternative: Hashable {
  associatedtype Fact: Hashable

  /// Says nothing.
  init()
  /// Says that one of some facts is true.
  init(clause: [Fact])

  /// The facts of the clause, if it is all that is said.
  var onlyClause: [Fact]? { get }

  /// How many rules, names, counts and clauses it says.
  var size: Int { get }

  /// Says what another one says too.
  mutating func formUnion(_ other: Self)
}

/// Alternatives that come one by one, each kept once.
struct AlternativeSum<Shape: Alternative> {
  private(set) var shapes: [Shape] = []
  private var known: Set<Shape> = []

  /// Adds alternatives; the empty one stands for all others.
  mutating func add(_ more: [Shape]) {
    if shapes == [Shape()] { return }
    for shape in more where known.insert(shape).inserted {
      if shape == Shape() {
        shapes = [shape]
        return
      }
      shapes.append(shape)
    }
  }
}

extension GrammarCompiler {
  static let greatestShapeCount = 2048
  /// The greatest number of comparisons between parts of alternatives.
  static let greatestWork = 24_000_000

  /// How deep schemas that apply to one value may stand inside each other: each level takes stack.
  static let greatestDepth = 1000

  func checkDepth(_ depth: Int, _ literal: Literal) throws(GrammarError) {
    guard depth < Self.greatestDepth else {
      throw .tooDeep(pointer: pointer(literal), limit: Self.greatestDepth)
    }
  }

  func checkCount(_ count: Int, _ literal: Literal) throws(GrammarError) {
    guard count <= Self.greatestShapeCount else {
      throw .tooManyAlternatives(pointer: pointer(literal), limit: Self.greatestShapeCount)
    }
  }

  /// Counts comparisons between parts of alternatives.
  mutating func spend(_ amount: Int, _ literal: Literal) throws(GrammarError) {
    work += amount
    if work > Self.greatestWork {
      throw .exhausted(pointer: pointer(literal), limit: Self.greatestWork)
    }
  }

  /// Returns the values that satisfy an alternative of each list.
  ///
  /// - Parameter isEmpty: Whether no value satisfies an alternative, as far as that shows at once.
  mutating func product<Shape: Alternative>(
    _ a: [Shape], _ b: [Shape], at literal: Literal,
    isEmpty: (inout GrammarCompiler, Shape) throws(GrammarError) -> Bool
  ) throws(GrammarError) -> [Shape] {
    if a == [Shape()] { return b }
    if b == [Shape()] { return a }
    var result: [Shape] = []
    var seen: Set<Shape> = []
    let sizes = b.map(\.size)
    for x in a {
      let size = x.size
      for (y, other) in zip(b, sizes) {
        try spend(size * other + 4 * (size + other) + 16, literal)
        var shape = x
        shape.formUnion(y)
        guard !(try isEmpty(&self, shape)) else { continue }
        // One alternative alone is no other's double.
        if a.count * b.count > 1, !seen.insert(shape).inserted { continue }
        result.append(shape)
        try checkCount(result.count, literal)
      }
    }
    return result
  }

  /// Returns the values that satisfy an alternative of either list.
  func either<Shape: Alternative>(_ a: [Shape], _ b: [Shape]) -> [Shape] {
    if a.contains(Shape()) || b.contains(Shape()) { return [Shape()] }
    if b.count < 8 { return a + b.filter { !a.contains($0) } }
    let known = Set(a)
    return a + b.filter { !known.contains($0) }
  }

  /// Makes one clause of facts and of the alternatives that are clauses themselves.
  func merged<Shape: Alternative>(_ shapes: [Shape], _ facts: [Shape.Fact]) -> [Shape] {
    if shapes.contains(Shape()) { return [Shape()] }
    var facts = facts
    var rest: [Shape] = []
    for shape in shapes {
      if let clause = shape.onlyClause {
        for fact in clause where !facts.contains(fact) { facts.append(fact) }
      } else {
        rest.append(shape)
      }
    }
    if !facts.isEmpty { rest.append(Shape(clause: facts)) }
    return rest
  }
}
