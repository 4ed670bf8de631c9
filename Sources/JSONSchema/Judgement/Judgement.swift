// One judgement of one value.
//
// A verdict is asked for a part of the value and a node of the schema. References can ask for the same
// verdict many times over, so those on nodes with more than one way in are kept: time is linear in
// parts × nodes. Everything is counted, and a judgement beyond a limit ends with an error, never a verdict.
//
// References that come back to a question that is still open are answered "no" there: a value is valid only
// if finitely many steps show it. What was found under this assumption is not kept unless it is the
// assumption's own verdict, and below a negation, where "no" would prove something, it is an error.
//
// Without a limit of violations the first failure ends a judgement. With one, what failed is judged once
// more and aloud, by the same code.

import JSON
import Patterns

/// A judge at work on one value.
struct Judgement {
  /// How a part fails a schema.
  private(set) var found: [SchemaViolation] = []
  /// Why there is no verdict.
  private(set) var fault: SchemaError?
  let plan: SchemaPlan
  let assertsFormats: Bool
  var instances: InstanceTable

  private let limit: Int
  private var budget: Int
  private var patternBudget: Int
  private var depth = 0
  private var negations = 0
  private var verdicts: [Question: Verdict] = [:]
  private var open: [Question: (depth: Int, negations: Int)] = [:]
  /// The outermost open question that the verdicts since have assumed an answer to.
  private var assumed = Int.max
  private var scopes: [Scope] = [Scope(outer: 0, resource: -1)]
  private var scopeNumbers: [Scope: Int] = [:]

  /// A question that may be asked again.
  private struct Question: Hashable {
    var node: Int32
    var part: Int32
    var scope: Int32
    var wantsParts: Bool
  }

  private struct Verdict {
    var holds: Bool
    var parts: EvaluatedParts
  }

  /// The resources that were entered on the way, as far as dynamic references can tell them apart.
  private struct Scope: Hashable {
    var outer: Int
    var resource: Int
  }

  /// The greatest number of steps, about three seconds' worth.
  static let stepLimit = 20_000_000
  /// The greatest number of pairs of a scalar and a state of a pattern.
  static let patternStepLimit = 1_000_000_000
  /// How many schemas may be applied inside one another.
  static let depthLimit = 3000
  /// How many verdicts are kept at a time.
  private static let keptLimit = 100_000

  init(_ plan: SchemaPlan, _ value: JSONValue, assertsFormats: Bool, limit: Int) {
    self.plan = plan
    self.assertsFormats = assertsFormats
    self.limit = limit
    instances = InstanceTable(value)
    budget = Self.stepLimit
    patternBudget = Self.patternStepLimit
  }

  /// Judges the whole value.
  mutating func run(_ id: SchemaID) -> Bool {
    var ignored = EvaluatedParts()
    let holds = self.holds(0, id, 0, false, &ignored)
    if !holds, fault == nil, limit > 0 { explain(0, id, 0) }
    return holds && fault == nil
  }

  // MARK: - What the keywords call

  /// Counts steps; false when there are none left.
  mutating func spend(_ steps: Int) -> Bool {
    budget -= steps
    if budget < 0 { fault = fault ?? .judgementTooLong(limit: Self.stepLimit) }
    return fault == nil
  }

  /// Notes a violation where the judgement is aloud, and returns false.
  mutating func fail(_ at: Place, _ keyword: String) -> Bool {
    if at.isLoud, found.count < limit {
      found.append(
        SchemaViolation(
          instance: instances.pointer(at.part), schema: at.node.pointer, keyword: keyword))
    }
    return false
  }

  /// Returns whether a schema holds for a part of the value, and joins what it has looked at.
  mutating func applies(
    _ id: SchemaID, _ part: Int, _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    let wantsParts = part == at.part && at.wantsParts
    if holds(part, id, at.scope, wantsParts, &parts) { return true }
    if at.isLoud, fault == nil { explain(part, id, at.scope) }
    return false
  }

  /// Returns whether a schema holds whose failure may be right.
  mutating func holdsQuietly(
    _ id: SchemaID, _ part: Int, _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    negations += 1
    defer { negations -= 1 }
    let wantsParts = part == at.part && at.wantsParts
    return holds(part, id, at.scope, wantsParts, &parts)
  }

  /// Returns whether one of several schemas holds; its failure proves nothing by itself.
  mutating func isAlternative(
    _ id: SchemaID, _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    holds(at.part, id, at.scope, at.wantsParts, &parts)
  }

  /// Returns whether a pattern of the schema matches somewhere in a text.
  mutating func matches(_ pattern: String, _ text: String) -> Bool {
    guard let matcher = plan.matcher(pattern) else { return false }
    let (work, overflow) = (text.utf8.count + 1).multipliedReportingOverflow(by: matcher.stateCount)
    patternBudget -= overflow ? patternBudget + 1 : work
    guard patternBudget >= 0 else {
      fault = fault ?? .judgementTooLong(limit: Self.patternStepLimit)
      return false
    }
    return matcher.matches(text)
  }

  /// Returns the target of a dynamic reference on this way.
  func target(_ reference: DynamicReference, _ at: Place) -> SchemaID {
    guard let anchor = reference.anchor else { return reference.initial }
    var target = reference.initial
    var scope = at.scope
    while scope != 0 {
      let name = DynamicName(resource: scopes[scope].resource, name: anchor)
      if let found = plan.schema.dynamicAnchors[name] { target = found }
      scope = scopes[scope].outer
    }
    return target
  }
}

/// A node of a schema at work on a part of a value.
struct Place {
  /// The node's number.
  let id: SchemaID
  /// The node.
  let node: SchemaNode
  /// The number of the part.
  let part: Int
  /// The resources entered so far.
  let scope: Int
  /// Whether it matters which elements and members were looked at.
  let wantsParts: Bool
  /// Whether violations are noted and all keywords looked at.
  let isLoud: Bool
}

extension Judgement {
  /// Returns whether a node holds for a part.
  private mutating func holds(
    _ part: Int, _ id: SchemaID, _ scope: Int, _ wantsParts: Bool, _ parts: inout EvaluatedParts
  ) -> Bool {
    if let flag = plan.schema[id].boolean { return flag }
    guard spend(1) else { return false }
    guard depth < Self.depthLimit else {
      fault = .judgementTooDeep(pointer: plan.schema[id].pointer, limit: Self.depthLimit)
      return false
    }
    depth += 1
    defer { depth -= 1 }
    let scope = entered(plan.schema[id].resource, scope)
    guard plan.isShared[id.index] else {
      return judge(part, id, scope, wantsParts, &parts)
    }
    let question = Question(
      node: Int32(id.index), part: Int32(part), scope: Int32(scope), wantsParts: wantsParts)
    if let known = verdicts[question] {
      guard known.holds, wantsParts else { return known.holds }
      parts.formUnion(known.parts)
      return spend(known.parts.cost)
    }
    if let asked = open[question] {
      if asked.negations != negations {
        fault = fault ?? .endlessReference(pointer: plan.schema[id].pointer)
      }
      assumed = min(assumed, asked.depth)
      return false
    }
    open[question] = (depth, negations)
    let outer = assumed
    assumed = .max
    var own = EvaluatedParts()
    let holds = judge(part, id, scope, wantsParts, &own)
    open[question] = nil
    if assumed >= depth {
      if verdicts.count >= Self.keptLimit { verdicts.removeAll(keepingCapacity: true) }
      verdicts[question] = Verdict(holds: holds, parts: own)
      assumed = outer
    } else {
      assumed = min(assumed, outer)
    }
    if holds, wantsParts { parts.formUnion(own) }
    return holds && spend(own.cost)
  }

  private mutating func judge(
    _ part: Int, _ id: SchemaID, _ scope: Int, _ wantsParts: Bool, _ parts: inout EvaluatedParts
  ) -> Bool {
    let at = Place(
      id: id, node: plan.schema[id], part: part, scope: scope,
      wantsParts: wantsParts || plan.hasUnevaluated[id.index], isLoud: false)
    var own = EvaluatedParts()
    guard check(at, &own) else { return false }
    if wantsParts { parts.formUnion(own) }
    return fault == nil
  }

  /// Judges once more what does not hold, and notes why.
  private mutating func explain(_ part: Int, _ id: SchemaID, _ scope: Int) {
    guard found.count < limit, depth < Self.depthLimit, spend(1) else { return }
    depth += 1
    defer { depth -= 1 }
    let node = plan.schema[id]
    let at = Place(
      id: id, node: node, part: part, scope: entered(node.resource, scope),
      wantsParts: plan.hasUnevaluated[id.index], isLoud: true)
    if node.boolean == false {
      _ = fail(at, "false")
      return
    }
    let before = found.count
    var own = EvaluatedParts()
    let holds = check(at, &own)
    // Only an endless chain of references fails without a keyword that does.
    if !holds, found.count == before { _ = fail(at, "$ref") }
  }

  private mutating func entered(_ resource: Int, _ scope: Int) -> Int {
    guard plan.dynamicResources.contains(resource) else { return scope }
    var at = scope
    while at != 0 {
      if scopes[at].resource == resource { return scope }
      at = scopes[at].outer
    }
    let inner = Scope(outer: scope, resource: resource)
    if let known = scopeNumbers[inner] { return known }
    scopes.append(inner)
    scopeNumbers[inner] = scopes.count - 1
    return scopes.count - 1
  }
}
