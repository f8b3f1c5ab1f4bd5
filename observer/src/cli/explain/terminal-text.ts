/** How wide the terminal is and whether it shows colours. */
export interface Terminal {
  readonly columns: number;
  readonly colours: boolean;
}

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof codes;
export type Paint = (text: string, ...styles: readonly Style[]) => string;

/** Sets colours on a terminal that shows them; elsewhere the text stays as it is. */
export function createPaint(colours: boolean): Paint {
  return (text, ...styles) =>
    colours
      ? styles.reduce(
          (painted, style) => `\u001b[${codes[style][0]}m${painted}\u001b[${codes[style][1]}m`,
          text,
        )
      : text;
}

/** Telemetry is written by others: control characters in it must not reach a terminal. Line breaks become spaces. */
export function toPlain(text: string): string {
  return text.replace(/[\r\n\t]+/g, " ").replace(/[\p{Cc}\p{Cf}]/gu, "");
}

/** Cut or filled with spaces to exactly `width` characters. */
export function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}

/** Breaks a text at spaces into lines of at most `width` characters; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of each cell of the axis, the share that the stretches cover; at least a trace of it where they only touch it. */
function coverCells(stretches: readonly Stretch[], totalMs: number, width: number): number[] {
  const cells = Array.from({ length: width }, () => 0);
  const scale = totalMs <= 0 ? 0 : width / totalMs;
  for (const { fromMs, toMs } of stretches) {
    const from = Math.min(width - 1e-6, Math.max(0, fromMs * scale));
    const to = Math.min(width, Math.max(toMs * scale, from + 1e-6));
    for (let at = Math.floor(from); at < to; at += 1) {
      cells[at] = (cells[at] ?? 0) + Math.min(to, at + 1) - Math.max(from, at);
    }
  }
  return cells;
}

/**
 * A bar on a time axis of `width` cells: `█` where the request waited for it, lighter where it did so for part of the cell, `─` where it
 * only ran, spaces elsewhere. However short, it marks a cell.
 */
export function drawBar(span: Stretch, critical: readonly Stretch[], totalMs: number, width: number): string {
  const ran = coverCells([span], totalMs, width);
  const waited = coverCells(critical, totalMs, width);
  const cells = waited.map((share, at) => {
    if (share > 0.7) return "█";
    if (share > 0.35) return "▓";
    if (share > 0.1) return "▒";
    if (share > 0) return "░";
    return (ran[at] ?? 0) > 0 ? "─" : " ";
  });
  return cells.join("");
}
