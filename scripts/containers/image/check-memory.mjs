// Preloaded in every container: with too little memory Node ends without a word, so this says it before.
const neededMb = Number(process.env.MEMORY_MB_MIN ?? "128");
const allowedMb = Math.floor(process.constrainedMemory() / 1e6);

if (allowedMb > 0 && allowedMb < neededMb) {
  const message = `This container may use ${allowedMb} MB of memory and needs ${neededMb}. Raise mem_limit of the service in docker-compose.yml (or its limit in your orchestrator).`;
  const error = new Error(message);
  // A person reads this in the container's log; where it was thrown is of no use there.
  error.stack = message;
  throw error;
}
