/** JSON and percent-encoding can write it, and no text in PostgreSQL can hold it. */
const nul = "\u0000";

/** As it stands in an address before anything is decoded. Written as `%2500` it is four harmless characters. */
export function hasEncodedNul(address: string): boolean {
  return address.includes("%00");
}

/**
 * Every text with a NUL in it, keys of objects among them, as an issue of a failed validation. Refused for all routes in one place: a
 * schema that forgets it turns a request into a failure of the database.
 *
 * @param place where the value came in (`body`)
 * @param value as parsed, of any depth
 */
export function findNul(place: string, value: unknown): { path: string; message: string }[] {
  const found: { path: string; message: string }[] = [];
  const open: { path: string; value: unknown }[] = [{ path: place, value }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { path } = one;
    if (typeof one.value === "string") {
      if (one.value.includes(nul)) found.push({ path, message: "must not hold the character NUL" });
    } else if (typeof one.value === "object" && one.value !== null) {
      for (const [key, each] of Object.entries(one.value)) {
        if (key.includes(nul)) found.push({ path, message: "must not have a key with the character NUL" });
        else open.push({ path: `${path}.${key}`, value: each });
      }
    }
  }
  return found.reverse();
}
