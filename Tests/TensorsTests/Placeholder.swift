// Holds the place of this test target until its first test lands.
