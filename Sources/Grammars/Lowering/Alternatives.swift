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

  /// Whether no value satisfies both, as far as names alone show it.
  func excludes(_ other: Self) -> Bool
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
  /// - Parameters:
  ///   - a: The first list; one that nobody else holds is not copied where it has one alternative.
  ///   - isEmpty: Whether no value satisfies an alternative, given the one of `b` that it came from, as far as
  ///     that shows at once.
  mutating func product<Shape: Alternative>(
    _ a: consuming [Shape], _ b: [Shape], at literal: Literal,
    isEmpty: (inout GrammarCompiler, Shape, Shape) throws(GrammarError) -> Bool
  ) throws(GrammarError) -> [Shape] {
    if a == [Shape()] { return b }
    if b == [Shape()] { return a }
    if a.count == 1, b.count == 1 {
      let (size, other) = (a[0].size, b[0].size)
      try spend(size * other + 4 * (size + other) + 16, literal)
      if a[0].excludes(b[0]) { return [] }
      a[0].formUnion(b[0])
      return try isEmpty(&self, a[0], b[0]) ? [] : a
    }
    var result: [Shape] = []
    var seen: Set<Shape> = []
    let sizes = b.map(\.size)
    seen.reserveCapacity(min(a.count * b.count, Self.greatestShapeCount))
    for x in a {
      let size = x.size
      for (y, other) in zip(b, sizes) {
        try spend(size * other + 4 * (size + other) + 16, literal)
        if x.excludes(y) { continue }
        var shape = x
        shape.formUnion(y)
        guard !(try isEmpty(&self, shape, y)), seen.insert(shape).inserted else { continue }
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
