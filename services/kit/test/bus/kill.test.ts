import { openTestBusDatabase } from "../../src/testing/test-database.ts";
import { describeKills } from "./describe-kills.ts";

// PostgreSQL itself is restarted in a test of its own: here it holds the effects as well.
describeKills("pg-boss", openTestBusDatabase, 0);
