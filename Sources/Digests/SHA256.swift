// SHA-256, FIPS 180-4: incremental; by the processor's instructions where it has them, else in plain Swift, which is
// also their oracle.
//
// The 64 rounds are written out: a loop over an array of the schedule ran at half the speed.

/// An incremental SHA-256 computation.
package struct SHA256: Sendable {
  /// The chaining value, FIPS 180-4 section 5.3.3 at the start.
  private var state = SIMD8<UInt32>(
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
    0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19)
  /// Bytes that do not fill a block yet.
  private var pending: [UInt8] = []
  /// All bytes taken so far.
  private var byteCount: UInt64 = 0

  /// Whether blocks go to the processor's instructions.
  private let usesInstructions: Bool

  /// Whether the processor has instructions for SHA-256.
  package static let hasInstructions = SHA256Instructions.exist

  /// Starts a computation over no bytes.
  package init() { self.init(inPlainSwift: false) }

  /// Starts a computation over no bytes, in plain Swift whatever the processor has.
  package init(inPlainSwift: Bool) {
    usesInstructions = !inPlainSwift && Self.hasInstructions
    pending.reserveCapacity(64)
  }

  /// Returns the digest of an array of bytes.
  package static func hash(_ bytes: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(bytes.span)
    return hash.digest()
  }

  /// Adds bytes.
  package mutating func update(_ bytes: Span<UInt8>) {
    byteCount += UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      for index in 0..<start { pending.append(bytes[index]) }
      guard pending.count == 64 else { return }
      // Moved out and back: the block and the state are both parts of this value.
      var block: [UInt8] = []
      swap(&block, &pending)
      mix(block.span)
      block.removeAll(keepingCapacity: true)
      swap(&block, &pending)
    }
    let end = bytes.count - (bytes.count - start) % 64
    if start < end { mix(bytes.extracting(start..<end)) }
    start = end
    for index in start..<bytes.count { pending.append(bytes[index]) }
  }

  /// Adds an array of bytes.
  package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  /// Adds a field with its length in front, so that no two lists of fields hash the same bytes.
  ///
  /// The length is 8 bytes, little-endian.
  package mutating func update(field bytes: [UInt8]) {
    let count = UInt64(bytes.count)
    update((0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) })
    update(bytes)
  }

  /// Returns the digest of all bytes so far; more may be added afterwards.
  package func digest() -> Digest {
    var last = self
    let bitCount = byteCount &* 8
    var padding: [UInt8] = [0x80]
    let used = (pending.count + 1 + 8) % 64
    padding += [UInt8](repeating: 0, count: used == 0 ? 0 : 64 - used)
    padding += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - $0 * 8)) }
    last.update(padding)
    return Digest(words: last.state)
  }

  /// Mixes whole blocks into the state.
  private mutating func mix(_ blocks: Span<UInt8>) {
    guard usesInstructions else {
      for start in stride(from: 0, to: blocks.count, by: 64) {
        Self.compress(blocks, at: start, into: &state)
      }
      return
    }
    SHA256Instructions.mix(blocks, into: &state)
  }

  /// Mixes one block into the state, section 6.2.2.
  private static func compress(
    _ bytes: Span<UInt8>, at start: Int, into state: inout SIMD8<UInt32>
  ) {
    let block = bytes.extracting(start..<start + 64)
    var w0 = word(block, 0)
    var w1 = word(block, 4)
    var w2 = word(block, 8)
    var w3 = word(block, 12)
    var w4 = word(block, 16)
    var w5 = word(block, 20)
    var w6 = word(block, 24)
    var w7 = word(block, 28)
    var w8 = word(block, 32)
    var w9 = word(block, 36)
    var w10 = word(block, 40)
    var w11 = word(block, 44)
    var w12 = word(block, 48)
    var w13 = word(block, 52)
    var w14 = word(block, 56)
    var w15 = word(block, 60)
    var a = state[0]
    var b = state[1]
    var c = state[2]
    var d = state[3]
    var e = state[4]
    var f = state[5]
    var g = state[6]
    var h = state[7]
    round(a, b, c, &d, e, f, g, &h, 0x428a_2f98 &+ w0)
    round(h, a, b, &c, d, e, f, &g, 0x7137_4491 &+ w1)
    round(g, h, a, &b, c, d, e, &f, 0xb5c0_fbcf &+ w2)
    round(f, g, h, &a, b, c, d, &e, 0xe9b5_dba5 &+ w3)
    round(e, f, g, &h, a, b, c, &d, 0x3956_c25b &+ w4)
    round(d, e, f, &g, h, a, b, &c, 0x59f1_11f1 &+ w5)
    round(c, d, e, &f, g, h, a, &b, 0x923f_82a4 &+ w6)
    round(b, c, d, &e, f, g, h, &a, 0xab1c_5ed5 &+ w7)
    round(a, b, c, &d, e, f, g, &h, 0xd807_aa98 &+ w8)
    round(h, a, b, &c, d, e, f, &g, 0x1283_5b01 &+ w9)
    round(g, h, a, &b, c, d, e, &f, 0x2431_85be &+ w10)
    round(f, g, h, &a, b, c, d, &e, 0x550c_7dc3 &+ w11)
    round(e, f, g, &h, a, b, c, &d, 0x72be_5d74 &+ w12)
    round(d, e, f, &g, h, a, b, &c, 0x80de_b1fe &+ w13)
    round(c, d, e, &f, g, h, a, &b, 0x9bdc_06a7 &+ w14)
    round(b, c, d, &e, f, g, h, &a, 0xc19b_f174 &+ w15)
    w0 = schedule(w0, w1, w9, w14)
    round(a, b, c, &d, e, f, g, &h, 0xe49b_69c1 &+ w0)
    w1 = schedule(w1, w2, w10, w15)
    round(h, a, b, &c, d, e, f, &g, 0xefbe_4786 &+ w1)
    w2 = schedule(w2, w3, w11, w0)
    round(g, h, a, &b, c, d, e, &f, 0x0fc1_9dc6 &+ w2)
    w3 = schedule(w3, w4, w12, w1)
    round(f, g, h, &a, b, c, d, &e, 0x240c_a1cc &+ w3)
    w4 = schedule(w4, w5, w13, w2)
    round(e, f, g, &h, a, b, c, &d, 0x2de9_2c6f &+ w4)
    w5 = schedule(w5, w6, w14, w3)
    round(d, e, f, &g, h, a, b, &c, 0x4a74_84aa &+ w5)
    w6 = schedule(w6, w7, w15, w4)
    round(c, d, e, &f, g, h, a, &b, 0x5cb0_a9dc &+ w6)
    w7 = schedule(w7, w8, w0, w5)
    round(b, c, d, &e, f, g, h, &a, 0x76f9_88da &+ w7)
    w8 = schedule(w8, w9, w1, w6)
    round(a, b, c, &d, e, f, g, &h, 0x983e_5152 &+ w8)
    w9 = schedule(w9, w10, w2, w7)
    round(h, a, b, &c, d, e, f, &g, 0xa831_c66d &+ w9)
    w10 = schedule(w10, w11, w3, w8)
    round(g, h, a, &b, c, d, e, &f, 0xb003_27c8 &+ w10)
    w11 = schedule(w11, w12, w4, w9)
    round(f, g, h, &a, b, c, d, &e, 0xbf59_7fc7 &+ w11)
    w12 = schedule(w12, w13, w5, w10)
    round(e, f, g, &h, a, b, c, &d, 0xc6e0_0bf3 &+ w12)
    w13 = schedule(w13, w14, w6, w11)
    round(d, e, f, &g, h, a, b, &c, 0xd5a7_9147 &+ w13)
    w14 = schedule(w14, w15, w7, w12)
    round(c, d, e, &f, g, h, a, &b, 0x06ca_6351 &+ w14)
    w15 = schedule(w15, w0, w8, w13)
    round(b, c, d, &e, f, g, h, &a, 0x1429_2967 &+ w15)
    w0 = schedule(w0, w1, w9, w14)
    round(a, b, c, &d, e, f, g, &h, 0x27b7_0a85 &+ w0)
    w1 = schedule(w1, w2, w10, w15)
    round(h, a, b, &c, d, e, f, &g, 0x2e1b_2138 &+ w1)
    w2 = schedule(w2, w3, w11, w0)
    round(g, h, a, &b, c, d, e, &f, 0x4d2c_6dfc &+ w2)
    w3 = schedule(w3, w4, w12, w1)
    round(f, g, h, &a, b, c, d, &e, 0x5338_0d13 &+ w3)
    w4 = schedule(w4, w5, w13, w2)
    round(e, f, g, &h, a, b, c, &d, 0x650a_7354 &+ w4)
    w5 = schedule(w5, w6, w14, w3)
    round(d, e, f, &g, h, a, b, &c, 0x766a_0abb &+ w5)
    w6 = schedule(w6, w7, w15, w4)
    round(c, d, e, &f, g, h, a, &b, 0x81c2_c92e &+ w6)
    w7 = schedule(w7, w8, w0, w5)
    round(b, c, d, &e, f, g, h, &a, 0x9272_2c85 &+ w7)
    w8 = schedule(w8, w9, w1, w6)
    round(a, b, c, &d, e, f, g, &h, 0xa2bf_e8a1 &+ w8)
    w9 = schedule(w9, w10, w2, w7)
    round(h, a, b, &c, d, e, f, &g, 0xa81a_664b &+ w9)
    w10 = schedule(w10, w11, w3, w8)
    round(g, h, a, &b, c, d, e, &f, 0xc24b_8b70 &+ w10)
    w11 = schedule(w11, w12, w4, w9)
    round(f, g, h, &a, b, c, d, &e, 0xc76c_51a3 &+ w11)
    w12 = schedule(w12, w13, w5, w10)
    round(e, f, g, &h, a, b, c, &d, 0xd192_e819 &+ w12)
    w13 = schedule(w13, w14, w6, w11)
    round(d, e, f, &g, h, a, b, &c, 0xd699_0624 &+ w13)
    w14 = schedule(w14, w15, w7, w12)
    round(c, d, e, &f, g, h, a, &b, 0xf40e_3585 &+ w14)
    w15 = schedule(w15, w0, w8, w13)
    round(b, c, d, &e, f, g, h, &a, 0x106a_a070 &+ w15)
    w0 = schedule(w0, w1, w9, w14)
    round(a, b, c, &d, e, f, g, &h, 0x19a4_c116 &+ w0)
    w1 = schedule(w1, w2, w10, w15)
    round(h, a, b, &c, d, e, f, &g, 0x1e37_6c08 &+ w1)
    w2 = schedule(w2, w3, w11, w0)
    round(g, h, a, &b, c, d, e, &f, 0x2748_774c &+ w2)
    w3 = schedule(w3, w4, w12, w1)
    round(f, g, h, &a, b, c, d, &e, 0x34b0_bcb5 &+ w3)
    w4 = schedule(w4, w5, w13, w2)
    round(e, f, g, &h, a, b, c, &d, 0x391c_0cb3 &+ w4)
    w5 = schedule(w5, w6, w14, w3)
    round(d, e, f, &g, h, a, b, &c, 0x4ed8_aa4a &+ w5)
    w6 = schedule(w6, w7, w15, w4)
    round(c, d, e, &f, g, h, a, &b, 0x5b9c_ca4f &+ w6)
    w7 = schedule(w7, w8, w0, w5)
    round(b, c, d, &e, f, g, h, &a, 0x682e_6ff3 &+ w7)
    w8 = schedule(w8, w9, w1, w6)
    round(a, b, c, &d, e, f, g, &h, 0x748f_82ee &+ w8)
    w9 = schedule(w9, w10, w2, w7)
    round(h, a, b, &c, d, e, f, &g, 0x78a5_636f &+ w9)
    w10 = schedule(w10, w11, w3, w8)
    round(g, h, a, &b, c, d, e, &f, 0x84c8_7814 &+ w10)
    w11 = schedule(w11, w12, w4, w9)
    round(f, g, h, &a, b, c, d, &e, 0x8cc7_0208 &+ w11)
    w12 = schedule(w12, w13, w5, w10)
    round(e, f, g, &h, a, b, c, &d, 0x90be_fffa &+ w12)
    w13 = schedule(w13, w14, w6, w11)
    round(d, e, f, &g, h, a, b, &c, 0xa450_6ceb &+ w13)
    w14 = schedule(w14, w15, w7, w12)
    round(c, d, e, &f, g, h, a, &b, 0xbef9_a3f7 &+ w14)
    w15 = schedule(w15, w0, w8, w13)
    round(b, c, d, &e, f, g, h, &a, 0xc671_78f2 &+ w15)
    state = state &+ SIMD8(a, b, c, d, e, f, g, h)
  }
}

/// Reads four bytes, big-endian.
@inline(__always) private func word(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
  UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
    | UInt32(bytes[at + 3])
}

@inline(__always) private func rotate(_ x: UInt32, _ count: UInt32) -> UInt32 {
  x &>> count | x &<< (32 &- count)
}

/// The next word of the message schedule from those 16, 15, 7 and 2 places before it.
@inline(__always) private func schedule(
  _ w16: UInt32, _ w15: UInt32, _ w7: UInt32, _ w2: UInt32
) -> UInt32 {
  let s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ w15 &>> 3
  let s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ w2 &>> 10
  return w16 &+ s0 &+ w7 &+ s1
}

/// One round; `kw` is the round's constant plus its word of the schedule.
@inline(__always) private func round(
  _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
  _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ kw: UInt32
) {
  let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
  let choice = (e & f) ^ (~e & g)
  let t1 = h &+ s1 &+ choice &+ kw
  let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
  let majority = (a & b) ^ (a & c) ^ (b & c)
  d = d &+ t1
  h = t1 &+ s0 &+ majority
}
