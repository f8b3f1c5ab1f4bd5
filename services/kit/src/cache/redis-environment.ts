import { z } from "zod";

/** The environment of every service that can share what it remembers with others of its kind. */
export const redisEnvironment = {
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "redis[s]://user:password@host:port/number" }).optional(),
};
