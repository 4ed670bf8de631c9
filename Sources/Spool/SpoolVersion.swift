// The version of the layout on disk.

/// The version of the spool's layout.
package enum SpoolVersion {
  /// The content of the file VERSION.
  package static let text = "quern spool 1"
}
