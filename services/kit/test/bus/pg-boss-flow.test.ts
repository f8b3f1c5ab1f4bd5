import { openTestBusDatabase } from "../../src/testing/test-database.ts";
import { describeEventFlow } from "./describe-event-flow.ts";

describeEventFlow("pg-boss", openTestBusDatabase);
