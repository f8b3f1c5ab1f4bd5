/** The load that rules are measured with, the same for us and for the rival: 16 services of 20 routes, 5,000 rules of three kinds. */
export const serviceNames = Array.from({ length: 16 }, (_, index) => `service-${index}`);
export const routeNames = Array.from({ length: 20 }, (_, index) => `/api/things/${index}/:id`);
export const ruleCount = 5000;
export const windowSeconds = 30;
/** The limits: eight for each subject and kind, so that 320 routes carry 5,000 rules. None is broken by the load. */
export const limitSets = Array.from({ length: 8 }, (_, index) => ({
  latencyP95MsMax: 2000 + index * 100,
  errorRatioMax: 0.2 + index * 0.01,
  cpuRatioMax: 0.8 + index * 0.01,
}));

/** Upper bounds of the request histogram, in seconds: those the semantic conventions recommend. */
export const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Requests a route answers in one second, by bucket: most in 25..100 ms, one in the bucket up to 500 ms. */
export const requestsPerSecondByBucket = [0, 1, 2, 8, 5, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0];
/** And those it answers with 500, in the bucket up to 25 ms. */
export const failuresPerSecond = 1;
/** CPU seconds that a service uses in one second, of the cores it may use. */
export const cpuSecondsPerSecond = 0.5;
export const coresAllowed = 2;
