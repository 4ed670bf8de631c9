// What a backend keeps in its memory: activations, weights and attention caches.
//
// Each is a device index, a shape and an address that only the backend that made it may follow;
// the owner frees the memory with the last reference.
//
// SAFETY: addresses are handed out as unsafe values; the types themselves never follow them.

package import Tensors

/// Rows of 32-bit activations in the memory of one device.
@safe
package final class DeviceTensor {
  /// The number of rows that fit.
  package let rows: Int
  /// The number of elements in a row.
  package let columns: Int
  /// The device that holds the elements, zero for the host.
  package let device: Int
  /// The first element, valid on the device only.
  package let address: UnsafeMutableRawPointer
  private let owner: AnyObject

  /// Wraps memory that `owner` keeps alive.
  ///
  /// - Precondition: `address` has room for `rows * columns` floats.
  package init(
    rows: Int, columns: Int, device: Int, address: UnsafeMutableRawPointer, owner: AnyObject
  ) {
    self.rows = rows
    self.columns = columns
    self.device = device
    unsafe self.address = unsafe address
    self.owner = owner
  }

  /// Returns the same elements in rows of another length.
  ///
  /// - Precondition: The elements fill whole rows.
  package func reshaped(columns newColumns: Int) -> DeviceTensor {
    precondition(
      newColumns > 0 && rows * columns % newColumns == 0, "the elements fill whole rows")
    return unsafe DeviceTensor(
      rows: rows * columns / newColumns, columns: newColumns, device: device, address: address,
      owner: owner)
  }
}

/// What a weight is needed for; a backend prepares only that.
package struct WeightUse: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Products with activations.
  package static let product = WeightUse(rawValue: 1)
  /// Look-ups of single rows, as in a token embedding.
  package static let lookup = WeightUse(rawValue: 2)
  /// Products straight from the stored form: slower, without a second copy in memory.
  package static let stored = WeightUse(rawValue: 4)
}

/// A weight matrix that a backend made ready for its kernels.
@safe
package final class Weight {
  /// The stored tensor.
  package let view: TensorView
  /// What it was prepared for.
  package let use: WeightUse
  /// The device that holds the prepared form, zero for the host.
  package let device: Int
  /// The prepared form, if the backend made one beside the stored tensor.
  package let address: UnsafeMutableRawPointer?
  private let owner: AnyObject?

  /// The number of outputs of a product.
  package let rows: Int
  /// The number of inputs of a product.
  package let columns: Int

  /// Wraps a stored tensor and its prepared form, which `owner` keeps alive.
  package init(
    view: TensorView, use: WeightUse, device: Int, address: UnsafeMutableRawPointer?,
    owner: AnyObject?
  ) {
    self.view = view
    rows = view.shape.rows
    columns = view.shape.columns
    self.use = use
    self.device = device
    unsafe self.address = unsafe address
    self.owner = owner
  }
}

/// The shape of an attention cache.
package struct KeyValueShape: Hashable, Sendable {
  /// The number of layers.
  package var layers: Int
  /// The number of key and value heads in each layer.
  package var heads: Int
  /// The elements of one head's key.
  package var keySize: Int
  /// The elements of one head's value.
  package var valueSize: Int

  /// Creates a shape.
  package init(layers: Int, heads: Int, keySize: Int, valueSize: Int) {
    self.layers = layers
    self.heads = heads
    self.keySize = keySize
    self.valueSize = valueSize
  }
}

/// A run of positions of a sequence, in one piece of memory that several sequences may read.
@safe
package struct StoreSegment {
  /// The first position.
  package let first: Int
  /// The number of positions that may be read.
  package let count: Int
  /// The number of positions for which the memory is laid out.
  package let capacity: Int
  /// The first byte, valid on the device only.
  package let address: UnsafeMutableRawPointer
  fileprivate let owner: AnyObject

  /// The position behind the last.
  package var end: Int { first + count }

  /// Returns the positions before a bound, nil if there are none.
  package func before(_ bound: Int) -> StoreSegment? {
    guard bound > first else { return nil }
    return unsafe StoreSegment(
      first: first, count: min(count, bound - first), capacity: capacity, address: address,
      owner: owner)
  }
}

/// The keys and values of one sequence in all layers; how they lie is the backend's affair.
///
/// The first positions may lie in the memory of other stores, which they were forked from.
@safe
package final class KeyValueStore {
  /// The number of layers, heads and elements.
  package let shape: KeyValueShape
  /// The greatest number of positions, those in other stores included.
  package let capacity: Int
  /// The element type, `.f32` or `.f16`.
  package let type: DataType
  /// The device that holds the elements, zero for the host.
  package let device: Int
  /// The first byte of the store's own memory, valid on the device only.
  package let address: UnsafeMutableRawPointer
  /// What lies in other stores, in order; it is never written to.
  package let borrowed: [StoreSegment]
  private var owner: AnyObject

  /// Wraps memory that `owner` keeps alive.
  ///
  /// - Parameters:
  ///   - capacity: The greatest number of positions, with those of `borrowed`.
  ///   - address: Room for the positions from `first` on.
  package init(
    shape: KeyValueShape, capacity: Int, type: DataType, device: Int,
    address: UnsafeMutableRawPointer, owner: AnyObject, borrowed: [StoreSegment] = []
  ) {
    self.shape = shape
    self.capacity = capacity
    self.type = type
    self.device = device
    unsafe self.address = unsafe address
    self.owner = owner
    self.borrowed = borrowed
  }

  /// The first position in the store's own memory.
  package var first: Int { borrowed.last?.end ?? 0 }

  /// The number of positions in the store's own memory.
  package var ownCapacity: Int { capacity - first }

  /// The store's own memory.
  package var own: StoreSegment {
    unsafe StoreSegment(
      first: first, count: ownCapacity, capacity: ownCapacity, address: address, owner: owner)
  }

  /// All memory that holds the store's positions, in order.
  package var segments: [StoreSegment] { borrowed + [own] }

  /// Whether another store still reads this store's own memory.
  package var isLent: Bool { !isKnownUniquelyReferenced(&owner) }
}

/// Consecutive activation rows that belong to one sequence.
package struct SequenceRows {
  /// The keys and values of the sequence.
  package var store: KeyValueStore
  /// The first row.
  package var firstRow: Int
  /// The number of rows, at least one.
  package var count: Int
  /// The position of the first row in its sequence, from zero.
  package var position: Int

  /// Creates the place of some rows.
  package init(store: KeyValueStore, firstRow: Int, count: Int, position: Int) {
    self.store = store
    self.firstRow = firstRow
    self.count = count
    self.position = position
  }
}

/// Rows of a cache in the element type of the precision.
@safe
package final class RowStore {
  /// The number of rows that fit.
  package let rows: Int
  /// The number of elements in a row.
  package let columns: Int
  /// The element type, `.f32` or `.f16`.
  package let type: DataType
  /// The device that holds the elements, zero for the host.
  package let device: Int
  /// The first byte, valid on the device only.
  package let address: UnsafeMutableRawPointer
  private let owner: AnyObject

  /// Wraps memory that `owner` keeps alive.
  package init(
    rows: Int, columns: Int, type: DataType, device: Int, address: UnsafeMutableRawPointer,
    owner: AnyObject
  ) {
    self.rows = rows
    self.columns = columns
    self.type = type
    self.device = device
    unsafe self.address = unsafe address
    self.owner = owner
  }

  /// The bytes of one row.
  package var rowBytes: Int { columns * type.blockBytes }
}
