/** A path segment that names one thing and not a kind of thing: a number, a UUID, a long hex or mixed token. */
const idSegment = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|(?=[^/]*\d)[\w~.-]{16,})$/i;

/** `https://shop:8002/api/items/17?x=1` is `shop:8002/api/items/{id}`: host and path without ids, query or fragment. */
export function toUrlTemplate(url: string): string {
  const rest = url.replace(/^(?:[a-z][a-z\d+.-]*:)?\/\//i, "").split(/[?#]/, 1)[0] ?? "";
  const host = rest.slice(
    rest.lastIndexOf("@", rest.indexOf("/") === -1 ? rest.length : rest.indexOf("/")) + 1,
  );
  return host
    .split("/")
    .map((segment, at) => (at > 0 && idSegment.test(segment) ? "{id}" : segment))
    .join("/");
}

/** A span's name as some senders make it, `GET /orders/17` or `import 4711`, without what names one thing. */
export function toNameTemplate(name: string): string {
  if (!/\d/.test(name)) return name;
  return name
    .split(" ")
    .map((word) => {
      if (word.includes("/")) return toUrlTemplate(word);
      if (idSegment.test(word)) return "{id}";
      return word.replace(/([-_#:=])(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d{2,})(?![\w.])/gi, "$1{id}");
    })
    .join(" ");
}

/** Path and query of an address. */
function partsOf(target: string): { readonly path: string; readonly query: readonly string[] } {
  const [address = "", query = ""] = target
    .replace(/^(?:[a-z]+:)?\/\/[^/?#]*/i, "")
    .replace(/#.*$/, "")
    .split("?", 2);
  return { path: address, query: query === "" ? [] : query.split("&") };
}

const queryValueOf = (pair: string): string => pair.slice(pair.indexOf("=") + 1);

/** All that an address brings along: its segments, and the values of its query. */
export function valuesOf(target: string): readonly string[] {
  const { path, query } = partsOf(target);
  return [...path.split("/"), ...query.map(queryValueOf)].filter((part) => part !== "");
}

/**
 * What one had to know before one could call this address: ids in its path, and the values of its query.
 *
 * @param route `GET /accounts/:name` of the observed callee, which says what in the path is a value; else segments with digits are
 */
export function argumentsOf(target: string, route: string | undefined): readonly string[] {
  const { path, query } = partsOf(target);
  const segments = path.split("/");
  const pattern = (route ?? "").replace(/^\S+ /, "").split("/");
  // A callee may be mounted below a prefix: both end alike.
  const offset = segments.length - pattern.length;
  const isArgument = (segment: string, at: number): boolean =>
    route !== undefined && offset >= 0
      ? /^(?::|\{|<|\[|\*)/.test(pattern[at - offset] ?? "")
      : /\d/.test(segment) && !/^v\d+$/.test(segment);
  return [...segments.filter(isArgument), ...query.map(queryValueOf)].filter(
    (part) => part !== "" && !/^(?:true|false|asc|desc)$/.test(part),
  );
}

const pageParameter =
  /^\$?(?:page|pages?[_.-]?(?:no|number|index|token)|page\[\w+\]|p|offset|skip|skip_?token|start|start[_-]?(?:at|index)|first_?result|cursor|after|before|marker|continuation|continuation[_-]?token|next|next[_-]?(?:page)?[_-]?token|since_id|max_id|scroll_id)=/i;

/** An address without what tells one page of a list from another. */
export function withoutPage(target: string): string {
  const { path, query } = partsOf(target);
  const rest = query.filter((pair) => !pageParameter.test(pair));
  return `${target.slice(0, target.indexOf(path))}${path.replace(/(\/pages?)\/\d+/g, "$1")}?${rest.join("&")}`;
}

/** Values of queries stand for all values with `*` where a sender hides them, as .NET does. */
export function hidesValues(target: string): boolean {
  return /[?&=]\*(?=[&#]|$)/.test(target);
}

/** Names a file and no document of an interface: `/exports/orders.csv`. */
export function namesFile(target: string): boolean {
  const extension = /\.([a-z]\w{1,4})$/i.exec(partsOf(target).path)?.[1]?.toLowerCase();
  return (
    extension !== undefined && !/^(?:json|xml|html?|txt|php|aspx?|ashx|jspx?|do|action|cgi)$/.test(extension)
  );
}
