// Memory for packed weights: large pieces of huge pages, handed out front to back.
//
// A decode step reads every weight once. In pages of 4 KiB, as a matrix of one or two MiB gets them by
// itself, each page costs a walk through the page tables and stops the processor's own prefetching;
// side by side in one piece small matrices lie in huge pages like large ones.
//
// SAFETY: of the whole file: parts of a piece never overlap, and every weight keeps its piece alive.

/// Hands out zeroed memory that is kept as long as anyone who got some of it.
final class WeightArena {
  /// The size of a piece; what nobody touches takes no memory.
  private static let pieceBytes = 64 << 20
  /// Parts begin at multiples of a cache line.
  private static let alignment = 64

  private var piece: HostMemory?
  private var used = 0

  /// Returns zeroed memory and the object that keeps it.
  func take(
    byteCount: Int
  ) throws(ComputeError) -> (
    address: UnsafeMutableRawPointer, owner: HostMemory
  ) {
    let bytes = (max(1, byteCount) + Self.alignment - 1) / Self.alignment * Self.alignment
    if let piece, piece.byteCount - used >= bytes {
      defer { used += bytes }
      return unsafe (piece.address + used, piece)
    }
    let next = try HostMemory(byteCount: max(Self.pieceBytes, bytes))
    // A matrix larger than a piece has one of its own and leaves the rest of the last one in use.
    if bytes < Self.pieceBytes {
      piece = next
      used = bytes
    }
    return unsafe (next.address, next)
  }
}
