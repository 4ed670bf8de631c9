// A job in the hands of a worker.

/// A claimed job; ends once, by `Worker.commit` or `Worker.release`.
///
/// A claim that is dropped stays in `claimed/`, as after a crash: recovery counts it as one.
package struct Claim: ~Copyable, Sendable {
  /// The file name in the worker's folder.
  package let name: JobName
  /// The envelope.
  package let envelope: Envelope

  init(name: JobName, envelope: Envelope) {
    self.name = name
    self.envelope = envelope
  }
}
