// Safetensors files with the config.json that belongs beside them: one file, or the shards of one
// checkpoint that an index names.
//
// Weights of eight-bit and of four-bit floats keep their factors in a tensor of their own, `X.scale`
// or `X.weight_scale_inv` beside `X.weight`; a view of the weight carries them along.

import JSON
package import Tensors

/// One file of a safetensors checkpoint.
package struct SafetensorsShard {
  /// The path, for messages.
  package let file: String
  /// The memory that holds the file.
  package let owner: any ByteOwner

  /// Creates a shard.
  package init(file: String, owner: any ByteOwner) {
    self.file = file
    self.owner = owner
  }
}

/// A safetensors checkpoint and its configuration.
package final class SafetensorsCheckpoint: Checkpoint {
  package let file: String
  package let metadata: Metadata
  private let headers: [SafetensorsHeader]
  private let shards: [SafetensorsShard]
  private let places: [String: Int]
  private let configuration: OwnedBytes

  /// Reads and checks the header of a file that lies in memory, and its configuration.
  ///
  /// - Parameter configuration: The bytes of config.json.
  package convenience init(
    file: String, owner: any ByteOwner, configuration: [UInt8]
  ) throws(CheckpointError) {
    try self.init(
      file: file, shards: [SafetensorsShard(file: file, owner: owner)],
      configuration: configuration)
  }

  /// Reads and checks the headers of files that make one checkpoint.
  package init(
    file: String, shards: [SafetensorsShard], configuration: [UInt8]
  ) throws(CheckpointError) {
    var headers: [SafetensorsHeader] = []
    var places: [String: Int] = [:]
    for (index, shard) in shards.enumerated() {
      let parsed = shard.owner.withSpan { bytes in
        Result { () throws(CheckpointFlaw) in try SafetensorsHeader(bytes) }
      }
      let header: SafetensorsHeader
      switch parsed {
      case .success(let good): header = good
      case .failure(let flaw): throw .malformed(file: shard.file, flaw)
      }
      for tensor in header.tensors.tensors {
        guard places.updateValue(index, forKey: tensor.name) == nil else {
          throw .malformed(file: shard.file, .duplicate(name: tensor.name))
        }
      }
      headers.append(header)
    }
    do throws(CheckpointFlaw) {
      metadata = try JSONMetadata.flatten(try SafetensorsHeader.object(configuration))
    } catch {
      throw .malformed(file: "config.json of \(file)", error)
    }
    self.file = file
    self.shards = shards
    self.headers = headers
    self.places = places
    self.configuration = OwnedBytes(configuration)
    try checkScales()
  }

  package var format: CheckpointFormat { .safetensors }
  package var tensorNames: [String] { headers.flatMap { $0.tensors.tensors.map(\.name) } }
  package var tensorByteCount: Int {
    headers.reduce(0) { $0 + $1.tensors.tensors.reduce(0) { $0 + $1.range.count } }
  }

  package func tensor(named name: String) -> TensorView? {
    guard let (stored, owner) = stored(name) else { return nil }
    // A scaled tensor was checked when the file was opened.
    if let scaled = try? scaled(stored, owner) { return scaled }
    return TensorView(
      name: name, shape: stored.shape, type: stored.type, owner: owner, range: stored.range)
  }

  package func withHeader(_ body: (Span<UInt8>) -> Void) {
    configuration.withSpan(body)
    for (shard, header) in zip(shards, headers) {
      shard.owner.withSpan { body($0.extracting(0..<header.byteCount)) }
    }
  }

  /// Whether one of the files has a tensor.
  func has(_ name: String) -> Bool { places[name] != nil }

  private func stored(_ name: String) -> (StoredTensor, any ByteOwner)? {
    guard let place = places[name], let tensor = headers[place].tensors[name] else { return nil }
    return (tensor, shards[place].owner)
  }
}

// MARK: - Factors in tensors of their own

extension SafetensorsCheckpoint {
  /// The rows and columns of eight-bit floats that share a factor.
  private static let tile = 128

  private func checkScales() throws(CheckpointError) {
    for (shard, header) in zip(shards, headers) {
      for tensor in header.tensors.tensors {
        do throws(CheckpointFlaw) {
          _ = try scaled(tensor, shard.owner)
        } catch { throw .malformed(file: shard.file, error) }
      }
    }
    let key = "quantization_config.weight_block_size"
    guard let value = metadata[key] else { return }
    guard value.numbers?.integers() == [Self.tile, Self.tile] else {
      throw .malformed(
        file: "config.json of \(file)",
        .badValue(key: key, found: "\(value)", expected: "[\(Self.tile), \(Self.tile)]"))
    }
  }

  /// Returns the view of a tensor whose factors lie elsewhere, nil for all other tensors.
  private func scaled(
    _ tensor: StoredTensor, _ owner: any ByteOwner
  ) throws(CheckpointFlaw) -> TensorView? {
    switch tensor.type {
    case .e4m3:
      let factors = try factors(of: tensor)
      guard let factors else {
        throw .badShape(tensor: tensor.name, reason: "the tensor of its scales is missing")
      }
      return try view(tensor, owner, tensor.shape, .e4m3, factors, (Self.tile, Self.tile))
    case .i8:
      // Bytes with factors hold two four-bit floats each.
      guard let factors = try factors(of: tensor), factors.tensor.type == .e8m0 else { return nil }
      let (columns, overflow) = tensor.shape.columns.multipliedReportingOverflow(by: 2)
      guard tensor.shape.dimensions.count == 2, !overflow, columns % 32 == 0 else {
        throw .badShape(
          tensor: tensor.name, reason: "rows of four-bit floats are whole blocks of 32")
      }
      let shape = Shape([tensor.shape.rows, columns])
      return try view(tensor, owner, shape, .e2m1, factors, (1, 32))
    default: return nil
    }
  }

  private func factors(
    of tensor: StoredTensor
  ) throws(CheckpointFlaw) -> (tensor: StoredTensor, owner: any ByteOwner)? {
    guard tensor.name.hasSuffix(".weight") else { return nil }
    let stem = tensor.name.dropLast("weight".count)
    for (name, type) in [(stem + "scale", DataType.e8m0), (stem + "weight_scale_inv", .f32)] {
      guard let found = stored(String(name)) else { continue }
      guard found.0.type == type else {
        throw .unsupportedType(tensor: found.0.name, type: found.0.type.rawValue)
      }
      return (found.0, found.1)
    }
    return nil
  }

  private func view(
    _ tensor: StoredTensor, _ owner: any ByteOwner, _ shape: Shape, _ type: DataType,
    _ factors: (tensor: StoredTensor, owner: any ByteOwner), _ tile: (rows: Int, columns: Int)
  ) throws(CheckpointFlaw) -> TensorView {
    guard shape.dimensions.count == 2 else {
      throw .badShape(tensor: tensor.name, reason: "a tensor with scales is a matrix")
    }
    let rows = (shape.rows - 1) / tile.rows + 1
    let columns = (shape.columns - 1) / tile.columns + 1
    guard factors.tensor.shape == Shape([rows, columns]) else {
      throw .badShape(
        tensor: factors.tensor.name,
        reason: "it is \(factors.tensor.shape), but \(tensor.name) needs \(Shape([rows, columns]))")
    }
    return TensorView(
      name: tensor.name, shape: shape, type: type, owner: owner, range: tensor.range,
      scales: BlockScales(
        owner: factors.owner, range: factors.tensor.range, type: factors.tensor.type,
        tileRows: tile.rows, tileColumns: tile.columns, columnCount: columns, firstRow: 0))
  }
}
