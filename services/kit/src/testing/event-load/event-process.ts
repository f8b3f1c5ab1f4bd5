import { consume } from "../../bus/consume.ts";
import { openBus } from "../../bus/open-bus.ts";
import { startOutboxRelay } from "../../bus/outbox-relay.ts";
import { openPostgres, type PostgresOptions } from "../../postgres.ts";
import { thingMade } from "./thing-made.ts";

// A process of its own, to be killed: `node event-process.ts relay|consumer <options as JSON>`.
const [role, text = ""] = process.argv.slice(2);
const { database, busUrl } = JSON.parse(text) as { database: PostgresOptions; busUrl: string };
const logger = { warn() {}, info() {} };

const db = openPostgres({ ...database, applicationName: `test-${role}`, max: 5 });
const bus = await openBus({ url: busUrl, applicationName: `test-${role}`, logger });
if (role === "relay") {
  startOutboxRelay({ db, schema: "maker", bus, logger, batchSize: 20 });
} else {
  await consume(bus, db, thingMade, {
    consumer: "effects",
    handler: async (tx, { n }) => {
      await tx.query({ text: "insert into effects values ($1)", values: [n] });
      await tx.query({ text: "select pg_sleep(0.002)" });
    },
  });
}
// A test run that is killed itself leaves nobody behind.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, 500);
console.log("up");
