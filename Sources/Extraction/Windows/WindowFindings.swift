// What is known of single values in the windows of a document, and what of it the joined record keeps.

import JSON

/// The fields and labels of one window's answer.
struct WindowFindings {
  private let fields: [JSONPointer: FieldRecord]
  private let labels: [JSONPointer: LabelRecord]

  init(of answer: Answer, _ restored: RestoredAnswer) {
    var fields: [JSONPointer: FieldRecord] = [:]
    for field in Confidence.fields(of: answer, restored) {
      if let pointer = JSONPointer(field.pointer) { fields[pointer] = field }
    }
    var labels: [JSONPointer: LabelRecord] = [:]
    for label in LabelRecord.records(of: answer, restored) {
      if let pointer = JSONPointer(label.pointer) { labels[pointer] = label }
    }
    self.fields = fields
    self.labels = labels
  }

  /// Returns the fields and labels of the joined output, each from the window that its value comes from.
  static func joined(
    _ windows: [WindowFindings], by merge: WindowMerge
  ) -> (fields: [FieldRecord], labels: [LabelRecord]) {
    var fields: [FieldRecord] = []
    var labels: [LabelRecord] = []
    func visit(_ value: JSONValue, _ pointer: JSONPointer) {
      switch value {
      case .object(let object) where !object.isEmpty:
        for member in object.members { visit(member.value, pointer.appending(member.key)) }
      case .array(let elements) where !elements.isEmpty:
        for (index, element) in elements.enumerated() {
          visit(element, pointer.appending(String(index)))
        }
      default:
        guard let origin = merge.origin(of: pointer) else { return }
        if var field = windows[origin.window].fields[origin.pointer] {
          field.pointer = pointer.description
          field.alternatives = merge.alternatives[pointer] ?? []
          fields.append(field)
        }
        if var label = windows[origin.window].labels[origin.pointer] {
          label.pointer = pointer.description
          labels.append(label)
        }
      }
    }
    visit(merge.output, JSONPointer())
    return (fields, labels)
  }
}
