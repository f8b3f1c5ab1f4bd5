import { startRabbitmq } from "../../src/testing/servers/rabbitmq.ts";
import { describeEventFlow } from "./describe-event-flow.ts";

describeEventFlow("rabbitmq", startRabbitmq);
