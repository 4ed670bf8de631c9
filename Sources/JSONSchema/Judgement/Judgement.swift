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
  private let limits: JudgementLimits
  private var budget: Int
  private var patternBudget: Int
  private var depth = 0
  private var negations = 0
  private var verdicts: [Question: Verdict] = [:]
  private var open: [Question: (depth: Int, negations: Int)] = [:]
  /// What was judged aloud, and whether that has not ended yet.
  private var explained: [Question: Bool] = [:]
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

  /// What beginning a search costs, in steps of patterns; measured, 1 to 3 microseconds.
  private static let searchCost = 512
  /// How many verdicts are kept at a time.
  private static let keptLimit = 100_000

  init(
    _ plan: SchemaPlan, _ value: JSONValue, assertsFormats: Bool, limits: JudgementLimits,
    limit: Int
  ) {
    self.plan = plan
    self.assertsFormats = assertsFormats
    self.limit = limit
    self.limits = limits
    instances = InstanceTable(value)
    budget = limits.steps
    patternBudget = limits.patternSteps
  }

  /// Judges the whole value.
  mutating func run(_ id: SchemaID) -> Bool {
    var ignored = EvaluatedParts()
    let holds = self.holds(0, id, 0, false, &ignored)
    if !holds, fault == nil, limit > 0 {
      explain(0, id, 0)
      if found.isEmpty {
        found.append(
          SchemaViolation(instance: "", schema: plan.schema[id].pointer, keyword: "$ref"))
      }
    }
    return holds && fault == nil
  }

  // MARK: - What the keywords call

  /// Counts steps; false when there are none left.
  mutating func spend(_ steps: Int) -> Bool {
    budget -= steps
    if budget < 0 { fault = fault ?? .judgementTooLong(limit: limits.steps) }
    return fault == nil
  }

  /// Notes a violation where the judgement is aloud, and returns false.
  mutating func fail(_ at: Place, _ keyword: String) -> Bool {
    if at.isLoud, found.count < limit {
      found.append(
        SchemaViolation(
          instance: instances.pointer(at.part), schema: at.planned.node.pointer, keyword: keyword))
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

  /// Returns whether a pattern matches somewhere in a text.
  mutating func matches(_ matcher: PatternMatcher, _ text: String) -> Bool {
    let (work, overflow) = (text.utf8.count + 1).multipliedReportingOverflow(by: matcher.stateCount)
    patternBudget -= overflow ? patternBudget + 1 : work
    patternBudget -= Self.searchCost
    guard patternBudget >= 0 else {
      fault = fault ?? .judgementTooLong(limit: limits.patternSteps)
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
  /// The node.
  let planned: PlannedNode
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
    guard let planned = plan.node(id) else {
      preconditionFailure("a judgement asks for what the root leads to")
    }
    if let flag = planned.node.boolean { return flag }
    guard spend(1) else { return false }
    guard depth < limits.depth else {
      fault = .judgementTooDeep(pointer: planned.node.pointer, limit: limits.depth)
      return false
    }
    depth += 1
    defer { depth -= 1 }
    let scope = planned.isDynamic ? entered(planned.node.resource, scope) : scope
    guard planned.isShared else { return judge(planned, part, scope, wantsParts, &parts) }
    let question = Question(
      node: Int32(id.index), part: Int32(part), scope: Int32(scope), wantsParts: wantsParts)
    if let known = verdicts[question] {
      guard known.holds, wantsParts else { return known.holds }
      parts.formUnion(known.parts)
      return spend(known.parts.cost)
    }
    if let asked = open[question] {
      if asked.negations != negations {
        fault = fault ?? .endlessReference(pointer: planned.node.pointer)
      }
      assumed = min(assumed, asked.depth)
      return false
    }
    open[question] = (depth, negations)
    let outer = assumed
    assumed = .max
    var own = EvaluatedParts()
    let holds = judge(planned, part, scope, wantsParts, &own)
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
    _ planned: PlannedNode, _ part: Int, _ scope: Int, _ wantsParts: Bool,
    _ parts: inout EvaluatedParts
  ) -> Bool {
    let at = Place(
      planned: planned, part: part, scope: scope,
      wantsParts: wantsParts || planned.hasUnevaluated, isLoud: false)
    var own = EvaluatedParts()
    guard check(at, &own) else { return false }
    if wantsParts { parts.formUnion(own) }
    return fault == nil
  }

  /// Judges once more what does not hold, and notes why.
  private mutating func explain(_ part: Int, _ id: SchemaID, _ scope: Int) {
    guard found.count < limit, depth < limits.depth, spend(1), let planned = plan.node(id)
    else { return }
    depth += 1
    defer { depth -= 1 }
    let scope = planned.isDynamic ? entered(planned.node.resource, scope) : scope
    let at = Place(
      planned: planned, part: part, scope: scope, wantsParts: planned.hasUnevaluated,
      isLoud: true)
    if planned.node.boolean == false {
      _ = fail(at, "false")
      return
    }
    if planned.isShared {
      let question = Question(
        node: Int32(id.index), part: Int32(part), scope: Int32(scope), wantsParts: false)
      if let isUnderWay = explained[question] {
        // What comes back to itself has no other reason to fail.
        if isUnderWay { _ = fail(at, "$ref") }
        return
      }
      explained[question] = true
      defer { explained[question] = false }
      var own = EvaluatedParts()
      _ = check(at, &own)
      return
    }
    var own = EvaluatedParts()
    _ = check(at, &own)
  }

  private mutating func entered(_ resource: Int, _ scope: Int) -> Int {
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
