import { createRandom, type Random } from "./random.ts";

export type SeedCustomer = { id: string; name: string; email: string };
export type SeedItem = { id: string; sku: string; name: string; priceCents: number; received: number };
export type SeedOrder = {
  id: string;
  customerId: string;
  status: "placed" | "confirmed" | "cancelled";
  placedAt: Date;
  confirmedAt: Date | null;
  cancelledAt: Date | null;
  totalCents: number;
};
export type SeedLine = {
  orderId: string;
  lineNumber: number;
  itemId: string;
  quantity: number;
  unitPriceCents: number;
};

export type DemoData = {
  customers: SeedCustomer[];
  items: SeedItem[];
  orders: SeedOrder[];
  lines: SeedLine[];
};

const families =
  "Albers Brandt Conrad Dietrich Engel Fuchs Graf Hansen Iversen Jäger Keller Lorenz Möller Neumann Otto Peters Quast Reuter Schäfer Thiele".split(
    " ",
  );
const trades =
  "Maschinenbau Elektrotechnik Holzbau Metallbau Logistik Medizintechnik Messtechnik Anlagenbau Verpackung Gartenbau".split(
    " ",
  );
const legalForms = ["GmbH", "AG", "KG", "& Söhne"];
const products =
  "Sechskantschraube Unterlegscheibe Gewindestange Kugellager Zahnriemen Dichtring Kabelbinder Klemmleiste Hutschiene Schütz".split(
    " ",
  );
const variants = "M4 M5 M6 M8 M10 M12 M16 M20 M24 M30".split(" ");

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEKS = 8;
const ORDER_COUNT = 2_000;
/** Customers and items have the same ids on every machine, so that scenarios may name them. */
const MASTER_DATA_AT_MS = Date.UTC(2026, 0, 1);

/**
 * A small trading company: 200 customers, 100 items with 100,000 pieces each, 2,000 orders of 2 to 5 lines over the
 * eight weeks before `now`. The same for the same `now`.
 */
export function createDemoData(now: Date): DemoData {
  const random = createRandom(20_260_101);
  const customers = families.flatMap((family) =>
    trades.map((trade) => {
      const name = `${family} ${trade} ${random.pick(legalForms)}`;
      const domain = `${toAscii(family)}-${toAscii(trade)}.example`;
      return { id: createId(random, MASTER_DATA_AT_MS), name, email: `einkauf@${domain}` };
    }),
  );
  const items = products.flatMap((product, group) =>
    variants.map((variant, index) => ({
      id: createId(random, MASTER_DATA_AT_MS),
      sku: `KT-${String(group * variants.length + index + 1).padStart(4, "0")}`,
      name: `${product} ${variant}`,
      priceCents: 25 + random.below(50_000),
      received: 100_000,
    })),
  );
  const orders: SeedOrder[] = [];
  const lines: SeedLine[] = [];
  for (let index = 0; index < ORDER_COUNT; index++) {
    const ageMs =
      Math.round(((ORDER_COUNT - index) / ORDER_COUNT) * WEEKS * 7 * DAY_MS) - random.below(HOUR_MS / 2);
    const placedAt = new Date(now.getTime() - ageMs);
    const id = createId(random, placedAt.getTime());
    const orderLines = createLines(random, id, items);
    const totalCents = orderLines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
    lines.push(...orderLines);
    orders.push({
      id,
      customerId: random.pick(customers).id,
      placedAt,
      totalCents,
      ...createFate(random, placedAt, now),
    });
  }
  return { customers, items, orders, lines };
}

function createLines(random: Random, orderId: string, items: readonly SeedItem[]): SeedLine[] {
  return Array.from({ length: 2 + random.below(4) }, (_, index) => {
    const item = random.pick(items);
    const quantity = 1 + random.below(20);
    return { orderId, lineNumber: index + 1, itemId: item.id, quantity, unitPriceCents: item.priceCents };
  });
}

/** Nine of ten orders are confirmed within two days, one is cancelled; what is younger than that may still wait. */
function createFate(
  random: Random,
  placedAt: Date,
  now: Date,
): Pick<SeedOrder, "status" | "confirmedAt" | "cancelledAt"> {
  const decidedAt = new Date(placedAt.getTime() + random.below(48) * HOUR_MS + 60_000);
  const isCancelled = random.below(10) === 0;
  if (decidedAt >= now) return { status: "placed", confirmedAt: null, cancelledAt: null };
  if (isCancelled) return { status: "cancelled", confirmedAt: null, cancelledAt: decidedAt };
  return { status: "confirmed", confirmedAt: decidedAt, cancelledAt: null };
}

/** A UUID of version 7, as the database makes them, so that seeded rows lie in the indexes like real ones. */
function createId(random: Random, atMs: number): string {
  const hex = (bits: number) =>
    random
      .below(2 ** bits)
      .toString(16)
      .padStart(Math.ceil(bits / 4), "0");
  const time = atMs.toString(16).padStart(12, "0");
  const variant = (8 + random.below(4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(12)}-${variant}${hex(12)}-${hex(24)}${hex(24)}`;
}

function toAscii(text: string): string {
  const plain: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };
  return text.toLowerCase().replace(/[äöüß]/g, (letter) => plain[letter] ?? letter);
}
