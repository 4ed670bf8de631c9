// Writes the cases of this folder: what V8 answers to patterns with the flag u. See README.md.
import { writeFileSync } from "node:fs";

let state = 20261124;
function random(count) {
  state = (state * 1103515245 + 12345) % 2147483648;
  return Math.floor((state / 2147483648) * count);
}
const pick = (list) => list[random(list.length)];

const curated = [
  ["^abc$", ["abc", "abc\n", "xabc", "ABC"]],
  ["a|b|", ["", "c"]],
  ["^(?:a|b|)$", ["", "a", "c"]],
  ["^.$", ["a", "\n", "\r", "\u2028", "\u2029", "\u0085", "😀", ""]],
  ["^\\d\\D\\w\\W\\s\\S$", ["1a_- x", "1aa- x", "٣a_- x", "1a_-\ufeffx"]],
  ["^\\s$", [..." \t\n\v\f\r\u00a0\u1680\u180e\u2000\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\u0085"]],
  ["^[\\b\\t\\n\\v\\f\\r\\0]+$", ["\b\t\n\v\f\r\0", "b"]],
  ["\\bfoo\\b", ["foo", "a foo b", "foobar", "éfooé", "_foo", "foo-bar"]],
  ["\\Boo\\B", ["foo", "foox", "oo", "xoox"]],
  ["^\\cJ\\cj\\x41\\u0042\\u{43}\\u{1F600}\\ud83d\\ude01$", ["\n\nABC😀😁", "\n\nABC😀😀"]],
  ["^[\\ud83d\\ude00-\\ud83d\\ude4f]$", ["😀", "🙏", "🚀", "\u{1F64F}\u{1F64F}"]],
  ["^[^\\ud83d]$", ["😀", "a"]],
  ["^[]$|^[^]$", ["", "a", "\n", "ab", "😀"]],
  ["^[a-cx-z-]+$", ["abc-xyz", "d", "-"]],
  ["^[\\-\\]\\\\^]+$", ["-]\\^", "a"]],
  ["^[^\\d\\s]+$", ["abc", "a1", "a b"]],
  ["^[\\p{Lu}\\p{Nd}]+$", ["A1٣Ж", "a"]],
  ["^\\P{L}+$", ["123", "1a"]],
  ["^[^\\P{L}a]+$", ["bcd", "abc", "b1"]],
  ["^\\p{Script=Greek}+$", ["αβγ", "abc"]],
  ["^\\p{scx=Deva}+$", ["अ", "\u1cd0", "a", "।"]],
  ["^\\p{L}\\p{M}*$", ["e\u0301", "é", "\u0301"]],
  ["^a{2}b{2,}c{2,3}d{0}$", ["aabbcc", "aabbbbbccc", "aabbcccc", "abbcc", "aabbccd"]],
  ["^(a+)+$", ["aaaaaaaaaaaaaaaaaaaa", "aaaaab"]],
  ["^(?:a?){20}a{20}$", ["a".repeat(20), "a".repeat(40), "a".repeat(41), "a".repeat(19)]],
  ["a+?b*?c??", ["a", "b", "abc", ""]],
  ["^(?=.*\\d)(?=.*[a-z])[a-z\\d]{4,8}$", ["abc1", "abcd", "1234", "ab1", "abcdefgh1", "a1b2c3d4"]],
  ["^(?!.*--)[a-z-]+$", ["a-b", "a--b", "--", "-"]],
  ["(?<=\\$)\\d+", ["$12", "12", "€12", "a$b1"]],
  ["(?<!\\$)\\b\\d+", ["$12", "12", "x $1 2"]],
  ["(?<=(?<!a)b)c", ["bc", "abc", "xbc", "c"]],
  ["(?=(?!ab)a.)..$", ["ab", "ac", "xac", "xab"]],
  ["(?<=a+b?)c", ["aac", "aabc", "bc", "abbc"]],
  ["(?<=^)a|(?=$)", ["a", "ba", ""]],
  ["^(?:(?=a)){3}a$", ["a", "aaa"]],
  ["^(?<first>a)(?<\\u0062>b)(c)$", ["abc", "ab"]],
  ["^(?:^a$)$|x^", ["a", "x", "xa"]],
  ["$^", ["", "a"]],
  ["(?!)", ["", "a"]],
  ["(?=)", ["", "a"]],
  ["^[\\w.+-]+@[\\w-]+\\.[\\w.-]+$", ["a.b+c@d-e.fg", "@d.e", "a@b"]],
  ["^\\/\\^\\$\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\\\$", ["/^$.*+?()[]{}|\\"]],
  ["é|ß", ["É", "é", "e\u0301", "straße"]],
];

// Whether each of these is a pattern with the flag u.
const syntax = [
  "", "(", ")", "[", "]", "{", "}", "a{", "a}", "{1}", "a{1", "a{1,", "a{,2}", "a{2,1}", "a{1}{2}", "a**", "a+*", "a?*", "*", "+", "?",
  "^*", "$+", "\\b?", "(?=a)*", "(?<=a)*", "(?=a)", "(?<a", "(?<a>", "(?<1>a)", "(?<a>b)(?<a>c)", "(?<$_é>x)", "(?<a-b>x)", "(?<>x)",
  "\\k", "\\k<a>", "\\k<a>(?<a>x)", "\\1", "(a)\\1", "\\2(a)(b)", "\\3(a)(b)", "\\0", "\\00", "\\08", "[\\0]", "[\\1]", "\\a", "\\e", "\\A",
  "\\Z", "\\z", "\\G", "\\h", "\\-", "[\\-]", "\\_", "\\ ", "\\\"", "\\'", "\\<", "\\#", "\\/", "\\é", "[\\a]", "[\\_]", "[\\.]", "\\c", "\\c1",
  "\\cA", "[\\cA]", "[\\c_]", "\\x", "\\x4", "\\x41", "\\xg1", "\\u", "\\u12", "\\u1234", "\\u{}", "\\u{110000}", "\\u{10FFFF}", "\\u{0000000041}",
  "\\ud83d", "\\ude00", "[\\ud83d-\\ude00]", "[b-a]", "[a-a]", "[\\d-z]", "[a-\\d]", "[\\w-]", "[-\\w]", "[a-]", "[--a]", "[a-b-c]", "[]", "[^]",
  "[]]", "[\\]]", "[[]", "[[:alpha:]]", "[&&]", "\\p", "\\pL", "\\p{L}", "\\p{Letter}", "\\p{letter}", "\\p{L", "\\p{}", "\\p{IsLatin}", "\\p{Latin}",
  "\\p{Script=Latin}", "\\p{Script=latin}", "\\p{sc=Latn}", "\\p{scx=Grek}", "\\p{gc=Lu}", "\\p{Lu=gc}", "\\p{digit}", "\\p{punct}", "\\p{Digit}",
  "\\p{ASCII}", "\\p{Any}", "\\p{Assigned}", "\\p{Alpha}", "\\p{alpha}", "\\p{^L}", "\\P{L}", "[\\p{L}-z]", "\\p{Emoji}", "\\p{RGI_Emoji}",
  "\\p{Block=Arrows}", "\\p{Script}", "\\p{Script=}", "\\p{ Lu}", "(?i)a", "(?:a)", "(?>a)", "(?#a)", "(?P<a>b)", "(?P=a)", "(?'a'b)", "(?|a)", "(?R)",
  "(?<=a+)b", "(?<!a)", "(?<", "(?", "(?:", "\\", "a\\", "[\\", "a|", "|", "||", "(|)", "()", "()*", "(?:)*", "a{99999999999999999999}", "^a{0,0}$",
  "x{0,1}?", "x??", "x+?", "x*?", "x{2}?", "x???", "\\B*", "\\d-\\w", "a-z", "a,b", "a#b", "a\nb", "\u2028", "😀+", "[😀-😂]", "[^^]", "[a^]", "(a))", "((a)",
];

const atoms = ["a", "b", "_", "é", "😀", ".", "\\w", "\\W", "\\d", "\\s", "[ab]", "[^a]", "[^\\w]", "\\p{L}", "\\P{L}", "\\b", "\\B", "^", "$"];
function pattern(depth) {
  const kind = depth > 0 ? random(11) : random(3);
  if (kind <= 2) return pick(atoms);
  if (kind <= 5) return pattern(depth - 1) + pattern(depth - 1);
  if (kind === 6) return `(?:${pattern(depth - 1)}|${pattern(depth - 1)})`;
  if (kind === 7) return `(${pattern(depth - 1)})${pick(["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}"])}${pick(["", "", "?"])}`;
  if (kind === 8) return `(?${pick(["=", "!", "<=", "<!"])}${pattern(depth - 1)})`;
  if (kind === 9) return `(?:${pattern(depth - 1)})`;
  return pattern(depth - 1) + "|" + pattern(depth - 1);
}
function text() {
  let text = "";
  for (let count = random(7); count > 0; count--) text += pick(["a", "b", "a", "_", "é", "😀", " ", "\n", "1"]);
  return text;
}

const lines = [];
const add = (source, texts) => {
  const expression = new RegExp(source, "u");
  lines.push(JSON.stringify({ p: source, t: texts, m: texts.map((t) => (expression.test(t) ? 1 : 0)).join("") }));
};
for (const [source, texts] of curated) add(source, texts);
for (let count = 0; count < 1200; count++) {
  add((random(3) ? "" : "^") + pattern(4) + (random(3) ? "" : "$"), [text(), text(), text(), text(), text(), text()]);
}
writeFileSync("matches.jsonl", lines.join("\n") + "\n");

const isValid = (source) => {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
};
writeFileSync("syntax.jsonl", syntax.map((source) => JSON.stringify({ p: source, ok: isValid(source) })).join("\n") + "\n");

// One line a property: its name, the number of its scalars and FNV-1a over their 32-bit values.
const general = "L Lu Ll Lt LC Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp Cc Cf Co Cn Any ASCII Assigned".split(" ");
const names = [...general, ...process.argv.slice(2)];
const properties = [];
for (const name of names) {
  const expression = new RegExp(`^\\p{${name}}$`, "u");
  let count = 0;
  let hash = 2166136261;
  for (let code = 0; code <= 0x10ffff; code++) {
    if ((code >= 0xd800 && code <= 0xdfff) || !expression.test(String.fromCodePoint(code))) continue;
    count++;
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((code >>> shift) & 255), 16777619) >>> 0;
  }
  properties.push(`${name} ${count} ${hash}`);
}
writeFileSync("properties.txt", properties.join("\n") + "\n");
