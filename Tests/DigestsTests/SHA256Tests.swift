// SHA-256 against the examples that NIST publishes with FIPS 180-4 and its CAVP short messages.

import Digests
import Testing

@Suite struct SHA256Tests {
  static let published: [(String, String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
        + "lmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  @Test(arguments: published)
  func publishedExamplesGiveTheirDigests(message: String, digest: String) {
    #expect(SHA256.hash(Array(message.utf8)).hex == digest)
  }

  @Test func shortBinaryMessagesGiveTheirPublishedDigests() {
    #expect(
      SHA256.hash([0xd3]).hex
        == "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1")
    #expect(
      SHA256.hash([0x11, 0xaf]).hex
        == "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98")
  }

  @Test func everyCutOfAMessageGivesTheSameDigest() {
    let message = (0..<200).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let whole = SHA256.hash(message)
    for first in 0...message.count {
      var hash = SHA256()
      hash.update(Array(message[..<first]))
      _ = hash.digest()
      hash.update(Array(message[first...]))
      #expect(hash.digest() == whole, "cut at \(first)")
    }
  }

  @Test(
    .enabled(if: SHA256.hasInstructions, "this processor has no instructions for SHA-256"),
    arguments: [0, 1, 55, 56, 63, 64, 65, 127, 128, 1000, 100_003])
  func instructionsAndPlainSwiftGiveTheSameDigest(count: Int) {
    var value = UInt32(count)
    let message = (0..<count).map { _ in
      value = value &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: value >> 16)
    }
    for first in [0, count / 3, count] {
      var (fast, plain) = (SHA256(), SHA256(inPlainSwift: true))
      for part in [message[..<first], message[first...]] {
        fast.update(Array(part))
        plain.update(Array(part))
      }
      #expect(fast.digest() == plain.digest(), "cut at \(first)")
    }
  }

  @Test(arguments: published)
  func plainSwiftGivesThePublishedDigests(message: String, digest: String) {
    var hash = SHA256(inPlainSwift: true)
    hash.update(Array(message.utf8))
    #expect(hash.digest().hex == digest)
  }

  @Test func fieldsAreKeptApart() {
    var left = SHA256()
    left.update(field: [1, 2])
    left.update(field: [3])
    var right = SHA256()
    right.update(field: [1])
    right.update(field: [2, 3])
    #expect(left.digest() != right.digest())
  }

  @Test func aDigestReadsItsOwnSpelling() {
    let digest = SHA256.hash([1, 2, 3])
    #expect(Digest(hex: digest.hex) == digest)
    #expect(Digest(prefixed: digest.prefixed) == digest)
    #expect(digest.bytes.count == 32)
    #expect(Digest(hex: digest.hex.dropLast()) == nil)
    #expect(Digest(hex: digest.hex.uppercased()) == nil)
    #expect(Digest(prefixed: digest.hex) == nil)
  }
}
