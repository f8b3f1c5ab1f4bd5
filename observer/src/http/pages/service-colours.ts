const colourCount = 10;

/** A number that is the same for a text everywhere (FNV-1a). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}

/** How far apart two colours lie on the wheel, in steps. */
function distance(a: number, b: number): number {
  const steps = Math.abs(a - b);
  return Math.min(steps, colourCount - steps);
}

/** The colour nearest to the wanted one that keeps its distance from those taken, as far as there is room. */
function pickColour(wanted: number, taken: readonly number[]): number {
  for (const apart of [3, 2, 1]) {
    for (let step = 0; step < colourCount; step += 1) {
      const colour = (wanted + step) % colourCount;
      if (taken.every((other) => distance(other, colour) >= apart)) return colour;
    }
  }
  return wanted;
}

/**
 * A colour class for each service, `svc-0` .. `svc-9`: by its name, so that it keeps its colour from page to page, moved on only where two
 * services of one page would look alike.
 */
export function createServiceColours(services: readonly string[]): (service: string) => string {
  const taken: number[] = [];
  const classes = new Map<string, string>();
  for (const service of services) {
    const colour = pickColour(hash(service) % colourCount, taken);
    taken.push(colour);
    classes.set(service, `svc-${colour}`);
  }
  return (service) => classes.get(service) ?? `svc-${hash(service) % colourCount}`;
}
