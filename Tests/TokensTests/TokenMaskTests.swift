import Testing
import Tokens

@Suite struct TokenMaskTests {
  @Test(arguments: [1, 63, 64, 65, 130])
  func whatIsInsertedIsContainedCountedAndListed(count: Int) {
    var mask = TokenMask(count: count)
    #expect(mask.isEmpty && mask.onlyToken == nil)
    let chosen = (0..<count).filter { $0 % 3 == 0 }.map { TokenID($0) }
    for token in chosen { mask.insert(token) }
    #expect(mask.allowed == chosen)
    #expect(mask.allowedCount == chosen.count)
    #expect((0..<count).allSatisfy { mask.contains(TokenID($0)) == ($0 % 3 == 0) })
    for token in chosen.dropLast() { mask.remove(token) }
    #expect(mask.onlyToken == chosen.last)
    mask.removeAll()
    #expect(mask.isEmpty)
  }

  @Test func twoTokensInDifferentWordsAreNotOne() {
    var mask = TokenMask(count: 200)
    mask.insert(TokenID(3))
    #expect(mask.onlyToken == TokenID(3))
    mask.insert(TokenID(190))
    #expect(mask.onlyToken == nil)
  }

  @Test func aUnionHasTheTokensOfBoth() {
    var a = TokenMask(count: 100)
    var b = TokenMask(count: 100)
    a.insert(TokenID(1))
    b.insert(TokenID(99))
    a.formUnion(b)
    #expect(a.allowed == [TokenID(1), TokenID(99)])
  }

  @Test func aTokenOutsideTheVocabularyIsMisuse() async {
    await #expect(processExitsWith: .failure) {
      var mask = TokenMask(count: 64)
      mask.insert(TokenID(64))
    }
  }
}
