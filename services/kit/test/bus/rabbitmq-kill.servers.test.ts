import { startRabbitmq } from "../../src/testing/servers/rabbitmq.ts";
import { describeKills } from "./describe-kills.ts";

describeKills("RabbitMQ", startRabbitmq, 5);
