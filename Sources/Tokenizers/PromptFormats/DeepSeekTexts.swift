// The fixed texts of DeepSeek-V4's prompts, as the model saw them in training.

import JSON

/// The texts that `DeepSeekPrompt` puts around what it is given.
enum DeepSeekTexts {
  /// What asks for the longest thoughts; it stands at the very beginning.
  static let maximalEffort = """
    Reasoning Effort: Absolute maximum with no shortcuts permitted.
    You MUST be very thorough in your thinking and comprehensively decompose the problem to \
    resolve the root cause, rigorously stress-testing your logic against all potential paths, \
    edge cases, and adversarial scenarios.
    Explicitly write out your entire deliberation process, documenting every intermediate \
    step, considered alternative, and rejected hypothesis to ensure absolutely no assumption \
    is left unchecked.


    """

  /// What stands between a system text and the tools that it offers.
  static let toolsHead = """


    ## Tools

    You have access to a set of tools to help answer the user's question. You can invoke \
    tools by writing a "<｜DSML｜tool_calls>" block like the following:

    <｜DSML｜tool_calls>
    <｜DSML｜invoke name="$TOOL_NAME">
    <｜DSML｜parameter name="$PARAMETER_NAME" \
    string="true|false">$PARAMETER_VALUE</｜DSML｜parameter>
    ...
    </｜DSML｜invoke>
    <｜DSML｜invoke name="$TOOL_NAME2">
    ...
    </｜DSML｜invoke>
    </｜DSML｜tool_calls>

    String parameters should be specified as is and set `string="true"`. For all other types \
    (numbers, booleans, arrays, objects), pass the value in JSON format and set \
    `string="false"`.

    If thinking_mode is enabled (triggered by <think>), you MUST output your complete \
    reasoning inside <think>...</think> BEFORE any tool calls or final response.

    Otherwise, output directly after </think> with tool calls or final response.

    ### Available Tool Schemas


    """

  /// What follows the tools.
  static let toolsTail = """

    You MUST strictly follow the above defined tool name and parameter schemas to invoke tool \
    calls.

    """

  /// What stands before the schema of answers.
  static let responseFormat = """


    ## Response Format:

    You MUST strictly adhere to the following schema to reply:

    """

  /// Returns a value with a blank after each comma and colon, as in the texts of the training.
  static func spaced(_ value: JSONValue) -> String {
    switch value {
    case .array(let elements):
      return "[" + elements.map(spaced).joined(separator: ", ") + "]"
    case .object(let object):
      let members = object.members.map { member in
        JSONValue.string(member.key).text + ": " + spaced(member.value)
      }
      return "{" + members.joined(separator: ", ") + "}"
    default: return value.text
    }
  }
}
