import type { SpanFacts } from "./span-facts.ts";

/** What many spans have in common: kept once, however many wait. */
type SpanShape = Omit<
  SpanFacts,
  "spanId" | "parentSpanId" | "startMs" | "durationMs" | "parametersHash" | "target" | "bodyBytes"
>;

const spansPerChunk = 2_048;
/** Of a span that waits: its columns, and the texts of its ids. */
const bytesPerSpan = 160;
const shapesMax = 10_000;
const shapesBytesMax = 4_000_000;

/** One object for equal shapes. Bounded: where there are too many different ones it begins anew. */
class Shapes {
  #known = new Map<string, Map<string, SpanShape[]>>();
  #size = 0;
  #bytes = 0;

  /** @returns undefined for a shape that is not known yet */
  find(facts: SpanFacts): SpanShape | undefined {
    return this.#listOf(facts)?.find((shape) => isShapeOf(shape, facts));
  }

  add(facts: SpanFacts): SpanShape {
    const { name, kind, role, environment, namespace, service, instance } = facts;
    const { failed, route, functionName, statement, callee, isFile } = facts;
    const shape: SpanShape = {
      ...{ name, kind, role, environment, namespace, service, instance },
      ...{ failed, route, functionName, statement, callee, isFile },
    };
    if (this.#size >= shapesMax || this.#bytes >= shapesBytesMax) {
      this.#known = new Map();
      this.#size = 0;
      this.#bytes = 0;
    }
    this.#size += 1;
    this.#bytes += textBytes(shape);
    const list = this.#listOf(facts);
    if (list !== undefined) list.push(shape);
    else this.#bySender(facts).set(toKey(facts), [shape]);
    return shape;
  }

  #listOf(facts: SpanFacts): SpanShape[] | undefined {
    return this.#known.get(facts.instance ?? facts.service)?.get(toKey(facts));
  }

  #bySender({ instance, service }: SpanFacts): Map<string, SpanShape[]> {
    const known = this.#known.get(instance ?? service);
    if (known !== undefined) return known;
    const made = new Map<string, SpanShape[]>();
    this.#known.set(instance ?? service, made);
    return made;
  }
}

/** What tells the shapes of one sender apart, apart from a few. */
function toKey({ functionName, statement, callee, route, name }: SpanFacts): string {
  return functionName ?? statement?.text ?? callee ?? route ?? name;
}

function isShapeOf(shape: SpanShape, facts: SpanFacts): boolean {
  return (
    shape.name === facts.name &&
    shape.statement === facts.statement &&
    shape.functionName === facts.functionName &&
    shape.callee === facts.callee &&
    shape.route === facts.route &&
    shape.service === facts.service &&
    shape.instance === facts.instance &&
    shape.environment === facts.environment &&
    shape.namespace === facts.namespace &&
    shape.kind === facts.kind &&
    shape.role === facts.role &&
    shape.failed === facts.failed &&
    shape.isFile === facts.isFile
  );
}

function textBytes(shape: SpanShape): number {
  return shape.name.length + (shape.callee?.length ?? 0) + (shape.route?.length ?? 0);
}

/** Columns of as many spans. */
interface Chunk {
  /** Start and duration in ms, and bytes of the body, of each span. */
  readonly numbers: Float64Array;
  /** The span of the same list that was added before it, or the next free place; -1 for none. */
  readonly before: Int32Array;
  readonly bytes: Uint32Array;
  readonly shapes: (SpanShape | undefined)[];
  /** Span id, parent's id, target and hash of parameters, of each span. */
  readonly texts: (string | undefined)[];
}

function createChunk(): Chunk {
  return {
    numbers: new Float64Array(spansPerChunk * 3),
    before: new Int32Array(spansPerChunk).fill(-1),
    bytes: new Uint32Array(spansPerChunk),
    shapes: new Array<undefined>(spansPerChunk).fill(undefined),
    texts: new Array<undefined>(spansPerChunk * 4).fill(undefined),
  };
}

/** No span: what a list begins with. */
export const emptyList = -1;

/**
 * Spans that wait, in columns: a third of what as many objects take, and nothing for the garbage collector to move. Lists grow at their
 * end; a list is known by its last span.
 */
export class HeldSpans {
  readonly #chunks: Chunk[] = [];
  readonly #shapes = new Shapes();
  #free = emptyList;
  #bytes = 0;

  /** What the spans held take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns the list with the span at its end */
  add(list: number, facts: SpanFacts): number {
    const place = this.#take();
    const { chunk, at } = this.#at(place);
    const known = this.#shapes.find(facts);
    const shape = known ?? this.#shapes.add(facts);
    const { target, parametersHash } = facts;
    chunk.numbers[at * 3] = facts.startMs;
    chunk.numbers[at * 3 + 1] = facts.durationMs;
    chunk.numbers[at * 3 + 2] = facts.bodyBytes ?? Number.NaN;
    chunk.shapes[at] = shape;
    chunk.texts[at * 4] = facts.spanId;
    chunk.texts[at * 4 + 1] = facts.parentSpanId;
    chunk.texts[at * 4 + 2] = target;
    chunk.texts[at * 4 + 3] = parametersHash;
    chunk.before[at] = list;
    const ownTexts = (target?.length ?? 0) + (parametersHash?.length ?? 0);
    const bytes = bytesPerSpan + ownTexts + (known === undefined ? textBytes(shape) : 0);
    chunk.bytes[at] = bytes;
    this.#bytes += bytes;
    return place;
  }

  /** The spans of a list in the order in which they were added. */
  read(list: number): SpanFacts[] {
    const spans: SpanFacts[] = [];
    for (let place = list; place !== emptyList; ) {
      const { chunk, at } = this.#at(place);
      spans.push(toFacts(chunk, at));
      place = chunk.before[at] as number;
    }
    return spans.reverse();
  }

  /** Gives the memory of a list back. It must not be used any more. */
  release(list: number): void {
    for (let place = list; place !== emptyList; ) {
      const { chunk, at } = this.#at(place);
      const before = chunk.before[at] as number;
      chunk.shapes[at] = undefined;
      chunk.texts.fill(undefined, at * 4, at * 4 + 4);
      this.#bytes -= chunk.bytes[at] as number;
      chunk.before[at] = this.#free;
      this.#free = place;
      place = before;
    }
  }

  #at(place: number): { readonly chunk: Chunk; readonly at: number } {
    return { chunk: this.#chunks[Math.floor(place / spansPerChunk)] as Chunk, at: place % spansPerChunk };
  }

  #take(): number {
    if (this.#free === emptyList) this.#grow();
    const place = this.#free;
    const { chunk, at } = this.#at(place);
    this.#free = chunk.before[at] as number;
    return place;
  }

  #grow(): void {
    const first = this.#chunks.length * spansPerChunk;
    const chunk = createChunk();
    for (let at = 0; at < spansPerChunk - 1; at++) chunk.before[at] = first + at + 1;
    this.#chunks.push(chunk);
    this.#free = first;
  }
}

function toFacts({ shapes, texts, numbers }: Chunk, at: number): SpanFacts {
  const shape = shapes[at] as SpanShape;
  const bodyBytes = numbers[at * 3 + 2] as number;
  return {
    spanId: texts[at * 4] as string,
    parentSpanId: texts[at * 4 + 1] as string,
    name: shape.name,
    kind: shape.kind,
    role: shape.role,
    environment: shape.environment,
    namespace: shape.namespace,
    service: shape.service,
    instance: shape.instance,
    startMs: numbers[at * 3] as number,
    durationMs: numbers[at * 3 + 1] as number,
    failed: shape.failed,
    route: shape.route,
    functionName: shape.functionName,
    statement: shape.statement,
    parametersHash: texts[at * 4 + 3],
    callee: shape.callee,
    target: texts[at * 4 + 2],
    bodyBytes: Number.isNaN(bodyBytes) ? undefined : bodyBytes,
    isFile: shape.isFile,
  };
}
