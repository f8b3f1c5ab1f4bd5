/** What can be soaked. Each takes its own options, prints its own help and sets the exit code. */
const kinds: Record<string, (args: readonly string[]) => Promise<void>> = {
  steady: async (args) => (await import("./soak/steady.ts")).soakSteady(args),
  collector: async (args) => (await import("./soak/collector-overload.ts")).soakCollector(args),
  "broker-kills": async (args) => (await import("./soak/broker-kills.ts")).soakBrokerKills(args),
};

const help = `npm run soak [-- steady | broker-kills | collector] [options]

Long runs that prove what a test has no time for; steady when nothing is named. Options of each: npm run soak -- <name> --help
Exit codes: 0 all held, 1 something did not, 2 bad input, 3 it could not be run.`;

const [first = "", ...rest] = process.argv.slice(2);
const isNamed = first !== "" && !first.startsWith("-");
const soak = kinds[isNamed ? first : "steady"];
if (first === "--help") console.log(help);
else if (soak !== undefined) await soak(isNamed ? rest : process.argv.slice(2));
else {
  console.error(`There is no ${first} to soak.\n${help}`);
  process.exitCode = 2;
}
