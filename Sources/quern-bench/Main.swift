// Holds the place of this program until its first file lands.
@main
struct Main {
  static func main() {}
}
