import { cut, toVisibleText } from "../clean-text.ts";

/**
 * Ranges of characters that both weights of the Roboto in pdfmake have. Ranges that begin with a code point and end with it, in hex.
 *
 * @source the character maps of Roboto-Regular.ttf and Roboto-Medium.ttf of pdfmake 0.3
 */
const covered =
  /[^\n\u0020-\u007e\u00a0-\u017f\u0192\u01a0\u01a1\u01af\u01b0\u01fa-\u01ff\u0218-\u021b\u02c6\u02c7\u02c9\u02d8-\u02dd\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u0486\u0488-\u0513\u1e80-\u1e85\u1e9e\u1ea0-\u1ef9\u200b\u2010\u2011\u2013-\u2015\u2017-\u201e\u2020-\u2022\u2025-\u2027\u2030\u2032\u2033\u2039\u203a\u2044\u2070\u2074-\u208e\u20ac\u2113\u2116\u2122\u2126\u2202\u2206\u220f\u2211\u2212\u221a\u221e\u222b\u2248\u2260\u2264\u2265\u25a0\u25ca\u25cf\ufffd]/gu;

/** What the standard font Courier can write. */
const courier = /^[\n\u0020-\u007e\u00a0-\u00ff\u20ac\u2026\u2013\u2014\u2018\u2019\u201c\u201d\u2022]*$/;

const substitutes: Readonly<Record<string, string>> = { "\t": " ", "→": ">", "←": "<", "×": "×", "✓": "√" };
const textMax = 1_000;
const wordMax = 18;
/** `29 Nov 2026, 10:00`, and figures with their unit. */
const units = /\b\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d\b|[\d.,] (?:ms|s|min|h|d|%)(?![\w])/g;

/**
 * Text that the report's fonts can write: characters that they do not have are shown as the replacement character. Long words get
 * places to break at, because a cell would else be as wide as they are.
 */
export function toPdfText(text: string, lengthMax = textMax): string {
  return keepTogether(toWritable(cut(text, lengthMax)))
    .replace(/([/_.,:;?&=])(?=\S)(?!(?<=\d[.,:])\d)/g, "$1\u200b")
    .replace(new RegExp(`[^\\s\u200b-]{${wordMax}}(?=[^\\s\u200b])`, "g"), "$&\u200b");
}

/** The same without places to break at, and with the font that suits: for code. */
export function toPdfCode(text: string, lengthMax = textMax): { text: string; font: "Courier" | "Roboto" } {
  const shown = toWritable(cut(text, lengthMax));
  return { text: shown, font: courier.test(shown) ? "Courier" : "Roboto" };
}

/** Dates and figures that no line ends in; each is then laid out as one word instead of three or four, which is most of a PDF's cost. */
export function keepTogether(text: string): string {
  return text.replace(units, (unit) => unit.replaceAll(" ", "\u00a0"));
}

/** A short text that stays on one line: a figure, a date. It is measured and drawn as a whole. */
export function oneLine(text: string): { text: string; noWrap: true } {
  return { text, noWrap: true };
}

/** Code in lines of at most so many characters; a longer one goes on in the next. */
export function toCodeLines(code: string, charactersMax: number): string[] {
  const longest = new RegExp(`.{1,${charactersMax}}`, "gu");
  return code.split("\n").flatMap((line) => line.match(longest) ?? [""]);
}

function toWritable(text: string): string {
  return toVisibleText(text)
    .replace(/[\t→←✓]/g, (character) => substitutes[character] ?? character)
    .normalize("NFC")
    .replace(covered, "\ufffd");
}
